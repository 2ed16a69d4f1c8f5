/** Answers as OpenAI's chat completions give them. */
import type { LanguageModelV3FinishReason } from '@ai-sdk/provider'
import type { Json } from '../json.ts'
import type { AnswerHead, NeutralAnswer, StreamWriter, SureUsage } from './types.ts'

const FINISH: Record<LanguageModelV3FinishReason['unified'], string> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
  error: 'stop',
  other: 'stop',
}

const usageJson = ({ tokensIn, tokensOut }: SureUsage): Json => ({
  prompt_tokens: tokensIn,
  completion_tokens: tokensOut,
  total_tokens: tokensIn + tokensOut,
})

const baseOf = ({ id, model, at }: AnswerHead, object: string): Json => ({
  id: `chatcmpl-${id}`,
  object,
  created: Math.floor(at.getTime() / 1000),
  model,
})

export const chatWhole = ({ content, finish }: NeutralAnswer, head: AnswerHead, usage: SureUsage): Json => {
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
  const reasoning = content.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])).join('')
  const calls = content.flatMap((part) =>
    part.type === 'tool-call'
      ? [{ id: part.toolCallId, type: 'function', function: { name: part.toolName, arguments: part.input } }]
      : [],
  )
  const message = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  }
  return {
    ...baseOf(head, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: FINISH[finish] }],
    usage: usageJson(usage),
  }
}

export const chatStream = (head: AnswerHead): StreamWriter => {
  const base = baseOf(head, 'chat.completion.chunk')
  const options = head.request['stream_options']
  const wantsUsage = typeof options === 'object' && options !== null && Reflect.get(options, 'include_usage') === true
  const calls = new Map<string, number>()
  let isBegun = false

  const event = (value: Json) => `data: ${JSON.stringify({ ...base, ...value })}\n\n`
  const chunk = (delta: Json, finish: string | null = null): string => {
    const role = isBegun ? {} : { role: 'assistant', content: '' }
    isBegun = true
    return event({ choices: [{ index: 0, delta: { ...role, ...delta }, logprobs: null, finish_reason: finish }] })
  }
  const beginCall = (id: string, name: string, input: string): string => {
    const index = calls.size
    calls.set(id, index)
    return chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: input } }] })
  }

  return (part, usage) => {
    switch (part.type) {
      case 'text-delta':
        return chunk({ content: part.delta })
      case 'reasoning-delta':
        return chunk({ reasoning_content: part.delta })
      case 'tool-input-start':
        return beginCall(part.id, part.toolName, '')
      case 'tool-input-delta': {
        const index = calls.get(part.id)
        return index === undefined ? '' : chunk({ tool_calls: [{ index, function: { arguments: part.delta } }] })
      }
      case 'tool-call':
        // Some providers tell a call only when it is whole.
        return calls.has(part.toolCallId) ? '' : beginCall(part.toolCallId, part.toolName, part.input)
      case 'finish': {
        const last = chunk({}, FINISH[part.finishReason.unified])
        return `${last}${wantsUsage ? event({ choices: [], usage: usageJson(usage()) }) : ''}data: [DONE]\n\n`
      }
      default:
        return ''
    }
  }
}

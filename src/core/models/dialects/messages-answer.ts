/** Answers as Anthropic's messages give them: blocks, one after the other. */
import type { LanguageModelV3FinishReason, LanguageModelV3ToolCall } from '@ai-sdk/provider'
import type { CallFailure } from '../failure.ts'
import { type Json, textOf } from '../json.ts'
import { argumentsOf } from './prompt.ts'
import type { AnswerHead, NeutralAnswer, StreamWriter, SureUsage } from './types.ts'

const event = (value: Json) => `event: ${textOf(value['type'])}\ndata: ${JSON.stringify(value)}\n\n`

export const messagesError = ({ message, form }: CallFailure): Json => ({
  type: 'error',
  error: { type: form.anthropic, message },
})
export const messagesErrorFrame = (failure: CallFailure): string => event(messagesError(failure))

const STOP: Record<LanguageModelV3FinishReason['unified'], string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'content-filter': 'refusal',
  'tool-calls': 'tool_use',
  error: 'end_turn',
  other: 'end_turn',
}

const messageOf = (
  { id, model }: AnswerHead,
  content: readonly Json[],
  stop: string | null,
  usage: SureUsage,
): Json => ({
  id: `msg_${id}`,
  type: 'message',
  role: 'assistant',
  model,
  content,
  stop_reason: stop,
  stop_sequence: null,
  usage: { input_tokens: usage.tokensIn, output_tokens: usage.tokensOut },
})

export const messagesWhole = ({ content, finish }: NeutralAnswer, head: AnswerHead, usage: SureUsage): Json => {
  const blocks = content.flatMap((part): Json[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text }]
    if (part.type === 'reasoning') return [{ type: 'thinking', thinking: part.text, signature: '' }]
    if (part.type !== 'tool-call') return []
    return [{ type: 'tool_use', id: part.toolCallId, name: part.toolName, input: argumentsOf(part.input) }]
  })
  return messageOf(head, blocks, STOP[finish], usage)
}

export const messagesStream = (head: AnswerHead): StreamWriter => {
  let isBegun = false
  let index = -1
  let current: string | undefined
  const told = new Set<string>()
  /** Calls that were complete while another was still being told. */
  let waiting: LanguageModelV3ToolCall[] = []

  const close = (): string => {
    if (current === undefined) return ''
    current = undefined
    return event({ type: 'content_block_stop', index })
  }
  const open = (key: string, block: Json): string => {
    if (current === key) return ''
    const closed = close()
    current = key
    index += 1
    return closed + event({ type: 'content_block_start', index, content_block: block })
  }
  const delta = (value: Json) => event({ type: 'content_block_delta', index, delta: value })
  const openCall = (id: string, name: string): string => {
    told.add(id)
    return open(id, { type: 'tool_use', id, name, input: {} })
  }
  const input = (json: string) => (json === '' ? '' : delta({ type: 'input_json_delta', partial_json: json }))

  const wholeCall = ({ toolCallId, toolName, input: json }: LanguageModelV3ToolCall) =>
    openCall(toolCallId, toolName) + input(json) + close()
  const flush = (): string => {
    const calls = waiting
    waiting = []
    return calls.map(wholeCall).join('')
  }

  const begin = (usage: () => SureUsage): string => {
    if (isBegun) return ''
    isBegun = true
    const message = messageOf(head, [], null, { tokensIn: usage().tokensIn, tokensOut: 1 })
    return event({ type: 'message_start', message })
  }

  const isOtherCall = (id: string) => current !== undefined && told.has(current) && current !== id

  return (part, usage) => {
    switch (part.type) {
      case 'text-delta': {
        // Words in the middle of a call's arguments would end its block: no provider sends them.
        const opened = open(`text ${part.id}`, { type: 'text', text: '' })
        return begin(usage) + opened + delta({ type: 'text_delta', text: part.delta })
      }
      case 'reasoning-delta': {
        const opened = open(`thought ${part.id}`, { type: 'thinking', thinking: '', signature: '' })
        return begin(usage) + opened + delta({ type: 'thinking_delta', thinking: part.delta })
      }
      case 'tool-input-start':
        // Blocks do not overlap: a call that begins while another is told waits until it is whole.
        return isOtherCall(part.id) ? '' : begin(usage) + openCall(part.id, part.toolName)
      case 'tool-input-delta':
        return current === part.id ? input(part.delta) : ''
      case 'tool-call': {
        if (told.has(part.toolCallId)) return (current === part.toolCallId ? close() : '') + flush()
        if (isOtherCall(part.toolCallId)) {
          waiting.push(part)
          return ''
        }
        return begin(usage) + wholeCall(part)
      }
      case 'finish': {
        const { tokensIn, tokensOut } = usage()
        const stop = { stop_reason: STOP[part.finishReason.unified], stop_sequence: null }
        return (
          begin(usage) +
          close() +
          flush() +
          event({ type: 'message_delta', delta: stop, usage: { input_tokens: tokensIn, output_tokens: tokensOut } }) +
          event({ type: 'message_stop' })
        )
      }
      default:
        return ''
    }
  }
}

/** Answers as OpenAI's responses give them: items, each told from its beginning to its end. */
import type { LanguageModelV3FinishReason, LanguageModelV3StreamPart } from '@ai-sdk/provider'
import type { CallFailure } from '../failure.ts'
import { type Json, isJson, objectsOf, parseJson, textOf } from '../json.ts'
import type { AnswerHead, NeutralAnswer, StreamWriter, SureUsage } from './types.ts'

const event = (value: Json) => `event: ${textOf(value['type'])}\ndata: ${JSON.stringify(value)}\n\n`

export const responsesError = ({ message, code, form }: CallFailure): string => {
  const error = { code: code ?? form.openai, message, param: null }
  const response = { id: 'resp_failed', object: 'response', status: 'failed', error: { code: error.code, message } }
  // As it is documented and as it is sent, flat and nested: programs read the one or the other.
  return (
    event({ type: 'error', sequence_number: 0, ...error, error: { type: form.openai, ...error } }) +
    event({ type: 'response.failed', sequence_number: 1, response })
  )
}

const usageJson = ({ tokensIn, tokensOut }: SureUsage): Json => ({
  input_tokens: tokensIn,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: tokensOut,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: tokensIn + tokensOut,
})

const REASONS: Partial<Record<LanguageModelV3FinishReason['unified'], string>> = {
  length: 'max_output_tokens',
  'content-filter': 'content_filter',
}

interface Ending {
  finish: LanguageModelV3FinishReason['unified']
  usage: SureUsage
}

const responseOf = ({ id, model, at, request }: AnswerHead, output: readonly Json[], ending?: Ending): Json => {
  const reason = ending === undefined ? undefined : REASONS[ending.finish]
  const ended = reason === undefined ? 'completed' : 'incomplete'
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: Math.floor(at.getTime() / 1000),
    status: ending === undefined ? 'in_progress' : ended,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: request['instructions'] ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: request['temperature'] ?? null,
    text: { format: { type: 'text' } },
    tool_choice: request['tool_choice'] ?? 'auto',
    tools: request['tools'] ?? [],
    top_p: request['top_p'] ?? null,
    truncation: 'disabled',
    usage: ending === undefined ? null : usageJson(ending.usage),
    user: null,
    metadata: {},
  }
}

const outputText = (text: string): Json => ({ type: 'output_text', text, annotations: [], logprobs: [] })

const messageItem = (id: string, text: string | undefined): Json => ({
  id,
  type: 'message',
  status: text === undefined ? 'in_progress' : 'completed',
  role: 'assistant',
  content: text === undefined ? [] : [outputText(text)],
})

const reasoningItem = (id: string, text: string | undefined): Json => ({
  id,
  type: 'reasoning',
  summary: text === undefined ? [] : [{ type: 'summary_text', text }],
})

interface ToolCall {
  callId: string
  name: string
}

const callItem = (id: string, { callId, name }: ToolCall, input: string | undefined): Json => ({
  id,
  type: 'function_call',
  status: input === undefined ? 'in_progress' : 'completed',
  call_id: callId,
  name,
  arguments: input ?? '',
})

/** A custom tool takes a text, where the model was told of a function with one field. */
const customText = (input: string): string => {
  const value = parseJson(input)
  return isJson(value) ? textOf(value['input']) : input
}

const customItem = (id: string, { callId, name }: ToolCall, input: string | undefined): Json => ({
  id,
  type: 'custom_tool_call',
  status: input === undefined ? 'in_progress' : 'completed',
  call_id: callId,
  name,
  input: input === undefined ? '' : customText(input),
})

const customNames = (request: Json): Set<string> =>
  new Set(
    objectsOf(request['tools'])
      .filter((tool) => tool['type'] === 'custom')
      .map((tool) => textOf(tool['name'])),
  )

export const responsesWhole = ({ content, finish }: NeutralAnswer, head: AnswerHead, usage: SureUsage): Json => {
  const customs = customNames(head.request)
  const output = content.flatMap((part, index) => {
    const id = `${head.id}_${index}`
    if (part.type === 'text') return [messageItem(`msg_${id}`, part.text)]
    if (part.type === 'reasoning') return [reasoningItem(`rs_${id}`, part.text)]
    if (part.type !== 'tool-call') return []
    const call = { callId: part.toolCallId, name: part.toolName }
    return [customs.has(call.name) ? customItem(`ctc_${id}`, call, part.input) : callItem(`fc_${id}`, call, part.input)]
  })
  return responseOf(head, output, { finish, usage })
}

interface OpenItem {
  index: number
  text: string
  /** Says a further bit of it. */
  delta: (text: string) => string
  /** Says that it is complete; `text` is all of it. */
  close: (text: string) => string
}

export const responsesStream = (head: AnswerHead): StreamWriter => {
  const customs = customNames(head.request)
  const output: Json[] = []
  const open = new Map<string, OpenItem>()
  let count = 0
  let sequence = 0

  const tell = (type: string, fields: Json): string => {
    const number = sequence
    sequence += 1
    return event({ type, sequence_number: number, ...fields })
  }

  const begin = () =>
    sequence > 0
      ? ''
      : tell('response.created', { response: responseOf(head, []) }) +
        tell('response.in_progress', { response: responseOf(head, []) })

  /** What is the same for all kinds of items. */
  const openItem = (
    key: string,
    prefix: string,
    item: (id: string, text: string | undefined) => Json,
    words: (where: Json) => {
      opened?: () => string
      delta: (text: string) => string
      done: (text: string) => string
    },
  ): string => {
    const index = count
    count += 1
    const id = `${prefix}_${head.id}_${index}`
    const { opened, delta, done } = words({ item_id: id, output_index: index })
    open.set(key, {
      index,
      text: '',
      delta,
      close: (text) => {
        const whole = item(id, text)
        output[index] = whole
        return done(text) + tell('response.output_item.done', { output_index: index, item: whole })
      },
    })
    return tell('response.output_item.added', { output_index: index, item: item(id, undefined) }) + (opened?.() ?? '')
  }

  const openText = (key: string) =>
    openItem(key, 'msg', messageItem, (where) => {
      const at = { ...where, content_index: 0 }
      return {
        opened: () => tell('response.content_part.added', { ...at, part: outputText('') }),
        delta: (delta) => tell('response.output_text.delta', { ...at, delta, logprobs: [] }),
        done: (text) =>
          tell('response.output_text.done', { ...at, text, logprobs: [] }) +
          tell('response.content_part.done', { ...at, part: outputText(text) }),
      }
    })

  const openReasoning = (key: string) =>
    openItem(key, 'rs', reasoningItem, (where) => {
      const at = { ...where, summary_index: 0 }
      return {
        opened: () =>
          tell('response.reasoning_summary_part.added', { ...at, part: { type: 'summary_text', text: '' } }),
        delta: (delta) => tell('response.reasoning_summary_text.delta', { ...at, delta }),
        done: (text) =>
          tell('response.reasoning_summary_text.done', { ...at, text }) +
          tell('response.reasoning_summary_part.done', { ...at, part: { type: 'summary_text', text } }),
      }
    })

  const openCall = (callId: string, name: string) => {
    const call = { callId, name }
    if (customs.has(name)) {
      return openItem(
        callId,
        'ctc',
        (id, input) => customItem(id, call, input),
        (where) => ({
          delta: () => '',
          done: (input) => tell('response.custom_tool_call_input.done', { ...where, input: customText(input) }),
        }),
      )
    }
    return openItem(
      callId,
      'fc',
      (id, input) => callItem(id, call, input),
      (where) => ({
        delta: (delta) => tell('response.function_call_arguments.delta', { ...where, delta }),
        done: (input) => tell('response.function_call_arguments.done', { ...where, name, arguments: input }),
      }),
    )
  }

  const say = (key: string, text: string): string => {
    const item = open.get(key)
    if (item === undefined) return ''
    item.text += text
    return item.delta(text)
  }

  const close = (key: string, text?: string): string => {
    const item = open.get(key)
    open.delete(key)
    return item?.close(text ?? item.text) ?? ''
  }

  const write: Partial<{
    [T in LanguageModelV3StreamPart['type']]: (
      part: Extract<LanguageModelV3StreamPart, { type: T }>,
      usage: () => SureUsage,
    ) => string
  }> = {
    'text-delta': ({ id, delta }) => (open.has(`text ${id}`) ? '' : openText(`text ${id}`)) + say(`text ${id}`, delta),
    'text-end': ({ id }) => close(`text ${id}`),
    'reasoning-delta': ({ id, delta }) =>
      (open.has(`thought ${id}`) ? '' : openReasoning(`thought ${id}`)) + say(`thought ${id}`, delta),
    'reasoning-end': ({ id }) => close(`thought ${id}`),
    'tool-input-start': ({ id, toolName }) => openCall(id, toolName),
    'tool-input-delta': ({ id, delta }) => say(id, delta),
    'tool-call': ({ toolCallId, toolName, input }) => {
      const opened = open.has(toolCallId) ? '' : openCall(toolCallId, toolName) + say(toolCallId, input)
      return opened + close(toolCallId, input)
    },
    finish: ({ finishReason: { unified: finish } }, usage) => {
      const closed = [...open.keys()].map((key) => close(key)).join('')
      const response = responseOf(head, output.filter(Boolean), { finish, usage: usage() })
      return closed + tell(`response.${textOf(response['status'])}`, { response })
    },
  }

  return (part, usage) => {
    // The compiler does not see that the name of an entry and the type of its part go together.
    const writing = write[part.type] as
      | ((part: LanguageModelV3StreamPart, usage: () => SureUsage) => string)
      | undefined
    if (writing === undefined) return ''
    return begin() + writing(part, usage)
  }
}

/** Anthropic messages, as api.anthropic.com speaks it. */
import { type Body, type Protocol, list, object, string } from './protocol.ts'
import type { Plan } from './script.ts'

const blocks = (content: unknown): Body[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : list(content)

const texts = (content: unknown): string =>
  blocks(content)
    .map((block) => string(block['text']))
    .join('')

const isResult = ({ type }: Body) => type === 'tool_result'
const event = (value: Body) => `event: ${string(value['type'])}\ndata: ${JSON.stringify(value)}\n\n`

const contentOf = (plan: Plan): Body[] => [
  ...(plan.thinking === undefined ? [] : [{ type: 'thinking', thinking: plan.thinking, signature: 'sig' }]),
  ...(plan.words.length === 0 ? [] : [{ type: 'text', text: plan.words.join('') }]),
  ...plan.calls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input: JSON.parse(input) as unknown })),
]

const stopOf = ({ calls }: Plan) => (calls.length > 0 ? 'tool_use' : 'end_turn')

const messageOf = (plan: Plan, body: Body, isWhole: boolean): Body => ({
  id: 'msg_standin',
  type: 'message',
  role: 'assistant',
  model: body['model'],
  content: isWhole ? contentOf(plan) : [],
  stop_reason: isWhole ? stopOf(plan) : null,
  stop_sequence: null,
  usage: {
    input_tokens: (plan.usage?.in ?? 4) - 4,
    cache_creation_input_tokens: 1,
    cache_read_input_tokens: 3,
    output_tokens: isWhole ? (plan.usage?.out ?? 0) : 1,
    service_tier: 'standard',
  },
})

export const messages: Protocol = {
  streamType: 'text/event-stream; charset=utf-8',
  isStream: (body) => body['stream'] === true,
  needsKey: true,
  // Without its version header the real one refuses too.
  keyOf: (headers) => (headers['anthropic-version'] === undefined ? undefined : headers['x-api-key']),
  asked: (body) => {
    const all = list(body['messages'])
    const last = all.findLastIndex(
      ({ role, content }) => role === 'user' && !blocks(content).every((block) => isResult(block)),
    )
    const content = blocks(all[last]?.['content']).filter((block) => !isResult(block))
    return {
      said: texts(content),
      pictures: content
        .filter(({ type }) => type === 'image')
        .map((block) => {
          const { type, media_type, data } = object(block['source'])
          return type === 'base64' && string(data) !== '' ? string(media_type) : 'bad'
        }),
      results: all
        .slice(last + 1)
        .flatMap((message) => blocks(message['content']).filter(isResult))
        .map((block) => texts(block['content'])),
    }
  },
  events: (plan, body) => {
    let index = -1
    const open = (block: Body) => {
      index += 1
      return event({ type: 'content_block_start', index, content_block: block })
    }
    const delta = (value: Body) => event({ type: 'content_block_delta', index, delta: value })
    const close = () => event({ type: 'content_block_stop', index })
    const before = [event({ type: 'message_start', message: messageOf(plan, body, false) }), event({ type: 'ping' })]
    if (plan.thinking !== undefined) {
      before.push(
        open({ type: 'thinking', thinking: '', signature: '' }),
        delta({ type: 'thinking_delta', thinking: plan.thinking }),
        delta({ type: 'signature_delta', signature: 'sig' }),
        close(),
      )
    }
    const after: string[] = []
    if (plan.words.length > 0) before.push(open({ type: 'text', text: '' }))
    const words = plan.words.map((text) => delta({ type: 'text_delta', text }))
    if (plan.words.length > 0) after.push(close())
    for (const { id, name, input } of plan.calls) {
      after.push(
        open({ type: 'tool_use', id, name, input: {} }),
        delta({ type: 'input_json_delta', partial_json: '' }),
        delta({ type: 'input_json_delta', partial_json: input }),
        close(),
      )
    }
    after.push(
      event({
        type: 'message_delta',
        delta: { stop_reason: stopOf(plan), stop_sequence: null },
        usage: { output_tokens: plan.usage?.out ?? 0 },
      }),
      event({ type: 'message_stop' }),
    )
    return { before, words, after }
  },
  whole: (plan, body) => messageOf(plan, body, true),
  error: (status, message) => ({
    type: 'error',
    error: {
      type: status === 529 ? 'overloaded_error' : status === 401 ? 'authentication_error' : 'invalid_request_error',
      message,
    },
    request_id: 'req_standin',
  }),
  errorEvent: (message) => event({ type: 'error', error: { type: 'overloaded_error', message } }),
}

/** OpenAI responses, as api.openai.com speaks it. */
import { chat } from './chat.ts'
import { type Body, type Protocol, list, pictureOf, string } from './protocol.ts'
import type { Plan } from './script.ts'

const texts = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : list(content)
        .map((part) => string(part['text']))
        .join('')

const itemsOf = (body: Body): Body[] =>
  typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : list(body['input'])

const usageOf = ({ usage }: Plan) =>
  usage === undefined
    ? null
    : {
        input_tokens: usage.in,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: usage.out,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: usage.in + usage.out,
      }

const MESSAGE = 'msg_standin'
const part = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] })
const message = (status: string, content: Body[]) => ({
  id: MESSAGE,
  type: 'message',
  status,
  role: 'assistant',
  content,
})

const outputOf = (plan: Plan): Body[] => [
  ...(plan.words.length === 0 ? [] : [message('completed', [part(plan.words.join(''))])]),
  ...plan.calls.map(({ id, name, input }) => ({
    id: `fc_${id}`,
    type: 'function_call',
    status: 'completed',
    call_id: id,
    name,
    arguments: input,
  })),
]

const responseOf = (plan: Plan, body: Body, status: 'in_progress' | 'completed'): Body => ({
  id: 'resp_standin',
  object: 'response',
  created_at: 1_790_000_000,
  status,
  error: null,
  incomplete_details: null,
  instructions: body['instructions'] ?? null,
  model: body['model'],
  output: status === 'completed' ? outputOf(plan) : [],
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  store: true,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  truncation: 'disabled',
  usage: status === 'completed' ? usageOf(plan) : null,
  metadata: {},
})

export const responses: Protocol = {
  streamType: 'text/event-stream; charset=utf-8',
  isStream: (body) => body['stream'] === true,
  needsKey: true,
  keyOf: chat.keyOf,
  asked: (body) => {
    const items = itemsOf(body)
    const last = items.findLastIndex(({ role }) => role === 'user')
    const content = items[last]?.['content']
    return {
      said: texts(content),
      pictures: list(typeof content === 'string' ? [] : content)
        .filter(({ type }) => type === 'input_image')
        .map((image) => pictureOf(string(image['image_url']))),
      results: items
        .slice(last + 1)
        .filter(({ type }) => type === 'function_call_output')
        .map(({ output }) => texts(output)),
    }
  },
  events: (plan, body) => {
    let sequence = 0
    const event = (type: string, fields: Body): string => {
      const text = `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`
      sequence += 1
      return text
    }
    const at = { item_id: MESSAGE, output_index: 0, content_index: 0 }
    const hasText = plan.words.length > 0
    const text = plan.words.join('')
    const first = hasText ? 1 : 0
    return {
      before: [
        event('response.created', { response: responseOf(plan, body, 'in_progress') }),
        event('response.in_progress', { response: responseOf(plan, body, 'in_progress') }),
        ...(hasText
          ? [
              event('response.output_item.added', { output_index: 0, item: message('in_progress', []) }),
              event('response.content_part.added', { ...at, part: part('') }),
            ]
          : []),
      ],
      words: plan.words.map((delta) => event('response.output_text.delta', { ...at, delta, logprobs: [] })),
      after: [
        ...(hasText
          ? [
              event('response.output_text.done', { ...at, text, logprobs: [] }),
              event('response.content_part.done', { ...at, part: part(text) }),
              event('response.output_item.done', { output_index: 0, item: message('completed', [part(text)]) }),
            ]
          : []),
        ...plan.calls.flatMap(({ id, name, input }, index) => {
          const where = { item_id: `fc_${id}`, output_index: first + index }
          const item = { id: `fc_${id}`, type: 'function_call', call_id: id, name }
          return [
            event('response.output_item.added', {
              output_index: first + index,
              item: { ...item, status: 'in_progress', arguments: '' },
            }),
            event('response.function_call_arguments.delta', { ...where, delta: input }),
            event('response.function_call_arguments.done', { ...where, arguments: input }),
            event('response.output_item.done', {
              output_index: first + index,
              item: { ...item, status: 'completed', arguments: input },
            }),
          ]
        }),
        event('response.completed', { response: responseOf(plan, body, 'completed') }),
      ],
    }
  },
  whole: (plan, body) => responseOf(plan, body, 'completed'),
  error: chat.error,
  errorEvent: (text) =>
    `event: error\ndata: ${JSON.stringify({
      type: 'error',
      sequence_number: 0,
      error: { type: 'server_error', code: 'server_error', message: text, param: null },
    })}\n\n`,
}

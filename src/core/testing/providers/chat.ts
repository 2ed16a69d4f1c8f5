/** OpenAI chat completions, as api.openai.com speaks it. */
import { type Body, type Protocol, list, object, pictureOf, string } from './protocol.ts'
import type { Plan } from './script.ts'

const texts = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : list(content)
        .map((part) => string(part['text']))
        .join('')

const usageOf = ({ usage }: Plan) =>
  usage === undefined
    ? {}
    : {
        usage: {
          prompt_tokens: usage.in,
          completion_tokens: usage.out,
          total_tokens: usage.in + usage.out,
          prompt_tokens_details: { cached_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 0 },
        },
      }

const callsOf = ({ calls }: Plan) =>
  calls.map(({ id, name, input }) => ({ id, type: 'function', function: { name, arguments: input } }))

const finishOf = ({ calls }: Plan) => (calls.length > 0 ? 'tool_calls' : 'stop')

const event = (value: Body) => `data: ${JSON.stringify(value)}\n\n`

export const chat: Protocol = {
  streamType: 'text/event-stream; charset=utf-8',
  isStream: (body) => body['stream'] === true,
  needsKey: true,
  keyOf: ({ authorization }) => authorization?.replace(/^Bearer /, ''),
  asked: (body) => {
    const messages = list(body['messages'])
    const last = messages.findLastIndex(({ role }) => role === 'user')
    const content = messages[last]?.['content']
    return {
      said: texts(content),
      pictures: list(typeof content === 'string' ? [] : content)
        .filter(({ type }) => type === 'image_url')
        .map((part) => pictureOf(string(object(part['image_url'])['url']))),
      results: messages
        .slice(last + 1)
        .filter(({ role }) => role === 'tool')
        .map(({ content: result }) => texts(result)),
    }
  },
  events: (plan, body) => {
    const base = {
      id: 'chatcmpl-standin',
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: body['model'],
      system_fingerprint: 'fp_standin',
    }
    const wantsUsage = object(body['stream_options'])['include_usage'] === true
    const chunk = (delta: Body, finish: string | null = null) =>
      event({
        ...base,
        choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
        ...(wantsUsage ? { usage: null } : {}),
      })
    const half = (text: string) => Math.ceil(text.length / 2)
    return {
      before: [
        chunk({ role: 'assistant', content: '', refusal: null }),
        ...(plan.thinking === undefined ? [] : [chunk({ reasoning_content: plan.thinking })]),
      ],
      words: plan.words.map((word) => chunk({ content: word })),
      after: [
        ...callsOf(plan).flatMap(({ function: { name, arguments: input }, ...call }, index) => [
          chunk({ tool_calls: [{ index, ...call, function: { name, arguments: '' } }] }),
          chunk({ tool_calls: [{ index, function: { arguments: input.slice(0, half(input)) } }] }),
          chunk({ tool_calls: [{ index, function: { arguments: input.slice(half(input)) } }] }),
        ]),
        chunk({}, finishOf(plan)),
        ...(wantsUsage && plan.usage !== undefined ? [event({ ...base, choices: [], ...usageOf(plan) })] : []),
        'data: [DONE]\n\n',
      ],
    }
  },
  whole: (plan, body) => ({
    id: 'chatcmpl-standin',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: body['model'],
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: plan.words.length === 0 ? null : plan.words.join(''),
          refusal: null,
          ...(plan.thinking === undefined ? {} : { reasoning_content: plan.thinking }),
          ...(plan.calls.length === 0 ? {} : { tool_calls: callsOf(plan) }),
        },
        logprobs: null,
        finish_reason: finishOf(plan),
      },
    ],
    ...usageOf(plan),
  }),
  error: (status, message) => ({
    error: {
      message,
      type: status === 429 ? 'requests' : 'invalid_request_error',
      param: null,
      code: status === 401 ? 'invalid_api_key' : null,
    },
  }),
  errorEvent: (message) => event({ error: { message, type: 'server_error', param: null, code: 'server_error' } }),
}

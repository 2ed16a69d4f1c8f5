/** Ollama's own protocol, as its server speaks it. */
import { type Body, type Protocol, list, string } from './protocol.ts'
import type { Plan } from './script.ts'

const line = (value: Body) => `${JSON.stringify(value)}\n`
const base = (body: Body) => ({ model: body['model'], created_at: '2026-09-21T14:00:00.123456Z' })

const ending = (plan: Plan): Body => ({
  done: true,
  done_reason: 'stop',
  total_duration: 1_000_000,
  load_duration: 1000,
  ...(plan.usage === undefined ? {} : { prompt_eval_count: plan.usage.in }),
  prompt_eval_duration: 1000,
  ...(plan.usage === undefined ? {} : { eval_count: plan.usage.out }),
  eval_duration: 1000,
})

const toolCalls = ({ calls }: Plan) =>
  calls.map(({ id, name, input }, index) => ({
    id,
    function: { index, name, arguments: JSON.parse(input) as unknown },
  }))

const kindOf = (picture: unknown): string => (string(picture).startsWith('iVBOR') ? 'image/png' : 'bad')

const shared = {
  streamType: 'application/x-ndjson',
  isStream: (body: Body) => body['stream'] !== false,
  needsKey: false,
  keyOf: () => undefined,
  error: (_status: number, message: string) => ({ error: message }),
  errorEvent: (message: string) => line({ error: message }),
}

export const ollamaChat: Protocol = {
  ...shared,
  asked: (body) => {
    const messages = list(body['messages'])
    const last = messages.findLastIndex(({ role }) => role === 'user')
    return {
      said: string(messages[last]?.['content']),
      pictures: list(messages[last]?.['images']).map(kindOf),
      results: messages
        .slice(last + 1)
        .filter(({ role }) => role === 'tool')
        .map(({ content }) => string(content)),
    }
  },
  events: (plan, body) => {
    const said = (message: Body, end: Body = { done: false }) =>
      line({ ...base(body), message: { role: 'assistant', ...message }, ...end })
    return {
      before: plan.thinking === undefined ? [] : [said({ content: '', thinking: plan.thinking })],
      words: plan.words.map((content) => said({ content })),
      after: [
        ...(plan.calls.length === 0 ? [] : [said({ content: '', tool_calls: toolCalls(plan) })]),
        said({ content: '' }, ending(plan)),
      ],
    }
  },
  whole: (plan, body) => ({
    ...base(body),
    message: {
      role: 'assistant',
      content: plan.words.join(''),
      ...(plan.thinking === undefined ? {} : { thinking: plan.thinking }),
      ...(plan.calls.length === 0 ? {} : { tool_calls: toolCalls(plan) }),
    },
    ...ending(plan),
  }),
}

export const ollamaGenerate: Protocol = {
  ...shared,
  asked: (body) => ({ said: string(body['prompt']), pictures: list(body['images']).map(kindOf), results: [] }),
  events: (plan, body) => ({
    before: [],
    words: plan.words.map((response) => line({ ...base(body), response, done: false })),
    after: [line({ ...base(body), response: '', ...ending(plan), context: [1, 2, 3] })],
  }),
  whole: (plan, body) => ({ ...base(body), response: plan.words.join(''), ...ending(plan), context: [1, 2, 3] }),
}

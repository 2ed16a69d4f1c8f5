/** For tests: a proxy whose providers all are the stand-in, and programs that ask it in every dialect. */
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModel } from 'ai'
import { createOllama } from 'ollama-ai-provider-v2'
import { onTestFinished } from 'vitest'
import { type CatalogModel, type CatalogProvider, GantryError, type ProviderKind } from '../../contract/index.ts'
import {
  type ModelCallRecord,
  type ModelCaller,
  type ModelCatalog,
  type ModelsDeps,
  type Spent,
  createModels,
} from './index.ts'
import { streamOf } from './streams.ts'

export const KEY = 'sk-planted-0123456789abcdef'
export const MODELS = ['openai', 'anthropic', 'ollama', 'openai-compatible', 'demo'] as const

const model = (kind: ProviderKind, extras: Partial<CatalogModel> = {}): CatalogModel => ({
  id: kind,
  title: kind,
  provider: kind,
  name: `${kind}-model-1`,
  context: 100_000,
  inputPrice: 10,
  outputPrice: 100,
  fallbacks: [],
  ...extras,
})

const provider = (kind: ProviderKind, url: string): CatalogProvider => ({
  id: kind,
  title: `The ${kind}`,
  kind,
  ...(kind === 'demo' ? {} : { baseUrl: url }),
  ...(kind === 'demo' || kind === 'ollama' ? {} : { secret: 'planted' }),
})

export const catalogAt = (
  url: string,
  models: Partial<Record<ProviderKind, Partial<CatalogModel>>> = {},
): ModelCatalog => ({
  providers: MODELS.map((kind) => provider(kind, url)),
  models: MODELS.map((kind) => model(kind, models[kind])),
})

export interface Budget {
  tokens?: number
  money?: number
}

export const startModels = (catalog: ModelCatalog, options: Partial<ModelsDeps> & { budget?: Budget } = {}) => {
  const { budget = {}, ...deps } = options
  const models = createModels({
    catalog: () => catalog,
    secret: (name) => (name === 'planted' ? KEY : undefined),
    now: () => new Date(),
    after: (task, ms) => {
      const timer = setTimeout(task, ms)
      return () => clearTimeout(timer)
    },
    random: () => 0,
    ...deps,
    limits: { firstPauseMs: 1, ...deps.limits },
  })
  onTestFinished(() => models.stop())
  const records: ModelCallRecord[] = []
  const steps: Spent[] = []
  const spent = { tokensIn: 0, tokensOut: 0, money: 0 }
  const error = new GantryError('E_QUOTA', 'The budget of this agent is used up: all of it.', {
    hint: 'Raise it to go on.',
  })

  const callerFor = (id: string, extras: Partial<ModelCaller> = {}): ModelCaller => ({
    agentId: 'agent1',
    model: id,
    models: [id],
    spend: {
      check: () => {
        if (spent.tokensIn + spent.tokensOut >= (budget.tokens ?? Number.POSITIVE_INFINITY)) throw error
        if (spent.money >= (budget.money ?? Number.POSITIVE_INFINITY)) throw error
      },
      add: (step) => {
        steps.push(step)
        spent.tokensIn += step.tokensIn
        spent.tokensOut += step.tokensOut
        spent.money += step.money
      },
    },
    note: (record) => records.push(record),
    ...extras,
  })

  /** What a program inside sees: `fetch` to a loopback address that ends in the proxy. */
  const fetchFor =
    (caller: ModelCaller): typeof fetch =>
    async (input, init) => {
      const request = new Request(input, init)
      const text = await request.text()
      const answer = await models.handle(
        {
          method: request.method,
          path: new URL(request.url).pathname + new URL(request.url).search,
          headers: Object.fromEntries(request.headers),
          body: text === '' ? undefined : Buffer.from(text),
        },
        caller,
        request.signal,
      )
      const { body } = answer
      const isText = typeof body === 'string' || Buffer.isBuffer(body)
      const content = isText ? String(body) : streamOf(encoded(body))
      return new Response(content, { status: answer.status, headers: answer.headers })
    }

  return { models, records, steps, spent, callerFor, fetchFor }
}

async function* encoded(body: AsyncIterable<string | Buffer>): AsyncGenerator<Uint8Array> {
  for await (const part of body) yield Buffer.from(part)
}

const INSIDE = 'http://inside'

/** The usual SDKs, pointed at the proxy as they are inside a box. */
export const CLIENTS: Record<string, (fetch: typeof globalThis.fetch, name: string) => LanguageModel> = {
  chat: (fetch, name) => createOpenAI({ baseURL: `${INSIDE}/v1`, apiKey: 'inside', fetch }).chat(name),
  responses: (fetch, name) => createOpenAI({ baseURL: `${INSIDE}/v1`, apiKey: 'inside', fetch }).responses(name),
  messages: (fetch, name) => createAnthropic({ baseURL: `${INSIDE}/v1`, apiKey: 'inside', fetch })(name),
  'ollama-chat': (fetch, name) => createOllama({ baseURL: `${INSIDE}/api`, fetch })(name),
}

export const post = (
  fetch: typeof globalThis.fetch,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) =>
  fetch(`${INSIDE}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** The least that each dialect asks with. */
export const ASK: Record<string, { path: string; body: (said: string, stream: boolean) => Record<string, unknown> }> = {
  chat: {
    path: '/v1/chat/completions',
    body: (said, stream) => ({ model: 'any', messages: [{ role: 'user', content: said }], stream }),
  },
  responses: { path: '/v1/responses', body: (said, stream) => ({ model: 'any', input: said, stream }) },
  messages: {
    path: '/v1/messages?beta=true',
    body: (said, stream) => ({ model: 'any', max_tokens: 1000, messages: [{ role: 'user', content: said }], stream }),
  },
  'ollama-chat': {
    path: '/api/chat',
    body: (said, stream) => ({ model: 'any', messages: [{ role: 'user', content: said }], stream }),
  },
  'ollama-generate': { path: '/api/generate', body: (said, stream) => ({ model: 'any', prompt: said, stream }) },
}

/** The kinds of providers there are: where they are, how they want the key, which dialects they speak themselves. */
import type { LanguageModelV3 } from '@ai-sdk/provider'
import type { CatalogModel, CatalogProvider, ProviderKind } from '../../contract/index.ts'
import type { DialectName, NeutralCall } from './dialects/types.ts'
import { CallFailure } from './failure.ts'
import type { ModelsDeps } from './types.ts'

export interface Reach {
  base: string
  key: string | undefined
}

interface ModelSettings extends Reach {
  name: string
  fetch: typeof fetch
}

interface RemoteKind {
  usualBase?: string
  needsKey: boolean
  /** From what a user writes to what requests are added to. */
  base: (given: string) => string
  headers: (key: string | undefined) => Record<string, string>
  /** Of the program's own headers those that ask for something; never who it says it is. */
  passedOn: readonly string[]
  /** The dialects that go through as they are, with their path. */
  native: Partial<Record<DialectName, string>>
  /** Loaded when it is first needed: most never are. */
  model: (settings: ModelSettings) => Promise<LanguageModelV3>
  adapt?: (call: NeutralCall) => NeutralCall
}

const withoutSlash = (address: string) => address.replace(/\/+$/, '')

/** People write the host, or the host with its version: both are meant. */
const withVersion = (given: string): string => {
  const address = withoutSlash(given)
  return new URL(address).pathname === '/' ? `${address}/v1` : address
}

const bearer = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` }

/** Ollama's library takes these only in this place. */
const ollamaSettings = (call: NeutralCall): NeutralCall => {
  const { maxOutputTokens, temperature, topP, topK, seed, stopSequences, ...rest } = call
  const options = {
    ...(maxOutputTokens === undefined ? {} : { num_predict: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
    ...(seed === undefined ? {} : { seed }),
    ...(stopSequences === undefined ? {} : { stop: stopSequences }),
  }
  return { ...rest, providerOptions: { ollama: { options } } }
}

const KINDS: Record<Exclude<ProviderKind, 'demo'>, RemoteKind> = {
  openai: {
    usualBase: 'https://api.openai.com/v1',
    needsKey: true,
    base: withVersion,
    headers: bearer,
    passedOn: ['openai-beta'],
    native: { chat: '/chat/completions', responses: '/responses' },
    model: async ({ base, key, name, fetch }) => {
      const { createOpenAI } = await import('@ai-sdk/openai')
      return createOpenAI({ baseURL: base, apiKey: key ?? '', fetch }).chat(name)
    },
  },
  anthropic: {
    usualBase: 'https://api.anthropic.com/v1',
    needsKey: true,
    base: withVersion,
    headers: (key) => ({ 'anthropic-version': '2023-06-01', ...(key === undefined ? {} : { 'x-api-key': key }) }),
    passedOn: ['anthropic-version', 'anthropic-beta'],
    native: { messages: '/messages' },
    model: async ({ base, key, name, fetch }) => {
      const { createAnthropic } = await import('@ai-sdk/anthropic')
      return createAnthropic({ baseURL: base, apiKey: key ?? '', fetch })(name)
    },
  },
  ollama: {
    usualBase: 'http://127.0.0.1:11434',
    needsKey: false,
    base: (given) => withoutSlash(given).replace(/\/(api|v1)$/, ''),
    headers: bearer,
    passedOn: [],
    native: { 'ollama-chat': '/api/chat', 'ollama-generate': '/api/generate' },
    model: async ({ base, key, name, fetch }) => {
      const { createOllama } = await import('ollama-ai-provider-v2')
      return createOllama({ baseURL: `${base}/api`, headers: bearer(key), fetch })(name)
    },
    adapt: ollamaSettings,
  },
  'openai-compatible': {
    needsKey: false,
    base: withVersion,
    headers: bearer,
    passedOn: [],
    native: { chat: '/chat/completions' },
    model: async ({ base, key, name, fetch }) => {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
      return createOpenAICompatible({
        name: 'provider',
        baseURL: base,
        includeUsage: true,
        supportsStructuredOutputs: true,
        fetch,
        ...(key === undefined ? {} : { apiKey: key }),
      })(name)
    },
  },
}

export interface Target {
  model: CatalogModel
  provider: CatalogProvider
}

export type RemoteTarget = Target & { kind: RemoteKind; reach: Reach }

const keyOf = async ({ title, secret }: CatalogProvider, needed: boolean, deps: Pick<ModelsDeps, 'secret'>) => {
  const key = secret === undefined ? undefined : await deps.secret(secret)
  if ((key !== undefined && key !== '') || !needed) return key === '' ? undefined : key
  const advice =
    secret === undefined
      ? 'Name a secret for it in the catalogue.'
      : `Keep its key as the secret "${secret}": gantry secrets set ${secret}.`
  throw new CallFailure('unavailable', `Gantry has no key for ${title}. ${advice}`)
}

/** Where a model is to be had and with which key; undefined for the demo, which is here. */
export const reachOf = async (
  { model, provider }: Target,
  deps: Pick<ModelsDeps, 'secret'>,
): Promise<RemoteTarget | undefined> => {
  if (provider.kind === 'demo') return undefined
  const kind = KINDS[provider.kind]
  const given = provider.baseUrl ?? kind.usualBase
  if (given === undefined) {
    throw new CallFailure('unavailable', `It is not known where ${provider.title} is: give it a baseUrl.`)
  }
  if (!/^https?:\/\//i.test(given)) {
    throw new CallFailure('unavailable', `${provider.title} must be reached over http or https.`)
  }
  return { model, provider, kind, reach: { base: kind.base(given), key: await keyOf(provider, kind.needsKey, deps) } }
}

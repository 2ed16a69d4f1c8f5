/** What the proxy is told about an agent that calls a model, and what it tells of each call. */
import type { CatalogModel, CatalogProvider } from '../../contract/index.ts'

export interface Spent {
  tokensIn: number
  tokensOut: number
  /** US dollars. */
  money: number
  /** Id of the model in the catalogue. */
  model: string
}

export interface ModelCaller {
  agentId: string
  /** Id of the model that it gets for any name the catalogue does not know. */
  model: string
  /** Ids of the models it may use. */
  models: readonly string[]
  /** Its template's own chain; without it that of the model in the catalogue. */
  fallbacks?: readonly string[]
  spend: {
    /** Throws E_QUOTA when the budget is used up. Asked before each call and while an answer streams. */
    check: () => void
    /**
     * Counts what was used, in small steps while an answer streams. What is counted first is an estimate that the
     * provider's own numbers put right at the end: a step can be negative.
     */
    add: (spent: Spent) => void
  }
  note: (record: ModelCallRecord) => void
}

/** For audit and metrics: never a word of what was said. */
export interface ModelCallRecord {
  agentId: string
  at: string
  /** The model and provider that answered, or were tried last. */
  model: string
  provider: string
  /** The HTTP status that the agent got; a stream that broke later has 200 and an error. */
  status: number
  tokensIn: number
  tokensOut: number
  /** The provider gave no numbers, or its answer was cut. */
  estimated: boolean
  money: number
  firstTokenMs: number | null
  durationMs: number
  error: string | null
  /** Requests to providers, those of fallbacks included. */
  attempts: number
}

export interface ModelCatalog {
  providers: readonly CatalogProvider[]
  models: readonly CatalogModel[]
}

export interface CallLimits {
  /** Tries of one model before the next of its chain is taken. */
  attempts: number
  /** A provider that wants a longer pause than this is not waited for. */
  longestPauseMs: number
  firstPauseMs: number
  /** Nothing from the provider for this long ends the call. */
  idleMs: number
  totalMs: number
}

export interface ModelsDeps {
  catalog: () => ModelCatalog
  /** The value of a secret, which stays on this side. */
  secret: (name: string) => Promise<string | undefined> | string | undefined
  now: () => Date
  /** Runs a task once, later; answers how to call it off. */
  after: (task: () => void, ms: number) => () => void
  /** Between 0 and 1: spreads retries. */
  random?: () => number
  limits?: Partial<CallLimits>
}

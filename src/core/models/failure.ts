/** What can go wrong with a call, in one form: each dialect says it in its own words. */
import { APICallError } from '@ai-sdk/provider'
import { GantryError } from '../../contract/index.ts'
import { scrub } from '../logs/index.ts'

interface Kind {
  status: number
  /** `error.type` in OpenAI's form. */
  openai: string
  /** `error.type` in Anthropic's form. */
  anthropic: string
  /** Worth another try at the same model. */
  retry?: true
  /** Worth a try at the next model of the chain. */
  fallback?: true
  /** Clients are told not to try again on their own. */
  final?: true
}

const KINDS = {
  request: { status: 400, openai: 'invalid_request_error', anthropic: 'invalid_request_error', final: true },
  key: { status: 401, openai: 'authentication_error', anthropic: 'authentication_error', fallback: true, final: true },
  // Not 429: that is what clients answer with more of the same.
  budget: { status: 402, openai: 'insufficient_quota', anthropic: 'billing_error', final: true },
  forbidden: { status: 403, openai: 'permission_error', anthropic: 'permission_error', fallback: true, final: true },
  missing: { status: 404, openai: 'not_found_error', anthropic: 'not_found_error', fallback: true, final: true },
  size: { status: 413, openai: 'invalid_request_error', anthropic: 'request_too_large', final: true },
  rate: { status: 429, openai: 'rate_limit_error', anthropic: 'rate_limit_error', retry: true, fallback: true },
  account: { status: 429, openai: 'insufficient_quota', anthropic: 'rate_limit_error', fallback: true, final: true },
  cancelled: { status: 499, openai: 'cancelled', anthropic: 'api_error' },
  internal: { status: 500, openai: 'server_error', anthropic: 'api_error' },
  upstream: { status: 502, openai: 'server_error', anthropic: 'api_error', retry: true, fallback: true },
  overloaded: { status: 503, openai: 'server_error', anthropic: 'overloaded_error', retry: true, fallback: true },
  unavailable: { status: 503, openai: 'server_error', anthropic: 'api_error', fallback: true, final: true },
  timeout: { status: 504, openai: 'server_error', anthropic: 'api_error', fallback: true },
} as const satisfies Record<string, Kind>

export type FailureKind = keyof typeof KINDS

export interface FailureExtras {
  /** The provider's own code, such as `context_length_exceeded`: programs act on it. */
  code?: string
  retryAfterMs?: number
  cause?: unknown
}

export class CallFailure extends Error {
  override readonly name = 'CallFailure'
  readonly kind: FailureKind
  readonly code: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(kind: FailureKind, message: string, { code, retryAfterMs, cause }: FailureExtras = {}) {
    super(message, { cause })
    this.kind = kind
    this.code = code
    this.retryAfterMs = retryAfterMs
  }

  get form(): Kind {
    return KINDS[this.kind]
  }
}

const MOST_TEXT = 2000
/** Keys as the usual providers make them, whole or as they show them in errors. */
const FOREIGN_KEY = /\b(?:sk|pk|rk|gsk|xai|key)[-_][A-Za-z0-9_*.-]{6,}|\bAIza[A-Za-z0-9_-]{20,}/g

/** Providers like to quote the key they were given. */
const cleanText = (text: string, key: string | undefined): string => {
  const known = key === undefined || key.length < 4 ? text : text.replaceAll(key, '***')
  return scrub(known.replaceAll(FOREIGN_KEY, '***')).slice(0, MOST_TEXT)
}

const KIND_OF_STATUS: Record<number, FailureKind> = {
  401: 'key',
  402: 'account',
  403: 'forbidden',
  404: 'missing',
  408: 'upstream',
  409: 'upstream',
  413: 'size',
  429: 'rate',
  503: 'overloaded',
  529: 'overloaded',
}

const kindOf = (status: number, code: string | undefined): FailureKind => {
  if (status === 429 && (code === 'insufficient_quota' || code === 'billing_error')) return 'account'
  const known = KIND_OF_STATUS[status]
  if (known !== undefined) return known
  return status >= 400 && status < 500 ? 'request' : 'upstream'
}

interface ProviderWords {
  message: string | undefined
  code: string | undefined
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Reads the error of a body in any of the forms: `{error: {message}}`, `{error: "…"}`, `{message}`. */
const wordsOf = (body: unknown): ProviderWords => {
  const error = field(body, 'error') ?? field(field(body, 'response'), 'error') ?? body
  return {
    message: text(error) ?? text(field(error, 'message')),
    code: text(field(error, 'code')) ?? text(field(error, 'type')),
  }
}

const WHAT_TO_DO: Partial<Record<FailureKind, string>> = {
  key: ' It does not take the key that Gantry keeps for it.',
  account: ' Its account has nothing left to spend.',
}

/** What a provider answered with, beside 200. */
export const failureOfStatus = (
  provider: string,
  {
    status,
    body,
    key,
    retryAfterMs,
  }: { status: number; body: unknown; key: string | undefined; retryAfterMs?: number },
): CallFailure => {
  const { message, code } = wordsOf(body)
  const kind = kindOf(status, code)
  const said = message === undefined ? '' : cleanText(message, key)
  // A fault of the request is the agent's to understand: it reads the provider's own words, as its program expects.
  const full =
    kind === 'request' && said !== ''
      ? said
      : `${provider} answered ${status}${said === '' ? '.' : `: ${said}`}${WHAT_TO_DO[kind] ?? ''}`
  return new CallFailure(kind, full, {
    ...(code === undefined ? {} : { code: cleanText(code, key) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

const OVERLOADED = /overloaded|rate_limit|server_is_overloaded/

/** An error that came as an event, after a head that promised well. */
export const failureOfEvent = (provider: string, event: unknown, key: string | undefined): CallFailure => {
  const { message, code } = wordsOf(event)
  const said = cleanText(message ?? 'it gave no reason', key)
  return new CallFailure(
    OVERLOADED.test(code ?? '') ? 'overloaded' : 'upstream',
    `${provider} broke off: ${said}`,
    code === undefined ? {} : { code: cleanText(code, key) },
  )
}

const causes = function* (thrown: unknown): Generator {
  let current = thrown
  for (let depth = 0; depth < 6 && current !== undefined; depth += 1) {
    yield current
    current = field(current, 'cause')
  }
}

const BUDGET = 'The budget of this agent is used up'

const ofGantry = (error: GantryError): CallFailure => {
  const hint = error.hint === undefined ? '' : ` ${error.hint}`
  if (error.code === 'E_QUOTA') {
    const message = error.message.startsWith(BUDGET) ? error.message : `${BUDGET}: ${error.message}`
    // The code that programs know for it, and end with.
    return new CallFailure('budget', `${message}${hint}`, { code: 'insufficient_quota', cause: error })
  }
  return new CallFailure('unavailable', `${error.message}${hint}`, { cause: error })
}

/** Whatever was thrown on the way. The libraries wrap what our own side threw; what they found out themselves is told. */
export const toFailure = (thrown: unknown, provider: string, key?: string): CallFailure => {
  for (const error of causes(thrown)) {
    if (error instanceof CallFailure) return error
    if (error instanceof GantryError) return ofGantry(error)
  }
  if (APICallError.isInstance(thrown) && thrown.statusCode !== undefined && thrown.statusCode >= 400) {
    return failureOfStatus(provider, { status: thrown.statusCode, body: { message: thrown.message }, key })
  }
  // What came as an event of a stream is told as it came.
  if (!(thrown instanceof Error) && thrown !== undefined) return failureOfEvent(provider, thrown, key)
  const name = text(field(thrown, 'name')) ?? ''
  if (name === 'AI_UnsupportedFunctionalityError' || name === 'AI_InvalidPromptError') {
    return new CallFailure('request', cleanText(String(field(thrown, 'message')), key), { cause: thrown })
  }
  if (name.startsWith('AI_')) {
    return new CallFailure('upstream', `${provider} answered with something that cannot be read.`, { cause: thrown })
  }
  // Its name only: messages of errors like to quote what was said.
  return new CallFailure('internal', `Gantry itself failed while calling the model (${name || typeof thrown}).`, {
    cause: thrown,
  })
}

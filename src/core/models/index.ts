/**
 * Owns the way from an agent's box to the models: four dialects inside, any provider outside, and a demo without any key.
 * Promises that keys stay on this side, that every token is counted against the agent's budget while it streams, and that
 * each call is noted once. Never keeps, logs or notes a word of what is said.
 */
import type { InsideHttpRequest, InsideHttpResponse } from '../wire/index.ts'
import { type Call, failureResponse, openCall } from './answer.ts'
import { countTokens } from './count-tokens.ts'
import { chat } from './dialects/chat.ts'
import { messages } from './dialects/messages.ts'
import { ollamaChat, ollamaGenerate } from './dialects/ollama.ts'
import { responses } from './dialects/responses.ts'
import type { Dialect } from './dialects/types.ts'
import { CallFailure, toFailure } from './failure.ts'
import { withPatience } from './pace.ts'
import { answerProbe } from './probes.ts'
import { createTransport } from './transport.ts'
import type { CallLimits, ModelCaller, ModelsDeps } from './types.ts'

export type { ModelCallRecord, ModelCaller, ModelCatalog, ModelsDeps, Spent } from './types.ts'

const DIALECTS: Record<string, Dialect> = {
  '/v1/chat/completions': chat,
  '/v1/responses': responses,
  '/v1/messages': messages,
  '/api/chat': ollamaChat,
  '/api/generate': ollamaGenerate,
}
const COUNT_TOKENS = '/v1/messages/count_tokens'

const LIMITS: CallLimits = {
  attempts: 3,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
  // A local model may take minutes to load before its first word.
  idleMs: 300_000,
  totalMs: 1_800_000,
}

/** Whoever asks for a path that is not there expects the errors of its own kind. */
const dialectNear = (path: string): Dialect => {
  if (path.startsWith('/v1/messages')) return messages
  return path.startsWith('/api/') ? ollamaChat : chat
}

const withSmallNames = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

export const createModels = (deps: ModelsDeps) => {
  const limits = { ...LIMITS, ...deps.limits }
  const transport = createTransport()
  const closing = new AbortController()
  const calls = new Map<string, Set<Call>>()

  const call = (dialect: Dialect, request: InsideHttpRequest, caller: ModelCaller, signal: AbortSignal) => {
    const own = calls.get(caller.agentId) ?? new Set()
    calls.set(caller.agentId, own)
    const { send } = transport
    const random = deps.random ?? Math.random
    const ended = () => {
      own.delete(opened)
      if (own.size === 0) calls.delete(caller.agentId)
    }
    const opened = openCall(dialect, request, caller, signal, { ...deps, random, limits, send, ended })
    own.add(opened)
    return opened.answer()
  }

  /** Answers always: what goes wrong is told in the form that the program knows. */
  const handle = async (
    asked: InsideHttpRequest,
    caller: ModelCaller,
    signal: AbortSignal,
  ): Promise<InsideHttpResponse> => {
    const [path = '/'] = asked.path.split('?')
    const request = { ...asked, path, headers: withSmallNames(asked.headers) }
    const { errorBody } = dialectNear(path)
    try {
      if (closing.signal.aborted) throw new CallFailure('unavailable', 'Gantry is closing.')
      const dialect = request.method === 'POST' ? DIALECTS[path] : undefined
      if (dialect !== undefined) return await call(dialect, request, caller, signal)
      if (request.method === 'POST' && path === COUNT_TOKENS) {
        const send = withPatience(transport.send, { ...deps, headMs: limits.idleMs, idleMs: limits.idleMs })
        return await countTokens(request, caller, {
          ...deps,
          send,
          signal: AbortSignal.any([signal, closing.signal]),
        })
      }
      const probe = answerProbe(request.method, path, deps.catalog(), caller)
      if (probe !== undefined) return probe
      throw new CallFailure('missing', `There is no ${request.method} ${path} here.`)
    } catch (thrown) {
      return failureResponse(toFailure(thrown, 'The provider'), errorBody)
    }
  }

  /** Calls of an agent that are under way: none of them outlives it. */
  const open = (agentId: string): number => calls.get(agentId)?.size ?? 0

  const stop = async (): Promise<void> => {
    const reason = new CallFailure('unavailable', 'Gantry is closing.')
    closing.abort(reason)
    for (const own of calls.values()) for (const opened of own) opened.abort(reason)
    transport.close()
  }

  return { handle, open, stop }
}

export type Models = ReturnType<typeof createModels>

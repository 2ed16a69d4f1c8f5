/** One call from its beginning to its record: whatever happens to it, it is ended once, counted once and noted once. */
import { randomUUID } from 'node:crypto'
import type { InsideHttpRequest, InsideHttpResponse } from '../wire/index.ts'
import { type AttemptDeps, type Begun, type Tried, begin } from './attempts.ts'
import { chainFor } from './choose.ts'
import type { Dialect } from './dialects/types.ts'
import { CallFailure, toFailure } from './failure.ts'
import type { Framing } from './frames.ts'
import { type Json, isJson, parseJson, textOf } from './json.ts'
import type { ModelCaller, ModelsDeps } from './types.ts'
import type { Wanted } from './wanted.ts'

const STREAM_TYPE: Record<Framing, string> = {
  sse: 'text/event-stream; charset=utf-8',
  ndjson: 'application/x-ndjson',
}

export const jsonResponse = (status: number, body: string | Json, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

export const failureResponse = (
  failure: CallFailure,
  errorBody: (failure: CallFailure) => Json,
): InsideHttpResponse => {
  const { status, final } = failure.form
  const pause = failure.retryAfterMs
  return jsonResponse(status, errorBody(failure), {
    // Understood by the usual SDKs, which would ask again otherwise.
    ...(final === true ? { 'x-should-retry': 'false' } : {}),
    ...(pause === undefined ? {} : { 'retry-after': String(Math.ceil(pause / 1000)) }),
  })
}

export const requestBody = ({ body }: InsideHttpRequest): Json => {
  const value = body === undefined ? undefined : parseJson(body.toString('utf8'))
  if (!isJson(value)) throw new CallFailure('request', 'The body of the request must be a JSON object.')
  return value
}

interface CallDeps extends Omit<AttemptDeps, 'send'>, Pick<ModelsDeps, 'catalog'> {
  send: AttemptDeps['send']
  /** Called once, when nothing of the call is left. */
  ended: () => void
}

/** The signal of a call: called off by the program, by the time limit, or by Gantry's own end. */
const createLife = (outer: AbortSignal, { after, limits }: CallDeps, whenOff: () => void) => {
  const own = new AbortController()
  const calledOff = () => own.abort(new CallFailure('cancelled', 'The call was called off.'))
  if (outer.aborted) calledOff()
  outer.addEventListener('abort', calledOff)
  const timeUp = after(
    () => own.abort(new CallFailure('timeout', 'The answer took longer than an answer may take.')),
    limits.totalMs,
  )
  own.signal.addEventListener('abort', whenOff)
  return {
    signal: own.signal,
    abort: (reason: CallFailure) => own.abort(reason),
    close: (isClean: boolean) => {
      timeUp()
      outer.removeEventListener('abort', calledOff)
      own.signal.removeEventListener('abort', whenOff)
      // Whatever is still open for this call has nobody to go to.
      if (!isClean) own.abort(new CallFailure('cancelled', 'The call is over.'))
    },
  }
}

export interface Call {
  answer: () => Promise<InsideHttpResponse>
  abort: (reason: CallFailure) => void
}

export const openCall = (
  dialect: Dialect,
  request: InsideHttpRequest,
  caller: ModelCaller,
  outer: AbortSignal,
  deps: CallDeps,
): Call => {
  const { now } = deps
  const beganAt = now()
  const tried: Tried = { attempts: 0, target: undefined }
  const passed = () => now().getTime() - beganAt.getTime()
  let begun: Begun | undefined
  let firstTokenMs: number | null = null
  let isOver = false

  const end = (status: number, failure?: CallFailure) => {
    if (isOver) return
    isOver = true
    const counted = begun?.meter.end() ?? { tokensIn: 0, tokensOut: 0, money: 0, estimated: false }
    life.close(failure === undefined)
    deps.ended()
    caller.note({
      agentId: caller.agentId,
      at: beganAt.toISOString(),
      model: tried.target?.model.id ?? caller.model,
      provider: tried.target?.provider.id ?? '',
      status,
      ...counted,
      firstTokenMs,
      durationMs: passed(),
      error: failure?.message ?? null,
      attempts: tried.attempts,
    })
  }

  // A stream that nobody reads any more ends with its signal, not with its reader.
  const life = createLife(outer, deps, () => {
    if (begun?.answer.kind === 'stream') {
      const { frames } = begun.answer
      end(200, toFailure(life.signal.reason, ''))
      frames.return(undefined).catch(() => undefined)
    }
  })

  const streamBody = (first: string, frames: AsyncGenerator<string>): AsyncIterable<string> => {
    let state: 'first' | 'open' | 'over' = 'first'
    const over = { done: true, value: undefined } as const
    const broken = (thrown: unknown): IteratorResult<string> => {
      state = 'over'
      const failure = toFailure(life.signal.aborted ? life.signal.reason : thrown, tried.target?.provider.title ?? '')
      end(200, failure)
      return { done: false, value: dialect.errorFrame(failure) }
    }
    const next = async (): Promise<IteratorResult<string>> => {
      if (state === 'over') return over
      if (life.signal.aborted) return broken(life.signal.reason)
      if (state === 'first') {
        state = 'open'
        return { done: false, value: first }
      }
      try {
        const { done, value } = await frames.next()
        if (done !== true) return { done: false, value }
        if (life.signal.aborted) return broken(life.signal.reason)
        state = 'over'
        end(200)
        return over
      } catch (thrown) {
        return broken(thrown)
      }
    }
    const leave = async (): Promise<IteratorResult<string>> => {
      if (state !== 'over') {
        state = 'over'
        end(200, new CallFailure('cancelled', 'The call was called off.'))
        await frames.return(undefined).catch(() => undefined)
      }
      return over
    }
    return { [Symbol.asyncIterator]: () => ({ next, return: leave }) }
  }

  const answer = async (): Promise<InsideHttpResponse> => {
    try {
      const body = requestBody(request)
      const wanted: Wanted = {
        dialect,
        request: body,
        isStream: dialect.wantsStream(body),
        headers: request.headers,
        now,
        id: randomUUID().replaceAll('-', ''),
      }
      const known = dialect.answerWithoutModel?.(body, now())
      if (known !== undefined) {
        isOver = true
        life.close(true)
        deps.ended()
        return jsonResponse(200, known)
      }
      const chain = chainFor(textOf(body['model']), deps.catalog(), caller)
      begun = await begin(chain, wanted, caller, { ...deps, signal: life.signal, tried })
      firstTokenMs = passed()
      if (begun.answer.kind === 'whole') {
        end(200)
        return jsonResponse(200, begun.answer.body)
      }
      const headers = { 'content-type': STREAM_TYPE[dialect.framing], 'cache-control': 'no-cache' }
      return { status: 200, headers, body: streamBody(begun.answer.first, begun.answer.frames) }
    } catch (thrown) {
      const failure = toFailure(thrown, tried.target?.provider.title ?? 'The provider')
      end(failure.form.status, failure)
      return failureResponse(failure, dialect.errorBody)
    }
  }

  return { answer, abort: life.abort }
}

/** Tries the models of a chain until one begins to answer. After the first word of an answer nothing is tried again. */
import { createDemoModel } from './demo/index.ts'
import { tokensOfRequest } from './estimate.ts'
import { CallFailure, toFailure } from './failure.ts'
import { type Meter, createMeter } from './meter.ts'
import { openNative } from './native.ts'
import { withPatience } from './pace.ts'
import { type Target, reachOf } from './providers.ts'
import { openTranslated } from './translated.ts'
import { type Send, asFetch } from './transport.ts'
import type { CallLimits, ModelCaller, ModelsDeps } from './types.ts'
import type { Opened, Wanted } from './wanted.ts'

export interface Begun {
  target: Target
  meter: Meter
  /** The first words of a stream are here already. */
  answer: { kind: 'whole'; body: string } | { kind: 'stream'; first: string; frames: AsyncGenerator<string> }
}

export interface AttemptDeps extends Pick<ModelsDeps, 'secret' | 'after' | 'now'> {
  random: () => number
  limits: CallLimits
  send: Send
}

/** Of what an attempt was about, for the record, also when nothing came of it. */
export interface Tried {
  attempts: number
  target: Target | undefined
}

const open = async (
  target: Target,
  wanted: Wanted,
  meter: Meter,
  { signal, ...deps }: AttemptDeps & { signal: AbortSignal },
): Promise<Opened> => {
  const remote = await reachOf(target, deps)
  if (remote === undefined) {
    return openTranslated(wanted, { model: createDemoModel(deps), target, key: undefined, meter, signal })
  }
  const { kind, reach } = remote
  const { idleMs, totalMs } = deps.limits
  // A whole answer is silent until it is there.
  const send = withPatience(deps.send, { after: deps.after, idleMs, headMs: wanted.isStream ? idleMs : totalMs })
  const path = kind.native[wanted.dialect.name]
  if (path !== undefined) return openNative(remote, path, wanted, { meter, send, signal })
  const about = { base: reach.base, provider: target.provider.title, key: reach.key, now: deps.now }
  const model = await kind.model({ ...reach, name: target.model.name, fetch: asFetch(send, about, signal) })
  const adapt = kind.adapt === undefined ? {} : { adapt: kind.adapt }
  return openTranslated(wanted, { model, target, key: reach.key, meter, signal, ...adapt })
}

const withFirstWords = async (opened: Opened): Promise<Begun['answer']> => {
  if (opened.kind === 'whole') return opened
  const { done, value } = await opened.frames.next()
  if (done === true) throw new CallFailure('upstream', 'The provider answered with nothing.')
  return { kind: 'stream', first: value, frames: opened.frames }
}

/** Twice as long each time and spread, so that many agents do not come back at once. */
const pauseAfter = (attempt: number, { retryAfterMs }: CallFailure, { limits, random }: AttemptDeps): number =>
  retryAfterMs ?? limits.firstPauseMs * 2 ** (attempt - 1) * (0.5 + random() / 2)

const sleep = (ms: number, signal: AbortSignal, after: ModelsDeps['after']): Promise<void> =>
  new Promise((resolve) => {
    const wake = () => {
      off()
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const off = after(wake, ms)
    signal.addEventListener('abort', wake)
  })

const throwIfOff = (signal: AbortSignal) => {
  if (signal.aborted) throw toFailure(signal.reason, '')
}

export const begin = async (
  chain: readonly Target[],
  wanted: Wanted,
  caller: ModelCaller,
  deps: AttemptDeps & { signal: AbortSignal; tried: Tried },
): Promise<Begun> => {
  const { limits, signal, tried } = deps
  const estimateIn = tokensOfRequest(wanted.request)

  const attempt = async (target: Target): Promise<Begun> => {
    const meter = createMeter(caller, target.model, estimateIn)
    const own = new AbortController()
    const both = { ...deps, signal: AbortSignal.any([signal, own.signal]) }
    Object.assign(tried, { attempts: tried.attempts + 1, target })
    try {
      meter.begin()
      return { target, meter, answer: await withFirstWords(await open(target, wanted, meter, both)) }
    } catch (error) {
      meter.forget()
      // A request that came to nothing keeps no connection.
      own.abort(error)
      throwIfOff(signal)
      throw toFailure(error, target.provider.title)
    }
  }

  const attemptOften = async (target: Target): Promise<Begun> => {
    for (let count = 1; ; count += 1) {
      try {
        return await attempt(target)
      } catch (error) {
        const failure = toFailure(error, target.provider.title)
        const pause = pauseAfter(count, failure, deps)
        if (failure.form.retry !== true || count >= limits.attempts || pause > limits.longestPauseMs) throw failure
        await sleep(pause, signal, deps.after)
        throwIfOff(signal)
      }
    }
  }

  let last = new CallFailure('unavailable', 'There is no model to ask.')
  for (const target of chain) {
    try {
      return await attemptOften(target)
    } catch (error) {
      last = toFailure(error, target.provider.title)
      if (last.form.fallback !== true) break
    }
  }
  throw last
}

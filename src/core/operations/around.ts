/**
 * What happens around every operation, one middleware each, driven by what the operation says about itself:
 * errors get their shape, calls are measured, permission and rate are checked, changes are audited.
 */
import type { ORPCErrorConstructorMap, Middleware } from '@orpc/server'
import {
  type Actor,
  type ErrorCode,
  GantryError,
  type OperationMeta,
  type Surface,
  roleMay,
  rolesWith,
  toGantryError,
  toOrpcError,
} from '../../contract/index.ts'
import { type CallContext, actorOf } from './context.ts'
import { assertRate } from './rate.ts'

export interface CallSubject {
  actor: Actor | null
  surface: Surface
  operation: string
  target: unknown
}

/** What the middlewares need of the rest; access and system provide it. */
export interface AroundDeps {
  audit: {
    begin: (subject: CallSubject) => (code: ErrorCode | null, durationMs: number) => void
    refuse: (subject: CallSubject, code: ErrorCode) => void
  }
  rate: { take: (caller: string, perMinute: number) => number }
  ratePerMinute: () => number
  measure: (call: { operation: string; surface: Surface; outcome: 'ok' | ErrorCode; seconds: number }) => void
  reportFault: (operation: string, cause: unknown) => void
  /** Whether this caller may still be served. */
  isValid: (actor: Actor) => boolean
  /** Calls back when it is time to ask that again. */
  onAccessChange: (changed: () => void) => () => void
  /** In milliseconds, only ever rising. */
  clock: () => number
}

export type Around = Middleware<
  CallContext,
  Record<never, never>,
  unknown,
  unknown,
  ORPCErrorConstructorMap<Record<never, never>>,
  OperationMeta
>

export const errorsAndMeasures =
  (deps: AroundDeps): Around =>
  async ({ context, next, path }) => {
    const { measure, reportFault, clock } = deps
    const operation = path.join('.')
    const began = clock()
    const done = (outcome: 'ok' | ErrorCode) =>
      measure({ operation, surface: context.surface, outcome, seconds: (clock() - began) / 1000 })
    const fail = (thrown: unknown) => {
      const error = toGantryError(thrown)
      if (error.code === 'E_INTERNAL') reportFault(operation, error.cause)
      done(error.code)
      return toOrpcError(error)
    }
    try {
      const result = await next()
      if (isStream(result.output)) {
        return { ...result, output: guardedStream(result.output, context.actor, deps, done, fail) }
      }
      done('ok')
      return result
    } catch (thrown) {
      throw fail(thrown)
    }
  }

export const permissionAndRate =
  ({ audit, rate, ratePerMinute }: AroundDeps): Around =>
  async ({ context, next, path, procedure }) => {
    const { permission, effect } = procedure['~orpc'].meta
    const { actor } = context
    const subject = { actor, surface: context.surface, operation: path.join('.'), target: undefined }
    if (permission !== 'public') actorOf(context)
    // Before the role is looked at: a refusal is written down, and must not be a way to flood the trail.
    assertRate({ actor, effect, rate, ratePerMinute })
    if (permission !== 'public' && actor !== null && !roleMay(actor.role, permission)) {
      audit.refuse(subject, 'E_FORBIDDEN')
      throw new GantryError(
        'E_FORBIDDEN',
        `The key "${actor.name}" has the role ${actor.role}, which may not do this.`,
        {
          hint: `It takes ${rolesWith(permission).join(' or ')}.`,
        },
      )
    }
    return next()
  }

export const auditChanges =
  ({ audit, clock }: AroundDeps): Around =>
  async ({ context, next, path, procedure }, input) => {
    const { effect, secret = [], unrecorded = false } = procedure['~orpc'].meta
    if (effect === 'read') return next()
    const subject = {
      actor: context.actor,
      surface: context.surface,
      operation: path.join('.'),
      target: without(input, secret),
    }
    const began = clock()
    const finish = beginAudit(audit, subject, unrecorded)
    try {
      const result = await next()
      finish(null, clock() - began)
      return result
    } catch (thrown) {
      finish(toGantryError(thrown).code, clock() - began)
      throw thrown
    }
  }

/** What cannot be recorded is not done, but for the few things that must be possible even then. */
const beginAudit = (audit: AroundDeps['audit'], subject: CallSubject, unrecorded: boolean) => {
  try {
    return audit.begin(subject)
  } catch (thrown) {
    if (!unrecorded) throw thrown
    return () => undefined
  }
}

const without = (input: unknown, secret: readonly string[]): unknown =>
  typeof input === 'object' && input !== null
    ? Object.fromEntries(Object.entries(input).filter(([key]) => !secret.includes(key)))
    : input

const isStream = (output: unknown): output is AsyncGenerator<unknown, unknown, void> =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output && 'next' in output

/** A stream ends when its reader leaves, its source ends, or the key it was opened with is not good any more. */
async function* guardedStream(
  source: AsyncGenerator<unknown, unknown, void>,
  actor: Actor | null,
  { isValid, onAccessChange }: Pick<AroundDeps, 'isValid' | 'onAccessChange'>,
  done: (outcome: 'ok') => void,
  fail: (thrown: unknown) => Error,
) {
  let refuse: ((reason: Error) => void) | undefined
  let failed = false
  const isWelcome = () => actor === null || isValid(actor)
  const ended = () => new GantryError('E_AUTH', 'The key of this stream was revoked or has expired.')
  const off = onAccessChange(() => {
    if (!isWelcome()) refuse?.(ended())
  })
  // A promise for each item: racing them all against one long-lived promise would never let go of any.
  const nextItem = () =>
    new Promise<IteratorResult<unknown>>((resolve, reject) => {
      refuse = reject
      source.next().then(resolve, reject)
    })
  try {
    for (let item = await nextItem(); item.done !== true; item = await nextItem()) {
      // Keys also expire, which is no event.
      if (!isWelcome()) throw ended()
      yield item.value
    }
  } catch (thrown) {
    failed = true
    throw fail(thrown)
  } finally {
    off()
    // Also where the reader leaves early, which is how most streams end.
    if (!failed) done('ok')
    // Not awaited: a source that waits for its next event would never answer, its signal ends it.
    void source.return(undefined)
  }
}

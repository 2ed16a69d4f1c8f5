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

export interface CallSubject {
  actor: Actor | null
  surface: Surface
  operation: string
  target: unknown
}

/** What the middlewares need of the rest; access and system provide it. */
export interface AroundDeps {
  audit: {
    begin: (subject: CallSubject) => number
    finish: (id: number, subject: CallSubject, code: ErrorCode | null, durationMs: number) => void
    refuse: (subject: CallSubject, code: ErrorCode) => void
  }
  rate: { take: (caller: string, perMinute: number) => number }
  ratePerMinute: () => number
  measure: (call: { operation: string; surface: Surface; outcome: 'ok' | ErrorCode; seconds: number }) => void
  reportFault: (operation: string, cause: unknown) => void
  /** Calls back once when this caller's key stops being valid. */
  onRevoked: (actor: Actor, revoked: () => void) => () => void
  /** In milliseconds, only ever rising. */
  clock: () => number
}

type Around = Middleware<
  CallContext,
  Record<never, never>,
  unknown,
  unknown,
  ORPCErrorConstructorMap<Record<never, never>>,
  OperationMeta
>

const LOGIN_TRIES_PER_MINUTE = 20

export const errorsAndMeasures =
  ({ measure, reportFault, clock, onRevoked }: AroundDeps): Around =>
  async ({ context, next, path }) => {
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
        return { ...result, output: guardedStream(result.output, context.actor, onRevoked, done, fail) }
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
    const wait = waitFor({ actor, effect, rate, ratePerMinute })
    if (wait > 0) {
      throw new GantryError('E_RATE', 'Too many requests with this key.', {
        hint: `Try again in ${wait} s, or raise the setting access.ratePerMinute.`,
        details: { retryAfterSeconds: wait },
      })
    }
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

/** The owner is at this machine; public reads cost nothing; public writes are sign-ins and are worth guessing at. */
const waitFor = ({
  actor,
  effect,
  rate,
  ratePerMinute,
}: Pick<AroundDeps, 'rate' | 'ratePerMinute'> & { actor: Actor | null; effect: string }) => {
  if (actor === null) return effect === 'read' ? 0 : rate.take('nobody', LOGIN_TRIES_PER_MINUTE)
  if (actor.kind === 'owner' || actor.kind === 'session') return 0
  return rate.take(actor.id, ratePerMinute())
}

export const auditChanges =
  ({ audit, clock }: AroundDeps): Around =>
  async ({ context, next, path, procedure }, input) => {
    const { effect, secret = [] } = procedure['~orpc'].meta
    if (effect === 'read') return next()
    const subject = {
      actor: context.actor,
      surface: context.surface,
      operation: path.join('.'),
      target: without(input, secret),
    }
    const began = clock()
    const id = audit.begin(subject)
    const finish = (code: ErrorCode | null) => audit.finish(id, subject, code, clock() - began)
    try {
      const result = await next()
      finish(null)
      return result
    } catch (thrown) {
      finish(toGantryError(thrown).code)
      throw thrown
    }
  }

const without = (input: unknown, secret: readonly string[]): unknown =>
  typeof input === 'object' && input !== null
    ? Object.fromEntries(Object.entries(input).filter(([key]) => !secret.includes(key)))
    : input

const isStream = (output: unknown): output is AsyncGenerator<unknown, unknown, void> =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output && 'next' in output

/** A stream ends when its reader leaves, its source ends, or the key it was opened with is revoked. */
async function* guardedStream(
  source: AsyncGenerator<unknown, unknown, void>,
  actor: Actor | null,
  onRevoked: AroundDeps['onRevoked'],
  done: (outcome: 'ok') => void,
  fail: (thrown: unknown) => Error,
) {
  let refuse: ((reason: Error) => void) | undefined
  let revoked: Error | undefined
  let failed = false
  const revoke = () => {
    revoked = new GantryError('E_AUTH', 'The key of this stream was revoked.')
    refuse?.(revoked)
  }
  const off = actor === null ? () => undefined : onRevoked(actor, revoke)
  // A promise for each item: racing them all against one long-lived promise would never let go of any.
  const nextItem = () =>
    new Promise<IteratorResult<unknown>>((resolve, reject) => {
      refuse = reject
      if (revoked === undefined) source.next().then(resolve, reject)
      else reject(revoked)
    })
  try {
    for (let item = await nextItem(); item.done !== true; item = await nextItem()) yield item.value
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

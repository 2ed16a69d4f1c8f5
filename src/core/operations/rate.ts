/** Who may call how often. */
import { type Actor, GantryError } from '../../contract/index.ts'

const LOGIN_TRIES_PER_MINUTE = 20

export interface RateDeps {
  rate: { take: (caller: string, perMinute: number) => number }
  ratePerMinute: () => number
}

/** The owner is at this machine; public reads cost nothing; public writes are sign-ins and are worth guessing at. */
const secondsToWait = ({ actor, effect, rate, ratePerMinute }: RateDeps & { actor: Actor | null; effect: string }) => {
  if (actor === null) return effect === 'read' ? 0 : rate.take('nobody', LOGIN_TRIES_PER_MINUTE)
  if (actor.kind === 'owner' || actor.kind === 'session') return 0
  return rate.take(actor.id, ratePerMinute())
}

/** Takes one request of what the caller has, or says when there is one again. */
export const assertRate = (call: RateDeps & { actor: Actor | null; effect: string }): void => {
  const wait = secondsToWait(call)
  if (wait === 0) return
  throw new GantryError('E_RATE', 'Too many requests with this key.', {
    hint: `Try again in ${wait} s, or raise the setting access.ratePerMinute.`,
    details: { retryAfterSeconds: wait },
  })
}

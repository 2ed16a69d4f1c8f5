/** Signed-in browsers: a one-time code becomes a session token. Both live in memory and end with Gantry. */
import { type Actor, GantryError } from '../../contract/index.ts'
import { hashSecret, newSecret, randomId } from './secrets.ts'

const CODE_LIFE = 10 * 60_000
const SESSION_LIFE = 12 * 3_600_000
const MOST = 100

export const createSessions = (now: () => Date) => {
  // Keyed by hash: a lookup that takes longer or shorter then says nothing about the secret.
  const codes = new Map<string, number>()
  const sessions = new Map<string, { actor: Actor; expires: number }>()

  const forget = () => {
    const time = now().getTime()
    for (const [hash, expires] of codes) if (expires <= time) codes.delete(hash)
    for (const [hash, { expires }] of sessions) if (expires <= time) sessions.delete(hash)
  }

  const issueCode = (): { code: string; expiresAt: string } => {
    forget()
    const oldest = codes.keys().next().value
    if (codes.size >= MOST && oldest !== undefined) codes.delete(oldest)
    const code = newSecret('glc_')
    const expires = now().getTime() + CODE_LIFE
    codes.set(hashSecret(code), expires)
    return { code, expiresAt: new Date(expires).toISOString() }
  }

  const redeem = (code: string): { token: string; expiresAt: string } => {
    forget()
    if (!codes.delete(hashSecret(code))) {
      throw new GantryError('E_AUTH', 'This link was used already, or is too old.', {
        hint: 'Make a new one: `gantry access login-link`, or “Open dashboard” in the tray.',
      })
    }
    const oldest = sessions.keys().next().value
    if (sessions.size >= MOST && oldest !== undefined) sessions.delete(oldest)
    const token = newSecret('gss_')
    const expires = now().getTime() + SESSION_LIFE
    const actor: Actor = { kind: 'session', id: randomId(), name: 'dashboard', role: 'admin' }
    sessions.set(hashSecret(token), { actor, expires })
    return { token, expiresAt: new Date(expires).toISOString() }
  }

  const authenticate = (token: string): Actor | undefined => {
    forget()
    return sessions.get(hashSecret(token))?.actor
  }

  return { issueCode, redeem, authenticate }
}

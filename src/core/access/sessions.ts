/**
 * Signed-in browsers: a one-time code becomes a session token. Both live in memory and end with Gantry, and with the
 * key of whoever made the link.
 */
import { type Actor, GantryError } from '../../contract/index.ts'
import { hashSecret, newSecret, randomId } from './secrets.ts'

const CODE_LIFE = 10 * 60_000
const SESSION_LIFE = 12 * 3_600_000
const MOST = 100

/** Whose key it hangs on; null is the owner, who needs none. */
type Issuer = string | null

interface Pass {
  issuer: Issuer
  expires: number
}
interface Session extends Pass {
  actor: Actor
}

export interface SessionsDeps {
  now: () => Date
  isKeyActive: (id: string) => boolean
}

export const createSessions = ({ now, isKeyActive }: SessionsDeps) => {
  // Keyed by hash: a lookup that takes longer or shorter then says nothing about the secret.
  const codes = new Map<string, Pass>()
  const sessions = new Map<string, Session>()

  const isGood = ({ issuer, expires }: Pass) => expires > now().getTime() && (issuer === null || isKeyActive(issuer))

  const forget = () => {
    for (const passes of [codes, sessions]) {
      for (const [hash, pass] of passes) if (!isGood(pass)) passes.delete(hash)
    }
  }

  const keep = <P extends Pass>(passes: Map<string, P>, secret: string, pass: P) => {
    const oldest = passes.keys().next().value
    if (passes.size >= MOST && oldest !== undefined) passes.delete(oldest)
    passes.set(hashSecret(secret), pass)
    return new Date(pass.expires).toISOString()
  }

  const sessionOf = (id: string) => [...sessions.values()].find(({ actor }) => actor.id === id)

  const issuerOf = (actor: Actor): Issuer => {
    if (actor.kind === 'owner') return null
    return actor.kind === 'key' ? actor.id : (sessionOf(actor.id)?.issuer ?? null)
  }

  const issueCode = (by: Actor): { code: string; expiresAt: string } => {
    forget()
    const code = newSecret('glc_')
    const expires = now().getTime() + CODE_LIFE
    return { code, expiresAt: keep(codes, code, { issuer: issuerOf(by), expires }) }
  }

  const redeem = (code: string): { token: string; expiresAt: string } => {
    forget()
    const pass = codes.get(hashSecret(code))
    if (pass === undefined) {
      throw new GantryError('E_AUTH', 'This link was used already, or is too old.', {
        hint: 'Make a new one: `gantry access login-link`, or “Open dashboard” in the tray.',
      })
    }
    codes.delete(hashSecret(code))
    const token = newSecret('gss_')
    const expires = now().getTime() + SESSION_LIFE
    const actor: Actor = { kind: 'session', id: randomId(), name: 'dashboard', role: 'admin' }
    return { token, expiresAt: keep(sessions, token, { issuer: pass.issuer, expires, actor }) }
  }

  const authenticate = (token: string): Actor | undefined => {
    const session = sessions.get(hashSecret(token))
    return session !== undefined && isGood(session) ? session.actor : undefined
  }

  const isActive = (id: string): boolean => {
    const session = sessionOf(id)
    return session !== undefined && isGood(session)
  }

  const end = (id: string): void => {
    for (const [hash, { actor }] of sessions) if (actor.id === id) sessions.delete(hash)
  }

  return { issueCode, redeem, authenticate, isActive, end }
}

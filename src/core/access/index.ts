/**
 * Owns who may call: API keys, browser sessions, the owner's own token, rate limits and the audit trail.
 * Promises that secrets are kept as hashes only and compared in constant time.
 * Never decides what an operation needs: that stands in the contract, and core/operations asks here.
 */
import type { Actor } from '../../contract/index.ts'
import type { EventBus } from '../events/index.ts'
import type { Store } from '../store/index.ts'
import { createAudit } from './audit.ts'
import { createKeys } from './keys.ts'
import { createRateLimit } from './rate-limit.ts'
import { hashSecret, matchesHash, newSecret } from './secrets.ts'
import { createSessions } from './sessions.ts'

export const OWNER: Actor = { kind: 'owner', id: 'owner', name: 'owner', role: 'admin' }

export const createAccess = (deps: { store: Store; events: EventBus; now: () => Date }) => {
  const keys = createKeys(deps)
  const sessions = createSessions({ now: deps.now, isKeyActive: keys.isActive })
  const audit = createAudit(deps)
  const rate = createRateLimit(deps.now)

  // Made anew at each start and handed on only through the owner-only endpoint file.
  const ownerToken = newSecret('gow_')
  const ownerHash = hashSecret(ownerToken)

  const authenticate = (credential: string): Actor | undefined => {
    if (credential.startsWith('gky_')) return keys.authenticate(credential)
    if (credential.startsWith('gss_')) return sessions.authenticate(credential)
    return matchesHash(credential, ownerHash) ? OWNER : undefined
  }

  /** In the fragment, which browsers do not send: the code reaches no log and no referrer. */
  const dashboardLink = (base: string, by: Actor = OWNER) => {
    const { code, expiresAt } = sessions.issueCode(by)
    return { url: `${base}/dashboard/#/login?code=${code}`, expiresAt }
  }

  /** Whether somebody who was let in may stay: what they came with can have been revoked or have expired since. */
  const isValid = ({ kind, id }: Actor): boolean => {
    if (kind === 'owner') return true
    return kind === 'key' ? keys.isActive(id) : sessions.isActive(id)
  }

  return { keys, sessions, audit, rate, ownerToken, authenticate, isValid, dashboardLink }
}

export type Access = ReturnType<typeof createAccess>

import type { ApiKey } from '../../../contract/index.ts'
import type { State } from '../../ui/status.tsx'

export const keyState = (key: ApiKey, now = Date.now()): readonly [State, string] => {
  if (key.revokedAt !== null) return ['off', 'Revoked']
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= now) return ['wait', 'Expired']
  return ['ok', 'Works']
}

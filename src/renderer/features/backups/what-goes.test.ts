import { expect, it } from 'vitest'
import type { ApiKey } from '../../../contract/index.ts'
import { lostKeys, returningKeys } from './what-goes.ts'

const key = (name: string, createdAt: string, revokedAt: string | null = null): ApiKey => ({
  id: name,
  name,
  role: 'viewer',
  createdAt,
  createdBy: 'owner',
  expiresAt: null,
  lastUsedAt: null,
  revokedAt,
})

it('names the keys that a restore takes, and the revoked ones that it brings back', () => {
  const keys = [
    key('old', '2026-11-20T00:00:00Z'),
    key('new', '2026-11-22T00:00:00Z'),
    key('revoked since', '2026-11-20T00:00:00Z', '2026-11-22T00:00:00Z'),
    key('revoked before', '2026-11-19T00:00:00Z', '2026-11-20T00:00:00Z'),
    key('made and revoked since', '2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z'),
  ]
  const backup = { at: '2026-11-21T00:00:00Z' }
  expect(lostKeys(keys, backup).map(({ name }) => name)).toEqual(['new'])
  expect(returningKeys(keys, backup).map(({ name }) => name)).toEqual(['revoked since'])
})

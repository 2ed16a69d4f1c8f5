import type { ApiKey, Backup } from '../../../contract/index.ts'

type Dated = Pick<Backup, 'at'>

/** Keys that a backup does not know. */
export const lostKeys = (keys: readonly ApiKey[], { at }: Dated) =>
  keys.filter((key) => key.revokedAt === null && Date.parse(key.createdAt) > Date.parse(at))

/** Keys that a backup knows as working, but which were revoked after it was made. */
export const returningKeys = (keys: readonly ApiKey[], { at }: Dated) =>
  keys.filter(
    (key) =>
      key.revokedAt !== null &&
      Date.parse(key.createdAt) <= Date.parse(at) &&
      Date.parse(key.revokedAt) > Date.parse(at),
  )

/** API keys: `gky_<id>_<secret>`. The id finds the row, the whole key is compared with the kept hash. */
import { desc, eq, isNull } from 'drizzle-orm'
import { type Actor, type ApiKey, GantryError, type Role } from '../../contract/index.ts'
import type { EventBus } from '../events/index.ts'
import { type Store, apiKeys, onlyRow } from '../store/index.ts'
import { hashSecret, matchesHash, newSecret, randomId } from './secrets.ts'

const DAY = 86_400_000
const MINUTE = 60_000
const FORM = /^gky_([0-9a-f]+)_/

type Row = typeof apiKeys.$inferSelect

const iso = (time: number) => new Date(time).toISOString()
const isoOrNull = (time: number | null) => (time === null ? null : iso(time))

const toApiKey = ({ secretHash: _, ...row }: Row): ApiKey => ({
  ...row,
  createdAt: iso(row.createdAt),
  expiresAt: isoOrNull(row.expiresAt),
  lastUsedAt: isoOrNull(row.lastUsedAt),
  revokedAt: isoOrNull(row.revokedAt),
})

export interface NewKey {
  name: string
  role: Role
  expiresInDays?: number | undefined
}

export const createKeys = ({ store, events, now }: { store: Store; events: EventBus; now: () => Date }) => {
  const create = ({ name, role, expiresInDays }: NewKey, createdBy: string): { key: ApiKey; secret: string } => {
    const id = randomId()
    const secret = newSecret('gky_').replace('gky_', `gky_${id}_`)
    const createdAt = now().getTime()
    const insertion = store.db
      .insert(apiKeys)
      .values({
        id,
        name,
        role,
        secretHash: hashSecret(secret),
        createdAt,
        createdBy,
        expiresAt: expiresInDays === undefined ? null : createdAt + expiresInDays * DAY,
      })
      .returning()
    const row = onlyRow(insertion)
    events.emit({ type: 'access.key.created', keyId: id })
    return { key: toApiKey(row), secret }
  }

  const list = (revoked: boolean): ApiKey[] =>
    store.db
      .select()
      .from(apiKeys)
      .where(revoked ? undefined : isNull(apiKeys.revokedAt))
      .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
      .all()
      .map(toApiKey)

  const revoke = (id: string): ApiKey => {
    const existing = store.db.select().from(apiKeys).where(eq(apiKeys.id, id)).get()
    if (existing === undefined) {
      throw new GantryError('E_NOT_FOUND', `There is no key with the id "${id}".`, {
        hint: 'List the keys to see their ids.',
      })
    }
    // Revoking twice is the same as once.
    if (existing.revokedAt !== null) return toApiKey(existing)
    const change = store.db.update(apiKeys).set({ revokedAt: now().getTime() }).where(eq(apiKeys.id, id)).returning()
    const row = onlyRow(change)
    events.emit({ type: 'access.key.revoked', keyId: id })
    return toApiKey(row)
  }

  /** Why a key is refused is for the log, not for the caller: to them every bad key looks alike. */
  const authenticate = (secret: string): Actor | undefined => {
    const id = FORM.exec(secret)?.[1]
    if (id === undefined) return undefined
    const row = store.db.select().from(apiKeys).where(eq(apiKeys.id, id)).get()
    if (row === undefined || !matchesHash(secret, row.secretHash)) return undefined
    const time = now().getTime()
    if (!isGood(row)) return undefined
    // To the minute: a write for every request would cost more than it tells.
    if (row.lastUsedAt === null || time - row.lastUsedAt >= MINUTE) noteUse(id, time)
    return { kind: 'key', id: row.id, name: row.name, role: row.role }
  }

  const isGood = ({ revokedAt, expiresAt }: Pick<Row, 'revokedAt' | 'expiresAt'>): boolean =>
    revokedAt === null && (expiresAt === null || expiresAt > now().getTime())

  const noteUse = (id: string, time: number) => {
    try {
      store.db.update(apiKeys).set({ lastUsedAt: time }).where(eq(apiKeys.id, id)).run()
    } catch {
      // A full disk must not keep anybody from reading; when a key was last used can wait.
    }
  }

  const isActive = (id: string): boolean => {
    const row = store.db.select().from(apiKeys).where(eq(apiKeys.id, id)).get()
    return row !== undefined && isGood(row)
  }

  return { create, list, revoke, authenticate, isActive }
}

/** The audit trail. What is about to change is written before it happens, how it went afterwards. */
import { and, desc, eq, like, lt, or } from 'drizzle-orm'
import type { Actor, AuditEntry, ErrorCode, Surface } from '../../contract/index.ts'
import type { EventBus } from '../events/index.ts'
import { scrub } from '../logs/index.ts'
import { type Store, auditEntries, firstOf, onlyRow } from '../store/index.ts'

const DAY = 86_400_000
const TARGET_LENGTH = 300

export interface AuditQuery {
  limit: number
  before?: number | undefined
  operation?: string | undefined
  outcome?: AuditEntry['outcome'] | undefined
  actor?: string | undefined
}

export interface AuditSubject {
  actor: Actor | null
  surface: Surface
  operation: string
  target: unknown
}

type AuditRow = typeof auditEntries.$inferSelect
const toEntry = (row: AuditRow): AuditEntry => ({ ...row, at: new Date(row.at).toISOString() })

/** The input was not checked yet: it may be nested deeper than can be written down. */
const asJson = (target: unknown): string | undefined => {
  try {
    const text = JSON.stringify(target)
    // Somebody may have given a secret where an id belongs.
    return text === undefined ? undefined : scrub(text)
  } catch {
    return '(cannot be shown)'
  }
}

const shorten = (target: unknown): string | null => {
  const text = asJson(target)
  if (text === undefined || text === '{}') return null
  return text.length > TARGET_LENGTH ? `${text.slice(0, TARGET_LENGTH - 1)}…` : text
}

export const createAudit = ({ store, events, now }: { store: Store; events: EventBus; now: () => Date }) => {
  const announce = (row: AuditRow) =>
    events.emit({ type: 'audit.recorded', entryId: row.id, operation: row.operation, outcome: row.outcome })

  const insert = (subject: AuditSubject, outcome: AuditEntry['outcome'], code: ErrorCode | null): AuditRow => {
    const insertion = store.db
      .insert(auditEntries)
      .values({
        at: now().getTime(),
        actor: subject.actor?.name ?? 'nobody',
        actorId: subject.actor?.id ?? '',
        surface: subject.surface,
        operation: subject.operation,
        target: shorten(subject.target),
        outcome,
        code,
      })
      .returning()
    const row = onlyRow(insertion)
    announce(row)
    return row
  }

  const refuse = (subject: AuditSubject, code: ErrorCode) => insert(subject, 'refused', code)

  /** Written before the change is made; answers what to call with how it ended. */
  const begin = (subject: AuditSubject) => {
    const begun = insert(subject, 'started', null)
    return (code: ErrorCode | null, durationMs: number) => {
      const outcome = code === null ? 'ok' : 'failed'
      const change = store.db
        .update(auditEntries)
        .set({ outcome, code, durationMs: Math.round(durationMs * 100) / 100 })
        // After a restore the same number may stand for something else.
        .where(and(eq(auditEntries.id, begun.id), eq(auditEntries.at, begun.at), eq(auditEntries.outcome, 'started')))
        .returning()
      const row = firstOf(change)
      // The entry went with the database that was replaced; the new one is told how it ended.
      if (row === undefined) insert(subject, outcome, code)
      else announce(row)
    }
  }

  const list = (query: AuditQuery): { items: AuditEntry[]; next: number | null } => {
    const { operation, actor } = query
    const rows = store.db
      .select()
      .from(auditEntries)
      .where(
        and(
          query.before === undefined ? undefined : lt(auditEntries.id, query.before),
          query.outcome === undefined ? undefined : eq(auditEntries.outcome, query.outcome),
          operation === undefined
            ? undefined
            : or(
                eq(auditEntries.operation, operation),
                like(auditEntries.operation, `${operation.replaceAll(/[%_]/g, '')}.%`),
              ),
          actor === undefined ? undefined : or(eq(auditEntries.actor, actor), eq(auditEntries.actorId, actor)),
        ),
      )
      .orderBy(desc(auditEntries.id))
      .limit(query.limit + 1)
      .all()
    const items = rows.slice(0, query.limit).map(toEntry)
    return { items, next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null }
  }

  const prune = (keepDays: number): number =>
    store.db
      .delete(auditEntries)
      .where(lt(auditEntries.at, now().getTime() - keepDays * DAY))
      .run().changes

  return { begin, refuse, list, prune }
}

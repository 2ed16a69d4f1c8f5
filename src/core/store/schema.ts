/** The control database as types. What really creates it is migrations.ts; a test holds the two together. */
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const apiKeys = sqliteTable('api_keys', {
  id: text().primaryKey(),
  name: text().notNull(),
  role: text({ enum: ['admin', 'operator', 'viewer', 'client'] }).notNull(),
  secretHash: text('secret_hash').notNull(),
  createdAt: integer('created_at').notNull(),
  createdBy: text('created_by').notNull(),
  expiresAt: integer('expires_at'),
  lastUsedAt: integer('last_used_at'),
  revokedAt: integer('revoked_at'),
})

export const auditEntries = sqliteTable(
  'audit_entries',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    actor: text().notNull(),
    actorId: text('actor_id').notNull(),
    surface: text({ enum: ['window', 'dashboard', 'rest', 'mcp', 'cli', 'system'] }).notNull(),
    operation: text().notNull(),
    target: text(),
    outcome: text({ enum: ['started', 'ok', 'failed', 'refused'] }).notNull(),
    code: text(),
    durationMs: real('duration_ms'),
  },
  (table) => [index('audit_entries_at').on(table.at), index('audit_entries_operation').on(table.operation)],
)

export const tables = { apiKeys, auditEntries }

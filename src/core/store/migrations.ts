/**
 * How the database came to be, oldest first. A migration that has been released is never edited: the next
 * change is a new one at the end. `PRAGMA user_version` counts those that were applied.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'operator', 'viewer', 'client')),
    secret_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER
  );
  CREATE TABLE audit_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    surface TEXT NOT NULL,
    operation TEXT NOT NULL,
    target TEXT,
    outcome TEXT NOT NULL,
    code TEXT,
    duration_ms REAL
  );
  CREATE INDEX audit_entries_at ON audit_entries (at);
  CREATE INDEX audit_entries_operation ON audit_entries (operation);
  `,
]

export const SCHEMA_VERSION = MIGRATIONS.length

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
  `
  CREATE TABLE agents (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    template TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    exit_code INTEGER,
    ending TEXT,
    runtime TEXT,
    box_id TEXT NOT NULL,
    ref TEXT,
    model TEXT,
    labels TEXT NOT NULL,
    budget TEXT NOT NULL,
    spec TEXT NOT NULL,
    creator_kind TEXT NOT NULL,
    creator_id TEXT NOT NULL,
    creator_name TEXT NOT NULL,
    parent_id TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    expires_at INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL,
    worked_ms INTEGER NOT NULL DEFAULT 0,
    model_calls INTEGER NOT NULL DEFAULT 0,
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
    money REAL NOT NULL DEFAULT 0,
    tool_calls INTEGER NOT NULL DEFAULT 0,
    exited TEXT,
    stop_proof TEXT,
    patch TEXT,
    isolation TEXT
  );
  CREATE INDEX agents_state ON agents (state);
  CREATE INDEX agents_creator ON agents (creator_id);
  CREATE INDEX agents_created ON agents (created_at);
  CREATE TABLE agent_transitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    actor TEXT NOT NULL
  );
  CREATE INDEX agent_transitions_agent ON agent_transitions (agent_id);
  CREATE TABLE agent_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    speaker TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    need_id TEXT,
    choices TEXT NOT NULL,
    answered_at INTEGER
  );
  CREATE INDEX agent_messages_agent ON agent_messages (agent_id);
  CREATE UNIQUE INDEX agent_messages_need ON agent_messages (agent_id, need_id, speaker);
  CREATE TABLE agent_egress (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    allowed INTEGER NOT NULL,
    reason TEXT NOT NULL
  );
  CREATE INDEX agent_egress_agent ON agent_egress (agent_id);
  CREATE TABLE model_calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    agent_id TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    outcome TEXT NOT NULL,
    tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    money REAL NOT NULL,
    first_token_ms REAL,
    duration_ms REAL NOT NULL,
    attempts INTEGER NOT NULL
  );
  CREATE INDEX model_calls_agent ON model_calls (agent_id);
  `,
]

export const SCHEMA_VERSION = MIGRATIONS.length

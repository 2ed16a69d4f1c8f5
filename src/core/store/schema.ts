/** The control database as types. What really creates it is migrations.ts; a test holds the two together. */
import { index, integer, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { AGENT_STATES } from '../../contract/index.ts'

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

export const agents = sqliteTable(
  'agents',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    template: text().notNull(),
    state: text({ enum: AGENT_STATES }).notNull(),
    reason: text(),
    exitCode: integer('exit_code'),
    /** Intent: the state it is on its way to, from before anything is done about it. */
    ending: text({ enum: AGENT_STATES }),
    runtime: text({ enum: ['sandbox', 'docker'] }),
    boxId: text('box_id').notNull(),
    ref: text(),
    model: text(),
    labels: text().notNull(),
    budget: text().notNull(),
    spec: text().notNull(),
    creatorKind: text('creator_kind').notNull(),
    creatorId: text('creator_id').notNull(),
    creatorName: text('creator_name').notNull(),
    parentId: text('parent_id'),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
    expiresAt: integer('expires_at').notNull(),
    lastActivityAt: integer('last_activity_at').notNull(),
    workedMs: integer('worked_ms').notNull().default(0),
    modelCalls: integer('model_calls').notNull().default(0),
    tokensIn: integer('tokens_in').notNull().default(0),
    tokensOut: integer('tokens_out').notNull().default(0),
    money: real().notNull().default(0),
    toolCalls: integer('tool_calls').notNull().default(0),
    /** How the program inside ended, as soon as that is known. */
    exited: text(),
    stopProof: text('stop_proof'),
    patch: text(),
    isolation: text(),
  },
  (table) => [
    index('agents_state').on(table.state),
    index('agents_creator').on(table.creatorId),
    index('agents_created').on(table.createdAt),
  ],
)

const ofAgent = () =>
  text('agent_id')
    .notNull()
    .references(() => agents.id, { onDelete: 'cascade' })

export const agentTransitions = sqliteTable(
  'agent_transitions',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    agentId: ofAgent(),
    at: integer().notNull(),
    from: text('from_state', { enum: AGENT_STATES }),
    to: text('to_state', { enum: AGENT_STATES }).notNull(),
    reason: text(),
    actor: text().notNull(),
  },
  (table) => [index('agent_transitions_agent').on(table.agentId)],
)

export const agentMessages = sqliteTable(
  'agent_messages',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    agentId: ofAgent(),
    at: integer().notNull(),
    speaker: text({ enum: ['person', 'agent', 'gantry'] }).notNull(),
    kind: text({ enum: ['text', 'question', 'approval', 'answer', 'tool'] }).notNull(),
    text: text().notNull(),
    needId: text('need_id'),
    choices: text().notNull(),
    answeredAt: integer('answered_at'),
  },
  (table) => [
    index('agent_messages_agent').on(table.agentId),
    uniqueIndex('agent_messages_need').on(table.agentId, table.needId, table.speaker),
  ],
)

export const agentEgress = sqliteTable(
  'agent_egress',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    agentId: ofAgent(),
    at: integer().notNull(),
    host: text().notNull(),
    port: integer().notNull(),
    allowed: integer({ mode: 'boolean' }).notNull(),
    reason: text().notNull(),
  },
  (table) => [index('agent_egress_agent').on(table.agentId)],
)

export const modelCalls = sqliteTable(
  'model_calls',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    agentId: ofAgent(),
    at: integer().notNull(),
    model: text().notNull(),
    provider: text().notNull(),
    outcome: text().notNull(),
    tokensIn: integer('tokens_in').notNull(),
    tokensOut: integer('tokens_out').notNull(),
    estimated: integer({ mode: 'boolean' }).notNull(),
    money: real().notNull(),
    firstTokenMs: real('first_token_ms'),
    durationMs: real('duration_ms').notNull(),
    attempts: integer().notNull(),
  },
  (table) => [index('model_calls_agent').on(table.agentId)],
)

export const tables = { apiKeys, auditEntries, agents, agentTransitions, agentMessages, agentEgress, modelCalls }

/** Agents in the database. Every change of state goes through `move`, which knows the table and tells everyone. */
import { and, asc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import { type Actor, type AgentState, GantryError } from '../../contract/index.ts'
import type { EventBus } from '../events/index.ts'
import { type Store, agentEgress, agentTransitions, agents, firstOf, modelCalls, onlyRow } from '../store/index.ts'
import { assertMove, isEnded } from './states.ts'

export type AgentRow = typeof agents.$inferSelect
export type NewAgentRow = typeof agents.$inferInsert
/** What may change without a change of state. */
export type AgentChange = Partial<Omit<AgentRow, 'id' | 'state' | 'reason' | 'endedAt'>>

export interface Move {
  to: AgentState
  reason?: string | null
  actor?: string
  change?: AgentChange
}

const LIVE: AgentState[] = ['pending', 'starting', 'running', 'paused']
const MOST_EGRESS_ROWS = 1000
/** Who does what nobody asked for. */
export const GANTRY = 'Gantry'

export const createRecords = ({ store, events, now }: { store: Store; events: EventBus; now: () => Date }) => {
  const time = () => now().getTime()

  const find = (id: string): AgentRow | undefined => store.db.select().from(agents).where(eq(agents.id, id)).get()

  const get = (id: string): AgentRow => {
    const row = find(id)
    if (row !== undefined) return row
    throw new GantryError('E_NOT_FOUND', `There is no agent with the id "${id}".`, {
      hint: 'List the agents to see their ids; removed ones are gone for good.',
    })
  }

  const changed = ({ id, state }: Pick<AgentRow, 'id' | 'state'>) =>
    events.emit({ type: 'agents.changed', agentId: id, state })

  const insert = (row: NewAgentRow, actor: Actor): AgentRow => {
    const inserted = store.db.transaction((db) => {
      const made = onlyRow(db.insert(agents).values(row).returning())
      db.insert(agentTransitions)
        .values({ agentId: made.id, at: made.createdAt, from: null, to: made.state, reason: null, actor: actor.name })
        .run()
      return made
    })
    changed(inserted)
    return inserted
  }

  const move = (id: string, { to, reason = null, actor = GANTRY, change = {} }: Move): AgentRow => {
    const moved = store.db.transaction((db) => {
      const before = get(id)
      assertMove(before.state, to)
      const at = time()
      const after = onlyRow(
        db
          .update(agents)
          .set({ ...change, state: to, reason, ...(isEnded(to) ? { endedAt: at, ending: null } : {}) })
          .where(eq(agents.id, id))
          .returning(),
      )
      db.insert(agentTransitions).values({ agentId: id, at, from: before.state, to, reason, actor }).run()
      return after
    })
    changed(moved)
    return moved
  }

  /** `quietly` for what is not worth telling everyone at once. */
  const update = (id: string, change: AgentChange, quietly = false): AgentRow | undefined => {
    const row = firstOf(store.db.update(agents).set(change).where(eq(agents.id, id)).returning())
    if (row !== undefined && !quietly) changed(row)
    return row
  }

  const remove = (id: string) => {
    store.db.delete(agents).where(eq(agents.id, id)).run()
    events.emit({ type: 'agents.removed', agentId: id })
  }

  const noteEgress = (agentId: string, decision: Omit<typeof agentEgress.$inferInsert, 'agentId'>) => {
    store.db
      .insert(agentEgress)
      .values({ ...decision, agentId })
      .run()
    store.db.run(sql`DELETE FROM agent_egress WHERE agent_id = ${agentId} AND id <= (
      SELECT id FROM agent_egress WHERE agent_id = ${agentId} ORDER BY id DESC LIMIT 1 OFFSET ${MOST_EGRESS_ROWS})`)
  }

  return {
    find,
    get,
    insert,
    move,
    update,
    remove,
    noteEgress,
    egress: (agentId: string) =>
      store.db.select().from(agentEgress).where(eq(agentEgress.agentId, agentId)).orderBy(asc(agentEgress.id)).all(),
    noteModelCall: (call: typeof modelCalls.$inferInsert) => void store.db.insert(modelCalls).values(call).run(),
    timeline: (agentId: string) =>
      store.db
        .select()
        .from(agentTransitions)
        .where(eq(agentTransitions.agentId, agentId))
        .orderBy(asc(agentTransitions.id))
        .all(),
    live: (): AgentRow[] => store.db.select().from(agents).where(inArray(agents.state, LIVE)).all(),
    endedBefore: (at: number): string[] =>
      store.db
        .select({ id: agents.id })
        .from(agents)
        .where(lt(agents.endedAt, at))
        .all()
        .map((row) => row.id),
    children: (parentId: string): AgentRow[] =>
      store.db
        .select()
        .from(agents)
        .where(and(eq(agents.parentId, parentId), isNull(agents.endedAt)))
        .all(),
  }
}

export type Records = ReturnType<typeof createRecords>

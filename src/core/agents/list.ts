/** Finding agents: filters, groups, pages. Who waits for a person comes first, the longest-waiting on top. */
import { type SQL, and, desc, eq, inArray, or, sql } from 'drizzle-orm'
import { type Actor, AgentGroup, type AgentState, type AgentSummary, GantryError } from '../../contract/index.ts'
import { type Store, agents } from '../store/index.ts'
import type { AgentRow } from './records.ts'
import { type Live, toSummary } from './view.ts'

export interface AgentFilter {
  ids?: readonly string[] | undefined
  states?: readonly AgentState[] | undefined
  groups?: readonly AgentGroup[] | undefined
  label?: string | undefined
  template?: string | undefined
  key?: string | undefined
  search?: string | undefined
}

/** An outside program and an agent see what they started themselves; people see all. */
const seesAll = ({ role }: Actor): boolean => role !== 'client'

export const owns = (actor: Actor, row: Pick<AgentRow, 'creatorId'>): boolean =>
  seesAll(actor) || row.creatorId === actor.id

const labelFilter = (label: string): SQL => {
  const [name = '', ...value] = label.split('=')
  const path = `$."${name.replaceAll('"', '')}"`
  return value.length === 0
    ? sql`json_extract(${agents.labels}, ${path}) IS NOT NULL`
    : sql`json_extract(${agents.labels}, ${path}) = ${value.join('=')}`
}

const conditions = (filter: AgentFilter, actor: Actor): SQL | undefined => {
  const { ids, states, label, template, key, search } = filter
  const text = search === undefined ? undefined : search.toLowerCase()
  return and(
    seesAll(actor) ? undefined : eq(agents.creatorId, actor.id),
    ids === undefined ? undefined : inArray(agents.id, [...ids]),
    states === undefined ? undefined : inArray(agents.state, [...states]),
    label === undefined ? undefined : labelFilter(label),
    template === undefined ? undefined : eq(agents.template, template),
    key === undefined ? undefined : eq(agents.creatorId, key),
    text === undefined
      ? undefined
      : or(
          sql`instr(lower(${agents.name}), ${text}) > 0`,
          sql`instr(${agents.id}, ${text}) > 0`,
          sql`instr(lower(json_extract(${agents.spec}, '$.task')), ${text}) > 0`,
        ),
  )
}

const RANK: Record<AgentGroup, number> = { 'needs-you': 0, working: 1, idle: 2, done: 3 }

const inOrder = (a: AgentSummary, b: AgentSummary): number =>
  RANK[a.group] - RANK[b.group] ||
  (a.group === 'needs-you' ? (a.needs?.since ?? '').localeCompare(b.needs?.since ?? '') : 0) ||
  (a.group === 'done' ? (b.endedAt ?? '').localeCompare(a.endedAt ?? '') : b.createdAt.localeCompare(a.createdAt)) ||
  a.id.localeCompare(b.id)

export interface ListDeps {
  store: Store
  now: () => Date
  live: (rows: readonly AgentRow[]) => (row: AgentRow) => Live
}

export const createList = ({ store, now, live }: ListDeps) => {
  const matching = (filter: AgentFilter, actor: Actor): AgentSummary[] => {
    const rows = store.db.select().from(agents).where(conditions(filter, actor)).orderBy(desc(agents.createdAt)).all()
    const liveOf = live(rows)
    const time = now().getTime()
    return rows.map((row) => toSummary(row, liveOf(row), time))
  }

  const page = (filter: AgentFilter & { limit: number; cursor?: string | undefined }, actor: Actor) => {
    const all = matching(filter, actor)
    const counts = Object.fromEntries(AgentGroup.options.map((group) => [group, 0])) as Record<AgentGroup, number>
    for (const { group } of all) counts[group] += 1
    const { groups, cursor, limit } = filter
    const shown = (groups === undefined ? all : all.filter(({ group }) => groups.includes(group))).toSorted(inOrder)
    const start = cursor === undefined ? 0 : shown.findIndex(({ id }) => id === cursor) + 1
    if (cursor !== undefined && start === 0) {
      throw new GantryError('E_NOT_FOUND', 'This cursor is not good any more: the agent it stands on is gone.', {
        hint: 'List again from the start.',
      })
    }
    const items = shown.slice(start, start + limit)
    const more = start + limit < shown.length
    return { items, next: more ? (items.at(-1)?.id ?? null) : null, counts }
  }

  const select = (filter: AgentFilter, actor: Actor): AgentSummary[] => {
    const all = matching(filter, actor)
    return filter.groups === undefined ? all : all.filter(({ group }) => filter.groups?.includes(group))
  }

  return { page, select }
}

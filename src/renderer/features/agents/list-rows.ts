/** The rows of the list: a heading for each group that has any, and its agents under it. */
import type { AgentGroup, AgentSummary } from '../../../contract/index.ts'
import { GROUP_ORDER } from './agent-state.ts'

export type ListRow =
  | { kind: 'group'; key: string; group: AgentGroup; count: number; open: boolean }
  | { kind: 'agent'; key: string; agent: AgentSummary }

type Counts = Partial<Record<AgentGroup, number>>

export const listRows = (
  agents: readonly AgentSummary[],
  counts: Counts,
  closed: ReadonlySet<AgentGroup>,
): readonly ListRow[] => {
  const byGroup = Map.groupBy(agents, ({ group }) => group)
  return GROUP_ORDER.flatMap((group): ListRow[] => {
    const members = byGroup.get(group) ?? []
    if (members.length === 0) return []
    const open = !closed.has(group)
    const heading: ListRow = {
      kind: 'group',
      key: group,
      group,
      count: Math.max(counts[group] ?? 0, members.length),
      open,
    }
    return [heading, ...(open ? members.map((agent): ListRow => ({ kind: 'agent', key: agent.id, agent })) : [])]
  })
}

/** The next row with an agent, in either direction; where there is none, the one it came from. */
export const stepTo = (rows: readonly ListRow[], from: number, by: 1 | -1): number => {
  for (let index = from + by; index >= 0 && index < rows.length; index += by)
    if (rows[index]?.kind === 'agent') return index
  return from
}

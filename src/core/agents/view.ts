/** From a row to what the contract shows. */
import type { Agent, AgentGroup, AgentNeed, AgentStatus, AgentSummary } from '../../contract/index.ts'
import type { AgentRow, Records } from './records.ts'
import { readSpec } from './spec.ts'
import { isEnded } from './states.ts'

/** Without a sign of life for this long, it no longer counts as working. */
const QUIET_MS = 60_000

const iso = (time: number) => new Date(time).toISOString()
const isoOrNull = (time: number | null) => (time === null ? null : iso(time))
const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))

/** What is known of a running agent beyond its row. */
export interface Live {
  need: AgentNeed | undefined
  lastActivityAt: number
}

const groupOf = ({ state }: Pick<AgentRow, 'state'>, { need, lastActivityAt }: Live, now: number): AgentGroup => {
  if (isEnded(state)) return 'done'
  if (need !== undefined) return 'needs-you'
  if (state === 'paused') return 'idle'
  return state === 'running' && now - lastActivityAt > QUIET_MS ? 'idle' : 'working'
}

const EXCERPT_LENGTH = 160
const excerptOf = (task: string) =>
  task
    .slice(0, EXCERPT_LENGTH * 2)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, EXCERPT_LENGTH)

export const toSummary = (row: AgentRow, live: Live, now: number): AgentSummary => ({
  id: row.id,
  name: row.name,
  template: row.template,
  excerpt: excerptOf(readSpec(row.spec).task),
  state: row.state,
  group: groupOf(row, live, now),
  reason: row.reason,
  exitCode: row.exitCode,
  needs: isEnded(row.state) ? null : (live.need ?? null),
  labels: JSON.parse(row.labels) as Record<string, string>,
  runtime: row.runtime,
  model: row.model,
  createdBy: { kind: row.creatorKind, id: row.creatorId, name: row.creatorName },
  parentId: row.parentId,
  createdAt: iso(row.createdAt),
  startedAt: isoOrNull(row.startedAt),
  endedAt: isoOrNull(row.endedAt),
  expiresAt: iso(row.expiresAt),
  lastActivityAt: iso(Math.max(row.lastActivityAt, live.lastActivityAt)),
  usage: {
    modelCalls: row.modelCalls,
    tokensIn: row.tokensIn,
    tokensOut: row.tokensOut,
    money: row.money,
    toolCalls: row.toolCalls,
  },
  budget: JSON.parse(row.budget) as AgentSummary['budget'],
})

export const toStatus = (row: AgentRow, live: Live, now: number): AgentStatus => ({
  id: row.id,
  state: row.state,
  group: groupOf(row, live, now),
  reason: row.reason,
  exitCode: row.exitCode,
  startedAt: isoOrNull(row.startedAt),
  endedAt: isoOrNull(row.endedAt),
})

export const toAgent = (row: AgentRow, live: Live, now: number, timeline: ReturnType<Records['timeline']>): Agent => {
  const { task, parameters, tools, environment, limits, network, workspace, image } = readSpec(row.spec)
  return {
    ...toSummary(row, live, now),
    task,
    parameters,
    tools,
    environment,
    limits,
    network,
    workspace,
    image: row.runtime === 'sandbox' ? null : image,
    ref: row.ref,
    timeline: timeline.map(({ at, from, to, reason, actor }) => ({ at: iso(at), from, to, reason, actor })),
    stopProof: parsed(row.stopProof),
    patch: parsed(row.patch),
    isolation: parsed<Agent['isolation']>(row.isolation) ?? [],
  }
}

/** What the overview says of all agents, from their rows alone. */
import type { AgentSummary } from '../../../contract/index.ts'

const HOUR_MS = 3_600_000
const SLOTS = 60

const aliveAt = ({ startedAt, endedAt }: AgentSummary, time: number) =>
  startedAt !== null && Date.parse(startedAt) <= time && (endedAt === null || Date.parse(endedAt) > time)

/** How many were alive at each minute of the last hour. */
export const aliveOverHour = (agents: readonly AgentSummary[], now: number): readonly number[] =>
  Array.from({ length: SLOTS }, (_, slot) => {
    const time = now - HOUR_MS + ((slot + 1) * HOUR_MS) / SLOTS
    return agents.filter((agent) => aliveAt(agent, time)).length
  })

const isSameDay = (iso: string, now: number) => new Date(iso).toDateString() === new Date(now).toDateString()

export interface Today {
  ended: number
  failed: number
  /** Spent by the agents that were at work today, over their whole life. */
  money: number
  tokens: number
}

export const today = (agents: readonly AgentSummary[], now: number): Today => {
  const ended = agents.filter(({ endedAt }) => endedAt !== null && isSameDay(endedAt, now))
  const atWork = agents.filter(
    ({ endedAt, createdAt }) => endedAt === null || isSameDay(endedAt, now) || isSameDay(createdAt, now),
  )
  return {
    ended: ended.length,
    failed: ended.filter(({ state }) => state === 'failed' || state === 'expired').length,
    money: atWork.reduce((sum, { usage }) => sum + usage.money, 0),
    tokens: atWork.reduce((sum, { usage }) => sum + usage.tokensIn + usage.tokensOut, 0),
  }
}

const DAY_SLOTS = 48

/** What the agents of today that had ended by then had spent, over the day so far; at last with those still at work. */
export const spentSoFar = (agents: readonly AgentSummary[], now: number): readonly number[] => {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const costs = agents
    .filter(({ endedAt }) => endedAt === null || isSameDay(endedAt, now))
    .map(({ endedAt, usage }) => ({ at: endedAt === null ? now : Date.parse(endedAt), money: usage.money }))
  return Array.from({ length: DAY_SLOTS }, (_, slot) => {
    const time = midnight + ((slot + 1) * (now - midnight)) / DAY_SLOTS
    return costs.filter(({ at }) => at <= time).reduce((sum, { money }) => sum + money, 0)
  })
}

/** Who is in the picture of the last hour: in the order of the list, the living first. */
export const inLastHour = (agents: readonly AgentSummary[], now: number, most: number): readonly AgentSummary[] =>
  agents.filter(({ endedAt }) => endedAt === null || Date.parse(endedAt) > now - HOUR_MS).slice(0, most)

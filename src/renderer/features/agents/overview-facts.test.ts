import { describe, expect, it } from 'vitest'
import type { AgentState, AgentSummary } from '../../../contract/index.ts'
import { aliveOverHour, inLastHour, spentSoFar, today } from './overview-facts.ts'

const NOW = new Date(2026, 10, 21, 15, 0, 0).getTime()
const MINUTE = 60_000
const ago = (minutes: number) => new Date(NOW - minutes * MINUTE).toISOString()

const agent = (startedAgo: number, endedAgo: number | null, money = 0, state: AgentState = 'finished') =>
  ({
    state: endedAgo === null ? 'running' : state,
    createdAt: ago(startedAgo),
    startedAt: ago(startedAgo),
    endedAt: endedAgo === null ? null : ago(endedAgo),
    usage: { modelCalls: 1, tokensIn: 10, tokensOut: 5, money, toolCalls: 0 },
  }) as AgentSummary

describe('the overview', () => {
  it('counts who was alive at each minute of the last hour', () => {
    const alive = aliveOverHour([agent(90, null), agent(30, 10)], NOW)
    expect(alive).toHaveLength(60)
    expect([alive[0], alive[29], alive[49], alive[50], alive[59]]).toEqual([1, 2, 1, 1, 1])
    expect(alive[48]).toBe(2)
  })

  it('says what today took: of all that were at work today, and of no other day', () => {
    const agents = [agent(60 * 24, null, 1), agent(50, 40, 0.5, 'failed'), agent(60 * 40, 60 * 39, 8)]
    expect(today(agents, NOW)).toEqual({ ended: 1, failed: 1, money: 1.5, tokens: 30 })
    const spent = spentSoFar(agents, NOW)
    expect(spent).toHaveLength(48)
    expect([spent[0], spent[44], spent.at(-2), spent.at(-1)]).toEqual([0, 0, 0.5, 1.5])
  })

  it('pictures who lives or ended within the hour, as many as there is room for', () => {
    const [living, recent, old] = [agent(200, null), agent(100, 59), agent(100, 61)]
    expect(inLastHour([living, recent, old], NOW, 7)).toEqual([living, recent])
    expect(inLastHour([living, recent], NOW, 1)).toEqual([living])
  })
})

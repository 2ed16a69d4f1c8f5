import { describe, expect, it } from 'vitest'
import type { AgentGroup, AgentSummary } from '../../../contract/index.ts'
import { agentState } from './agent-state.ts'
import { budgetUse, budgetWords } from './budget.ts'
import { readFilter, toListInput } from './filter.ts'
import { listRows, stepTo } from './list-rows.ts'

const agent = (id: string, group: AgentGroup): AgentSummary => ({
  id,
  name: id,
  template: 'hello',
  excerpt: '',
  state: group === 'done' ? 'finished' : 'running',
  group,
  reason: null,
  exitCode: null,
  needs: null,
  labels: {},
  runtime: 'sandbox',
  model: null,
  createdBy: { kind: 'owner', id: 'owner', name: 'owner' },
  parentId: null,
  createdAt: '2026-11-21T14:00:00.000Z',
  startedAt: null,
  endedAt: null,
  expiresAt: '2026-11-21T15:00:00.000Z',
  lastActivityAt: '2026-11-21T14:00:00.000Z',
  usage: { modelCalls: 0, tokensIn: 0, tokensOut: 0, money: 0, toolCalls: 0 },
  budget: {},
})

describe('the list', () => {
  const agents = [agent('asks', 'needs-you'), agent('works', 'working'), agent('ended', 'done')]
  const words = (rows: ReturnType<typeof listRows>) =>
    rows.map((row) => (row.kind === 'group' ? `${row.group} ${row.count}` : row.key))

  it('has a heading for each group with somebody in it, who waits for a person first', () => {
    expect(words(listRows(agents.toReversed(), { 'needs-you': 1, working: 1, idle: 0, done: 7 }, new Set()))).toEqual([
      'needs-you 1',
      'asks',
      'working 1',
      'works',
      'done 7',
      'ended',
    ])
  })

  it('keeps the heading of a group that is closed', () => {
    expect(words(listRows(agents, {}, new Set(['working', 'needs-you'])))).toEqual([
      'needs-you 1',
      'working 1',
      'done 1',
      'ended',
    ])
  })

  it('is walked from agent to agent, past the headings, and not off its ends', () => {
    const rows = listRows(agents, {}, new Set())
    expect([
      stepTo(rows, -1, 1),
      stepTo(rows, 1, 1),
      stepTo(rows, 3, -1),
      stepTo(rows, 5, 1),
      stepTo(rows, 1, -1),
    ]).toEqual([1, 3, 1, 5, 1])
  })
})

describe('a state', () => {
  it('says first that somebody is needed, and tells quiet from working', () => {
    expect(agentState({ state: 'running', group: 'needs-you' })).toEqual(['wait', 'Needs you'])
    expect(agentState({ state: 'running', group: 'idle' })).toEqual(['off', 'Quiet'])
    expect(agentState({ state: 'running', group: 'working' })).toEqual(['busy', 'Working'])
    expect(agentState({ state: 'failed', group: 'done' })).toEqual(['bad', 'Failed'])
  })
})

describe('the filter', () => {
  it('is read from the address as far as it makes sense', () => {
    expect(readFilter({ search: 'auth', show: 'failed', template: 12, label: '', more: 'x' })).toEqual({
      search: 'auth',
      show: 'failed',
      template: '12',
    })
    expect(readFilter({ show: 'everything', search: {} })).toEqual({})
  })

  it('asks for groups as groups, for states as states, and for a label once it is one', () => {
    expect(toListInput({ show: 'idle', search: ' a ', label: 'team=docs' })).toEqual({
      limit: 1000,
      groups: ['idle'],
      search: 'a',
      label: 'team=docs',
    })
    expect(toListInput({ show: 'expired', label: '=docs', search: ' ' })).toEqual({ limit: 1000, states: ['expired'] })
  })
})

describe('a budget', () => {
  const usage = { modelCalls: 2, tokensIn: 9000, tokensOut: 400, money: 1.84, toolCalls: 3 }

  it('shows the limit that will be reached first', () => {
    expect(budgetUse(usage, { money: 5, tokens: 100_000 })).toEqual({ share: 0.368, words: '$1.84 of $5' })
    expect(budgetUse(usage, { money: 5, tokens: 10_000 })).toEqual({ share: 0.94, words: '9.4 k of 10.0 k tokens' })
    expect(budgetUse(usage, { toolCalls: 0 })).toEqual({ share: 1, words: '3 of 0 tool calls' })
    expect(budgetUse(usage, {})).toBeNull()
  })

  it('is told in words', () => {
    expect(budgetWords({ money: 0.5, toolCalls: 10 })).toBe('$0.50, 10 tool calls')
    expect(budgetWords({})).toBe('no limit')
  })
})

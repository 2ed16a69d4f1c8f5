import { describe, expect, it } from 'vitest'
import type { AgentMessage, AgentState, AgentTransition } from '../../../contract/index.ts'
import { place, segmentsOf, waitOf, waitsOf } from './segments.ts'

const START = Date.parse('2026-11-21T14:00:00.000Z')
const at = (second: number) => new Date(START + second * 1000).toISOString()
const move = (second: number, to: AgentState): AgentTransition => ({
  at: at(second),
  from: null,
  to,
  reason: null,
  actor: 'owner',
})
const message = (second: number, kind: AgentMessage['kind'], needId: string | null): AgentMessage => ({
  seq: second,
  at: at(second),
  from: 'agent',
  kind,
  text: '',
  needId,
  choices: [],
})
const told = (segments: ReturnType<typeof segmentsOf>) =>
  segments.map(({ from, to, word }) => `${(from - START) / 1000}-${(to - START) / 1000} ${word}`)

describe('the life of an agent', () => {
  const life = [move(0, 'pending'), move(1, 'starting'), move(2, 'running'), move(20, 'paused'), move(30, 'running')]

  it('goes on until now while it lives', () => {
    expect(told(segmentsOf(life, START + 40_000))).toEqual([
      '0-1 Pending',
      '1-2 Starting',
      '2-20 Working',
      '20-30 Paused',
      '30-40 Working',
    ])
  })

  it('ends where it ended', () => {
    expect(told(segmentsOf([...life.slice(2, 3), move(9, 'failed')], START + 40_000))).toEqual(['2-9 Working'])
  })

  it('shows when a person was waited for, and since when one is', () => {
    const waits = waitsOf([message(5, 'question', 'a'), message(8, 'answer', 'a'), message(15, 'approval', 'b')])
    expect(told(segmentsOf(life.slice(2), START + 40_000, waits))).toEqual([
      '2-5 Working',
      '5-8 Needs you',
      '8-15 Working',
      '15-20 Needs you',
      '20-30 Paused',
      '30-40 Needs you',
    ])
    const need = { id: 'n', kind: 'question' as const, text: '', choices: [], since: at(35) }
    expect(told(segmentsOf(life.slice(4), START + 40_000, waitOf(need)))).toEqual(['30-35 Working', '35-40 Needs you'])
    expect(waitOf(null)).toEqual([])
  })

  it('is placed on a line, what is outside of it left out', () => {
    const placed = place(segmentsOf(life, START + 40_000), START + 10_000, START + 30_000)
    expect(placed.map(({ left, width, word }) => [left, width, word])).toEqual([
      [0, 50, 'Working'],
      [50, 50, 'Paused'],
    ])
  })
})

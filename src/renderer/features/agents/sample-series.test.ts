import { describe, expect, it } from 'vitest'
import type { AgentSample } from '../../../contract/index.ts'
import { addSamples, sumOverAgents } from './sample-series.ts'

const START = Date.parse('2026-11-21T14:00:00.000Z')
const sample = (id: string, seconds: number, cpuPercent = 1): AgentSample => ({
  id,
  at: new Date(START + seconds * 1000).toISOString(),
  cpuPercent,
  memoryBytes: 0,
  pids: 1,
  tokensPerMinute: 0,
})

describe('the samples of agents', () => {
  it('are kept in order and once, also when the history comes again', () => {
    const first = addSamples(new Map(), [sample('a', 4), sample('a', 0), sample('b', 4)])
    const again = addSamples(first, [sample('a', 0), sample('a', 4), sample('a', 8)])
    expect(again.get('a')?.map(({ at }) => Date.parse(at) - START)).toEqual([0, 4000, 8000])
    expect(again.get('b'), 'who has no new ones is not painted again').toBe(first.get('b'))
  })

  it('are kept for the last minutes only, and not for agents that are long gone', () => {
    const many = Array.from({ length: 400 }, (_, index) => sample('a', index * 4))
    const series = addSamples(addSamples(new Map(), [sample('gone', 0)]), many)
    expect(series.get('a')).toHaveLength(150)
    expect(series.has('gone')).toBe(true)
    expect(addSamples(series, [sample('a', 3600)]).has('gone')).toBe(false)
  })

  it('add up over agents at each moment', () => {
    const series = addSamples(new Map(), [sample('a', 0, 10), sample('b', 1, 5), sample('a', 4, 20)])
    expect(sumOverAgents(series, ({ cpuPercent }) => cpuPercent)).toEqual([15, 20])
    expect(sumOverAgents(new Map(), ({ cpuPercent }) => cpuPercent)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import type { Vitals } from '../../../contract/index.ts'
import { heatOf } from './heat.ts'

const END = Date.parse('2026-11-21T14:00:00Z')
const sample = (secondsAgo: number, eventLoopP99Ms: number): Vitals => ({
  at: new Date(END - secondsAgo * 1000).toISOString(),
  eventLoopP99Ms,
  cpuPercent: 0,
  memoryBytes: 0,
  heapBytes: 0,
  storeBytes: 0,
  operationsPerSecond: 0,
})

describe('heatOf', () => {
  it('shows the worst of each span, newest last, and where nothing was measured', () => {
    const heat = heatOf([sample(40, 300), sample(38, 2), sample(2, 60), sample(0, 1)])
    expect(heat.slice(-3)).toEqual(['off', 'bad', 'wait'])
    expect(heat).toHaveLength(24)
  })

  it('is all off without samples, and forgets what is older than its spans', () => {
    expect(new Set(heatOf([]))).toEqual(new Set(['off']))
    expect(heatOf([sample(3600, 300), sample(0, 1)]).filter((state) => state === 'bad')).toEqual([])
  })
})

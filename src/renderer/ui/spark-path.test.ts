import { describe, expect, it } from 'vitest'
import { sparkPath } from './spark-path.ts'

const frame = { width: 100, height: 40, ceiling: 0, floor: 0 }

describe('sparkPath', () => {
  it('draws nothing without values, and a level line for one', () => {
    expect(sparkPath([], frame)).toBe('')
    expect(sparkPath([5], frame)).toBe('M0.0 4.0L100.0 4.0')
  })

  it('stays inside of the frame when all values are zero', () => {
    expect(sparkPath([0, 0], frame)).toBe('M0.0 38.0L100.0 38.0')
  })

  it('begins further right while there are few values', () => {
    expect(sparkPath([0, 0], { ...frame, slots: 11 })).toBe('M90.0 38.0L100.0 38.0')
  })

  it('does not blow up noise below the ceiling', () => {
    expect(sparkPath([0, 1], { ...frame, ceiling: 10 })).toBe('M0.0 38.0L100.0 34.6')
  })
})

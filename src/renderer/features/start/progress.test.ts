import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Step, isFirstRun as IsFirstRun } from './progress.ts'

let isFirstRun: typeof IsFirstRun
beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
  ;({ isFirstRun } = await import('./progress.ts'))
})

const facts = (steps: readonly Step[], keys = 0, backups = 0, linked = false, agents = 0) => ({
  agents,
  keys,
  backups,
  linked,
  steps: new Set(steps),
})

describe('the first steps', () => {
  it('are shown to who has neither agents nor keys nor backups', () => {
    expect(isFirstRun(facts([]))).toBe(true)
    expect(isFirstRun(facts([], 1))).toBe(false)
    expect(isFirstRun(facts([], 0, 1))).toBe(false)
    expect(isFirstRun(facts([], 0, 0, false, 1))).toBe(false)
  })

  it('stay after the first of them, until all are done', () => {
    expect(isFirstRun(facts(['begun'], 1))).toBe(true)
    expect(isFirstRun(facts(['begun', 'attached', 'linked'], 1))).toBe(true)
    expect(isFirstRun(facts(['begun', 'attached', 'linked'], 1, 0, false, 1))).toBe(false)
    expect(isFirstRun(facts(['begun', 'attached'], 1, 0, true, 1))).toBe(false)
  })

  it('never come back once dismissed', () => {
    expect(isFirstRun(facts(['begun', 'dismissed']))).toBe(false)
  })
})

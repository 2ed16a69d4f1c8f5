/** Looks through the rows that are held, as they come, a part at a time. */
import { createHits } from './hits.ts'
import type { LogWindow } from './log-window.ts'
import type { Matcher } from './matcher.ts'

export interface Found {
  keys: readonly number[]
  /** Whether all rows were looked through. */
  complete: boolean
}

export interface Searcher {
  get: () => Found
  subscribe: (listener: () => void) => () => void
  /** Looks through what is new. */
  update: () => void
  stop: () => void
}

const NOTHING: Found = { keys: [], complete: true }

export const createSearcher = (rows: LogWindow, matcher: Matcher | null): Searcher => {
  const hits = matcher === null ? null : createHits(matcher)
  const listeners = new Set<() => void>()
  let found = NOTHING
  let timer: ReturnType<typeof setTimeout> | undefined

  const update = () => {
    clearTimeout(timer)
    if (hits === null) return
    const complete = hits.update(rows)
    const keys = hits.keys()
    if (keys !== found.keys || complete !== found.complete) {
      found = { keys, complete }
      for (const listener of listeners) listener()
    }
    if (!complete) timer = setTimeout(update)
  }
  return {
    get: () => found,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    update,
    stop: () => clearTimeout(timer),
  }
}

/** How fast something from inside may come. Beyond that it is not refused, only read later: inside it waits. */

export interface Clock {
  /** Milliseconds that only rise. */
  now: () => number
  after: (ms: number, task: () => void) => () => void
}

export const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms)
    return () => clearTimeout(timer)
  },
}

/** So many a second, and as many at once after a while of quiet. */
export const createBucket = (perSecond: number, now: () => number) => {
  let left = perSecond
  let at = now()
  return {
    take: (amount: number) => {
      const time = now()
      left = Math.min(perSecond, left + ((time - at) * perSecond) / 1000) - amount
      at = time
    },
    /** How long until it is filled again to what was taken too much, in ms. */
    wait: () => (left >= 0 ? 0 : (-left * 1000) / perSecond),
  }
}

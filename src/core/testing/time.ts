/** Time that passes when the test says so. */

export const manualClock = (start = '2026-11-21T14:00:00.000Z') => {
  let time = Date.parse(start)
  return {
    now: () => new Date(time),
    pass: (ms: number) => {
      time += ms
    },
  }
}

/** Stands in for `every`: the ticks of all timers of one rhythm run when asked for. */
export const manualTimer = () => {
  const timers = new Set<{ tick: () => void; ms: number }>()
  return {
    every: (tick: () => void, ms: number) => {
      const timer = { tick, ms }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    tick: (ms: number) => {
      for (const timer of timers) if (timer.ms === ms) timer.tick()
    },
    rhythms: () => [...timers].map(({ ms }) => ms),
  }
}

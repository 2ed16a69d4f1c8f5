/** Time at work. It stands still while a person is waited for, and while the box is frozen. */

const RHYTHM_MS = 250

export const createClock = (mostSeconds: number, timeUp: () => void) => {
  let worked = 0
  let waiting = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    // A frozen process does not tick: what passed meanwhile is not its time.
    const passed = Math.min(now - last, RHYTHM_MS * 4)
    last = now
    if (waiting > 0) return
    worked += passed
    if (worked >= mostSeconds * 1000) timeUp()
  }, RHYTHM_MS)
  timer.unref()

  /** Runs something that waits for a person. */
  const standStill = async <T>(wait: () => Promise<T>): Promise<T> => {
    waiting += 1
    try {
      return await wait()
    } finally {
      waiting -= 1
    }
  }

  return { standStill, close: () => clearInterval(timer) }
}

export type Clock = ReturnType<typeof createClock>

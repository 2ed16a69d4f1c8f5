/** Timers that are stopped together. */

export const createTimers = () => {
  const running = new Set<NodeJS.Timeout>()
  let isStopped = false

  const after = (ms: number, task: () => void): void => {
    if (isStopped) return
    const timer = setTimeout(() => {
      running.delete(timer)
      task()
    }, ms)
    running.add(timer)
  }

  const stop = (): void => {
    isStopped = true
    for (const timer of running) clearTimeout(timer)
    running.clear()
  }

  return { after, stop }
}

export type Timers = ReturnType<typeof createTimers>

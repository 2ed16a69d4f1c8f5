/** So many at once; some others wait for their turn. A slot is held until its task has really ended. */
export const createSlots = (most: number, mostWaiting: number) => {
  const waiting: (() => void)[] = []
  let taken = 0

  const leave = () => {
    taken -= 1
    waiting.shift()?.()
  }

  return async <T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    while (taken >= most) {
      if (waiting.length >= mostWaiting) throw new Error('too many wait for this already')
      await new Promise<void>((resolve) => waiting.push(resolve))
      // Nobody waits for this any more: the turn goes to the next.
      if (signal.aborted) waiting.shift()?.()
      signal.throwIfAborted()
    }
    taken += 1
    try {
      return await task()
    } finally {
      leave()
    }
  }
}

/** Resolves once the page is seen, with a signal that aborts when it is hidden again or the owner stops. */
export const whenVisible = async (owner: AbortSignal): Promise<AbortSignal> => {
  if (document.hidden && !owner.aborted) {
    await new Promise<void>((resolve) => {
      const done = () => {
        if (document.hidden && !owner.aborted) return
        document.removeEventListener('visibilitychange', done)
        owner.removeEventListener('abort', done)
        resolve()
      }
      document.addEventListener('visibilitychange', done)
      owner.addEventListener('abort', done)
    })
  }
  const seen = new AbortController()
  const end = () => seen.abort()
  if (owner.aborted) end()
  owner.addEventListener('abort', end, { signal: seen.signal })
  document.addEventListener('visibilitychange', end, { signal: seen.signal })
  return seen.signal
}

export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })

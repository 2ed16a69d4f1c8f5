/** How much of one stream may be on its way: whoever sends waits for room, whoever receives tells what it passed on. */

export interface Window {
  /** Resolves to how many bytes may be sent now, 0 when the stream is over. */
  room: () => Promise<number>
  use: (bytes: number) => void
  /** Refuses what was never sent. */
  give: (bytes: number) => boolean
  close: () => void
}

export const createWindow = (size: number): Window => {
  let free = size
  let isClosed = false
  let waiting: PromiseWithResolvers<void> | undefined

  return {
    room: async () => {
      while (free <= 0 && !isClosed) {
        waiting ??= Promise.withResolvers()
        await waiting.promise
      }
      return isClosed ? 0 : free
    },
    use: (bytes) => {
      free -= bytes
    },
    give: (bytes) => {
      if (free + bytes > size) return false
      free += bytes
      waiting?.resolve()
      waiting = undefined
      return true
    },
    close: () => {
      isClosed = true
      waiting?.resolve()
      waiting = undefined
    },
  }
}

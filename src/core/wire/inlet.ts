/** Bytes from inside on their way to a stream. However many pieces they come in, they wait as one. */
import type { Writable } from 'node:stream'

export const createInlet = (stream: Writable, onPassed: (bytes: number) => void) => {
  let held: Buffer = Buffer.alloc(0)
  let filled = 0
  let writing = 0
  let isEnded = false

  const hold = (bytes: Buffer) => {
    if (filled + bytes.length > held.length) {
      const larger = Buffer.allocUnsafe((filled + bytes.length) * 2)
      held.copy(larger, 0, 0, filled)
      held = larger
    }
    bytes.copy(held, filled)
    filled += bytes.length
  }

  const write = (bytes: Buffer) => {
    writing = bytes.length
    stream.write(bytes, () => {
      writing = 0
      onPassed(bytes.length)
      next()
    })
  }

  const next = () => {
    if (filled > 0) {
      const bytes = held.subarray(0, filled)
      held = Buffer.alloc(0)
      filled = 0
      write(bytes)
    } else if (isEnded) stream.end()
  }

  return {
    isEnded: () => isEnded,
    waiting: () => writing + filled,
    push: (bytes: Buffer) => {
      if (bytes.length === 0 || !stream.writable) return
      if (writing > 0) hold(bytes)
      else write(bytes)
    },
    end: () => {
      isEnded = true
      if (writing === 0) next()
    },
  }
}

export type Inlet = ReturnType<typeof createInlet>

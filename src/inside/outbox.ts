/** What goes out on the wire, a line a frame. Tells when there is too much of it, so that its makers stop reading. */
import type { Writable } from 'node:stream'
import type { FromInside, Kept } from '../wire/index.ts'

const FULL_BYTES = 512 * 1024

export const createOutbox = (out: Writable) => {
  let seq = 0
  let room: PromiseWithResolvers<void> | undefined
  let empty: PromiseWithResolvers<void> | undefined

  const onWritten = () => {
    if (out.writableLength < FULL_BYTES / 2) {
      room?.resolve()
      room = undefined
    }
    if (out.writableLength === 0) {
      empty?.resolve()
      empty = undefined
    }
  }

  const sendLine = (line: string) => void out.write(line, onWritten)
  const send = (frame: FromInside) => sendLine(`${JSON.stringify(frame)}\n`)

  return {
    send,
    sendLine,
    /** Frames that are kept are numbered, without a gap. */
    keep: (frame: Kept extends infer K ? (K extends Kept ? Omit<K, 'seq'> : never) : never) => {
      seq += 1
      send({ seq, ...frame })
    },
    isFull: () => out.writableLength > FULL_BYTES,
    whenRoom: (): Promise<void> => {
      if (out.writableLength <= FULL_BYTES) return Promise.resolve()
      room ??= Promise.withResolvers()
      return room.promise
    },
    whenEmpty: (): Promise<void> => {
      if (out.writableLength === 0) return Promise.resolve()
      empty ??= Promise.withResolvers()
      return empty.promise
    },
  }
}

export type Outbox = ReturnType<typeof createOutbox>

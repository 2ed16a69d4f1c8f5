/** What goes out on the wire, a line a frame. Tells when there is too much of it, so that its makers stop reading. */
import { Buffer } from 'node:buffer'
import type { Writable } from 'node:stream'
import { type FromInside, type Kept, MAX_FRAME_BYTES } from '../wire/index.ts'

const FULL_BYTES = 512 * 1024

/** Text that has much to escape is longer than what it stands for, and may not fit: then its bytes do. */
const inBase64 = (_name: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || !('text' in value) || typeof value.text !== 'string') return value
  const { text, ...others } = value
  return { ...others, base64: Buffer.from(text).toString('base64') }
}

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

  const send = (frame: FromInside) => {
    const line = JSON.stringify(frame)
    const isLong = line.length > MAX_FRAME_BYTES / 3 && Buffer.byteLength(line) > MAX_FRAME_BYTES
    out.write(`${isLong ? JSON.stringify(frame, inBase64) : line}\n`, onWritten)
  }

  return {
    send,
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

/** Bytes of one stream into the box: in pieces, and no more of them than the box has taken. */
import { MAX_DATA_BYTES, type Window, encodeBytes } from '../../wire/index.ts'
import type { Outbox } from './outbox.ts'

/** Tells whether all of it went; not when the stream was closed meanwhile. */
export const sendAll = async (outbox: Outbox, id: number, bytes: Buffer, window: Window): Promise<boolean> => {
  for (let from = 0; from < bytes.length;) {
    const room = await window.room()
    if (room === 0) return false
    const piece = bytes.subarray(from, from + Math.min(room, MAX_DATA_BYTES))
    window.use(piece.length)
    await outbox.send({ method: 'data', params: { id, ...encodeBytes(piece) } })
    from += piece.length
  }
  return true
}

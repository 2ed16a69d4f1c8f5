/** Bytes to lines, whatever pieces they come in. Holds one line at the most, and not more of it than the limit. */
import { Buffer } from 'node:buffer'

const LINE_END = 0x0a
const USUAL_BYTES = 64 * 1024

export class LineTooLong extends Error {}

export const createLines = (limit: number, onLine: (line: string) => void) => {
  // One buffer that grows, not a list of pieces: whoever sends a byte at a time would make millions of them.
  let held = Buffer.allocUnsafe(0)
  let waiting = 0

  const hold = (part: Buffer) => {
    const wanted = waiting + part.length
    if (wanted > limit) throw new LineTooLong(`a line of more than ${limit} bytes`)
    if (wanted > held.length) {
      const larger = Buffer.allocUnsafe(Math.max(USUAL_BYTES, Math.min(limit, wanted * 2)))
      held.copy(larger, 0, 0, waiting)
      held = larger
    }
    part.copy(held, waiting)
    waiting = wanted
  }

  const drop = () => {
    waiting = 0
    if (held.length > USUAL_BYTES) held = Buffer.allocUnsafe(0)
  }

  return {
    push: (chunk: Buffer) => {
      let from = 0
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
        const start = from
        from = end + 1
        if (waiting === 0 && end - start <= limit) {
          onLine(chunk.toString('utf8', start, end))
          continue
        }
        hold(chunk.subarray(start, end))
        const line = held.toString('utf8', 0, waiting)
        drop()
        onLine(line)
      }
      hold(chunk.subarray(from))
    },
    /** Bytes of a line whose end has not come yet. */
    waiting: () => waiting,
  }
}

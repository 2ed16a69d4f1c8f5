/**
 * What the engine kept of a box's stdout, as whole lines. A long line is kept in pieces, and the `local` driver forgets
 * where its last piece ends; all pieces of a line carry the time of the first one, and by that they are put together.
 */
import { framesOf } from './frames.ts'
import type { Product } from './profile.ts'

export interface KeptLine {
  /** The engine's time for it, to the nanosecond, as text. */
  at: string
  /** With its line break. */
  bytes: Buffer
}

const BREAK = Buffer.from('\n')
const SPACE = 0x20
const LINE_BREAK = 0x0a
const OPENING_BRACE = 0x7b

/**
 * `source` is the answer to a request for logs with timestamps. Podman closes every line, and gives each piece a time of its
 * own. What stands at the very end without a line break is
 * either cut off or only looks so: it is handed on when it is a whole frame of the wire, else left out.
 */
export async function* keptLines(
  source: AsyncIterable<Buffer>,
  product: Product = 'Docker',
): AsyncGenerator<KeptLine[], void, void> {
  let open: { at: string; parts: Buffer[] } | undefined
  for await (const frames of framesOf(source)) {
    const lines: KeptLine[] = []
    const close = () => {
      if (open !== undefined) lines.push({ at: open.at, bytes: Buffer.concat(open.parts) })
      open = undefined
    }
    for (const frame of frames) {
      const space = frame.indexOf(SPACE)
      const at = frame.toString('latin1', 0, space)
      const text = frame.subarray(space + 1)
      if (open !== undefined && open.at !== at && product === 'Docker') {
        open.parts.push(BREAK)
        close()
      }
      open ??= { at, parts: [] }
      open.parts.push(text)
      if (text.at(-1) === LINE_BREAK) close()
    }
    if (lines.length > 0) yield lines
  }
  if (open === undefined) return
  const bytes = Buffer.concat(open.parts)
  if (isWhole(bytes)) yield [{ at: open.at, bytes: Buffer.concat([bytes, BREAK]) }]
}

/** A line of the wire is one JSON object: no other part of it, cut at any place, is one as well. */
export const isWhole = (line: Buffer): boolean => {
  if (line[0] !== OPENING_BRACE) return false
  try {
    JSON.parse(line.toString('utf8'))
    return true
  } catch {
    return false
  }
}

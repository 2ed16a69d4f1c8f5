/**
 * A box that is found again has written before and goes on writing. What the engine kept is told first, then what comes
 * live, joined at a line so that none is missing and none is broken. Lines are known by what they say and by when the
 * engine wrote them down: an older one that is alike is not taken for one that came live.
 */
import { type KeptLine, isWhole } from './kept-output.ts'

export interface Live {
  output: AsyncIterator<Buffer, void, void>
  /** A moment before the first byte of it, by the engine's clock, in ms. */
  since: number
}

export interface JoinSources {
  /** What the engine kept up to now, from its start. Read again until it reaches into what came live. */
  readKept: () => AsyncIterable<KeptLine[]>
  /** What comes from some moment on, perhaps from the middle of a line. Undefined once the box has ended. */
  attach: () => Promise<Live | undefined>
  /** Asked when nothing comes any more: whether the box has ended, so that all it wrote is kept. */
  hasEnded: () => Promise<boolean>
  delay: (ms: number) => Promise<void>
}

const LINE_BREAK = 0x0a
/** More than what can come between attaching and reading: the engine stops a box whose output nobody takes. */
const WINDOW_BYTES = 12 * 1024 ** 2
/** Of a longer line the engine writes down when it began, which may have been before. */
const LATE_LINE_BYTES = 16 * 1024
/** A longer line is none of the wire. */
const MOST_UNBROKEN = 16 * 1024 ** 2
const RETRY_MS = 20
const RETRIES = 250

export async function* joinOutput({
  readKept,
  attach,
  hasEnded,
  delay,
}: JoinSources): AsyncGenerator<Buffer, void, void> {
  const past = createPast(readKept)
  const attached = attach()
  // Its failure is met below, after what was kept has been told.
  attached.catch(() => undefined)
  yield* past.tell()
  const live = await attached
  const seen = createSeen(live?.output)
  for (let retries = 0; retries < RETRIES;) {
    yield* past.tell()
    if (seen.isOver()) {
      if (await hasEnded()) yield* past.tell()
      return
    }
    const known = live === undefined ? 0 : linesKnown(seen.lines(), past.window(), live.since)
    if (known > 0 && live !== undefined) {
      yield* withoutLines(seen.bytes(), live.output, known)
      return
    }
    if (canBeFound(seen.lines())) {
      // The engine writes down a moment later what it has already sent.
      retries += 1
      await delay(RETRY_MS)
    } else {
      await seen.more()
    }
  }
  throw new Error('what the engine kept never reached what came live')
}

/** Tells what was kept, each time only what was not told before, and remembers its last lines. */
const createPast = (readKept: JoinSources['readKept']) => {
  let told = 0
  let firstAt: string | undefined
  let window: KeptLine[] = []
  let windowBytes = 0

  const remember = (line: KeptLine) => {
    window.push(line)
    windowBytes += line.bytes.length
    if (windowBytes < 2 * WINDOW_BYTES) return
    let dropped = 0
    for (; windowBytes > WINDOW_BYTES; dropped += 1) windowBytes -= window[dropped]?.bytes.length ?? windowBytes
    window = window.slice(dropped)
  }

  return {
    window: () => window,
    tell: async function* (): AsyncGenerator<Buffer, void, void> {
      window = []
      windowBytes = 0
      let index = 0
      for await (const lines of readKept()) {
        const fresh: Buffer[] = []
        for (const line of lines) {
          const { at, bytes } = line
          if (index === 0 && at !== firstAt) {
            // The engine has let go of its oldest output since: counting begins anew, and lines are told twice.
            firstAt = at
            told = 0
          }
          index += 1
          remember(line)
          if (index <= told) continue
          told = index
          // The oldest line that is left may have lost its beginning.
          if (index > 1 || isWhole(bytes)) fresh.push(bytes)
        }
        if (fresh.length > 0) yield Buffer.concat(fresh)
      }
    },
  }
}

/** What came live and was not told yet. */
const createSeen = (live: AsyncIterator<Buffer, void, void> | undefined) => {
  let parts: Buffer[] = []
  let size = 0
  let lines: Buffer[] = []
  let over = live === undefined

  const bytes = (): Buffer => {
    if (parts.length !== 1) parts = [Buffer.concat(parts)]
    return parts[0] ?? Buffer.alloc(0)
  }

  return {
    isOver: () => over,
    bytes,
    lines: () => lines,
    /** Until there is a line more, or the end. */
    more: async (): Promise<void> => {
      for (let hasBreak = false; !over && !hasBreak;) {
        if (size > MOST_UNBROKEN) throw new Error('it writes without line breaks')
        const next = await live?.next()
        if (next === undefined || next.done === true) {
          over = true
          return
        }
        parts.push(next.value)
        size += next.value.length
        hasBreak = next.value.includes(LINE_BREAK)
      }
      lines = wholeLines(bytes())
    },
  }
}

const wholeLines = (bytes: Buffer): Buffer[] => {
  const lines: Buffer[] = []
  for (let from = 0; ;) {
    const end = bytes.indexOf(LINE_BREAK, from)
    if (end === -1) return lines
    lines.push(bytes.subarray(from, end + 1))
    from = end + 1
  }
}

/** The first live line may be the end of one. It says where it belongs when it is whole, or together with the next. */
const canBeFound = ([first, second]: readonly Buffer[]): boolean =>
  first !== undefined && (second !== undefined || saysEnough(first))

const saysEnough = (line: Buffer): boolean => line.length <= LATE_LINE_BYTES && isWhole(line)

/** How many of the live lines are at the end of what was kept; 0 while that cannot be said. */
const linesKnown = (live: readonly Buffer[], kept: readonly KeptLine[], since: number): number => {
  const [first, ...next] = live
  if (first === undefined) return 0
  const isAlone = saysEnough(first)
  // From the end: a place too late tells lines twice, one too early would lose some.
  for (let index = kept.length - 1; index >= 0; index -= 1) {
    const line = kept[index]
    if (line === undefined || !(isAlone ? line.bytes.equals(first) : endsWith(line.bytes, first))) continue
    if (line.bytes.length <= LATE_LINE_BYTES && Date.parse(line.at) < since) continue
    const after = kept.slice(index + 1, index + 1 + next.length)
    if (!after.every(({ bytes }, offset) => next[offset]?.equals(bytes) === true)) continue
    if (isAlone || after.length > 0) return kept.length - index
  }
  return 0
}

const endsWith = (line: Buffer, end: Buffer): boolean =>
  line.length >= end.length && line.compare(end, 0, end.length, line.length - end.length) === 0

/** All that comes live but its first lines. */
async function* withoutLines(
  seen: Buffer,
  live: AsyncIterator<Buffer, void, void>,
  count: number,
): AsyncGenerator<Buffer, void, void> {
  let left = count
  for (let chunk = seen; ;) {
    let from = 0
    while (left > 0) {
      const end = chunk.indexOf(LINE_BREAK, from)
      from = end === -1 ? chunk.length : end + 1
      if (end === -1) break
      left -= 1
    }
    if (from < chunk.length) yield chunk.subarray(from)
    const next = await live.next()
    if (next.done === true) return
    chunk = next.value
  }
}

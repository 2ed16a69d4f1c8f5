/**
 * From what the wire brought to what is written: pure, so that it can be done again when writing fails.
 * Lines that come in pieces are put together as far as that needs no waiting; the pieces that wait are stored as well,
 * with the frames that they came in, so that a kill loses none of them and brings none back.
 */
import { type Run, MAX_RUN_BYTES, countEntries, runOf } from './block.ts'
import type { Item } from './messages.ts'
import { cutBetween } from './utf8.ts'

/** The beginning of a line that is waited for. Longer ones are written as open entries. */
const MOST_WAITING_BYTES = 4096
/** Output that came within this time is one run. */
const JOIN_MS = 5

type Program = 'out' | 'err'
const PROGRAM: readonly Program[] = ['out', 'err']

export interface LogState {
  wireSeq: number
  lastAt: number
  /** Frames and entries that could not be had, over all time. */
  lost: number
  /** Beginnings of lines, at most one of each stream. */
  waiting: readonly Run[]
}

interface Draft {
  stream: Run['stream']
  at: number
  bytes: number
  pieces: Buffer[]
}

const LINE_END = 0x0a

/** Where a run that is too long ends: behind a line if one ends in it, else between two characters. */
const cutRun = (bytes: Buffer): number => {
  if (bytes.length <= MAX_RUN_BYTES) return bytes.length
  const line = bytes.lastIndexOf(LINE_END, MAX_RUN_BYTES - 1) + 1
  return line > 0 ? line : cutBetween(bytes, MAX_RUN_BYTES)
}

const framesWords = (frames: number) =>
  frames === 1
    ? '1 piece of output was lost on the way here'
    : `${frames.toLocaleString('en')} pieces of output were lost on the way here`
const entriesWords = (entries: number) =>
  `${entries === 1 ? '1 line' : `${entries.toLocaleString('en')} lines`} could not be kept, as nothing could be written to the disk`

export const absorb = (before: LogState, items: readonly Item[]): { after: LogState; runs: Run[] } => {
  let { wireSeq, lastAt, lost } = before
  const waiting = new Map(before.waiting.map((run) => [run.stream, run]))
  const drafts: Draft[] = []

  const add = (stream: Run['stream'], at: number, bytes: Buffer) => {
    const last = drafts.at(-1)
    if (last?.stream === stream && at - last.at <= JOIN_MS && last.bytes + bytes.length <= MAX_RUN_BYTES) {
      last.pieces.push(bytes)
      last.bytes += bytes.length
      return
    }
    for (let rest = bytes; rest.length > 0;) {
      const cut = cutRun(rest)
      drafts.push({ stream, at, bytes: cut, pieces: [rest.subarray(0, cut)] })
      rest = rest.subarray(cut)
    }
  }

  /** Time does not run backwards in a log, whatever the box says it is. */
  const moment = (at: number) => (lastAt = Math.max(lastAt, at))
  const say = (words: string) => add('gantry', lastAt, Buffer.from(`${words}\n`))

  const release = () => {
    for (const stream of PROGRAM) {
      const begun = waiting.get(stream)
      if (begun !== undefined) add(stream, lastAt, begun.bytes)
      waiting.delete(stream)
    }
  }

  /** Nothing between the last frame and this one is missing, or it is said how much. */
  const follow = (seq: number) => {
    const missing = seq - wireSeq - 1
    if (missing > 0) {
      // What comes now is not the rest of the line that waits.
      release()
      lost += missing
      say(framesWords(missing))
    }
  }

  const take = (stream: Program, at: number, fresh: Buffer) => {
    const begun = waiting.get(stream)
    const bytes = begun === undefined ? fresh : Buffer.concat([begun.bytes, fresh])
    const whole = bytes.lastIndexOf(LINE_END) + 1
    const time = moment(at)
    if (whole > 0) add(stream, time, bytes.subarray(0, whole))
    let rest = bytes.subarray(whole)
    while (rest.length > MOST_WAITING_BYTES) {
      const cut = cutBetween(rest, MAX_RUN_BYTES)
      add(stream, time, rest.subarray(0, cut))
      rest = rest.subarray(cut)
    }
    if (rest.length === 0) waiting.delete(stream)
    else waiting.set(stream, runOf(stream, time, rest))
  }

  const absorbItem = (item: Item) => {
    switch (item.kind) {
      case 'text': {
        const last = item.seq + item.sizes.length - 1
        if (last <= wireSeq) return
        follow(item.seq)
        const known = item.sizes.slice(0, Math.max(0, wireSeq - item.seq + 1)).reduce((sum, size) => sum + size, 0)
        take(item.stream, item.at, Buffer.from(known === 0 ? item.text : item.text.slice(known)))
        wireSeq = last
        return
      }
      case 'bytes':
        if (item.seq <= wireSeq) return
        follow(item.seq)
        take(item.stream, item.at, Buffer.from(item.base64, 'base64'))
        wireSeq = item.seq
        return
      case 'advance':
        if (item.seq <= wireSeq) return
        // What a box said before it was an agent's is nothing that its log misses.
        if (wireSeq > 0) follow(item.seq)
        wireSeq = item.seq
        return
      case 'note':
        moment(item.at)
        say(item.text)
        return
      case 'release':
        release()
        return
      case 'lost':
        if (item.seq <= wireSeq) return
        release()
        moment(item.at)
        lost += item.entries
        if (item.entries > 0) say(entriesWords(item.entries))
        wireSeq = item.seq
    }
  }

  for (const item of items) absorbItem(item)
  const runs = drafts.map(({ stream, at, pieces }) =>
    runOf(stream, at, pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)),
  )
  return { after: { wireSeq, lastAt, lost, waiting: [...waiting.values()] }, runs }
}

/** How many entries an item would have become. */
export const entriesIn = (item: Item): number => {
  if (item.kind === 'text') return countEntries(Buffer.from(item.text))
  if (item.kind === 'bytes') return countEntries(Buffer.from(item.base64, 'base64'))
  return 0
}

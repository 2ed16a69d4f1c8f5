/**
 * The part of a log that is held in the page: rows in order, without a gap or a double, however they came.
 * It grows at both ends; what is too much goes at the end that nobody looks at.
 */
import type { LogEntry, LogStream } from '../../../contract/index.ts'
import { createRing } from './ring.ts'
import { type LogLine, type LogRow, STREAMS, gapBefore, joined, lineOf, sizeOf } from './rows.ts'

export interface LogWindowOptions {
  lines?: number
  characters?: number
}

/** Which part stays when there is too much. */
export type Keep = 'start' | 'end'

export interface LogWindow {
  readonly length: number
  at: (index: number) => LogRow | undefined
  /** The oldest and the newest entry that is in it; null where there is none. */
  first: () => number | null
  last: () => number | null
  /** The row that holds this entry, or the nearest before it. */
  indexOf: (seq: number) => number
  /** Begins anew. Where only some streams are asked for, missing numbers mean nothing. */
  reset: (entries: readonly LogEntry[], every: boolean) => void
  /** Answers whether all of them found room; with `start` kept, what is too much is not taken. */
  append: (entries: readonly LogEntry[], missed: number, keep: Keep) => boolean
  /** Answers whether the end is still what it was. */
  prepend: (entries: readonly LogEntry[], keep: Keep) => boolean
}

export const createLogWindow = ({
  lines = 50_000,
  characters = 32 * 1024 * 1024,
}: LogWindowOptions = {}): LogWindow => {
  const rows = createRing<LogRow>(lines)
  /** The newest line of each stream, by a count that stays the same when rows come or go at the start. */
  const newest = new Map<LogStream, number>()
  /** Lines that went at the start although a part of them was written after what stayed. */
  const torn = new Map<LogStream, LogLine>()
  let base = 0
  let size = 0
  let lastSeq: number | null = null
  let everyStream = true

  const isFull = () => rows.length >= lines || size >= characters

  const lineAt = (count: number | undefined): LogLine | undefined => {
    const row = count === undefined ? undefined : rows.at(count - base)
    return row?.kind === 'line' ? row : undefined
  }

  const replace = (count: number, row: LogRow) => {
    const former = rows.at(count - base)
    size += sizeOf(row) - (former === undefined ? 0 : sizeOf(former))
    rows.set(count - base, row)
  }

  const dropFirst = () => {
    const row = rows.shift()
    if (row === undefined) return
    base += 1
    size -= sizeOf(row)
    if (row.kind === 'line' && row.last >= (rows.at(0)?.key ?? Number.POSITIVE_INFINITY)) torn.set(row.stream, row)
  }

  const findNewest = () => {
    newest.clear()
    for (let index = rows.length - 1; index >= 0 && newest.size < STREAMS.length; index -= 1) {
      const row = rows.at(index)
      if (row?.kind === 'line' && !newest.has(row.stream)) newest.set(row.stream, base + index)
    }
  }

  const dropLast = () => {
    const row = rows.pop()
    if (row === undefined) return
    size -= sizeOf(row)
    lastSeq = Math.ceil(row.key) - 1 - (row.kind === 'gap' ? row.count : 0)
  }

  const push = (row: LogRow) => {
    while (isFull()) dropFirst()
    rows.push(row)
    size += sizeOf(row)
    if (row.kind === 'line') newest.set(row.stream, base + rows.length - 1)
  }

  const add = (line: LogLine) => {
    const count = newest.get(line.stream)
    const former = lineAt(count)
    if (former !== undefined && former.last >= line.key) return
    if (count !== undefined && former?.open === true) replace(count, joined(former, line))
    else push(line)
  }

  const append = (entries: readonly LogEntry[], missed: number, keep: Keep): boolean => {
    let lost = missed
    for (const entry of entries) {
      if (lastSeq !== null && entry.seq <= lastSeq) continue
      if (keep === 'start' && isFull()) return false
      if (lastSeq !== null && everyStream) lost = Math.max(lost, entry.seq - lastSeq - 1)
      if (lost > 0) push(gapBefore(entry.seq, lost))
      lost = 0
      add(lineOf(entry))
      lastSeq = entry.seq
    }
    return true
  }

  const reset = (entries: readonly LogEntry[], every: boolean) => {
    rows.clear()
    newest.clear()
    torn.clear()
    base = 0
    size = 0
    lastSeq = null
    everyStream = every
    append(entries, 0, 'end')
  }

  /** The older part of a line belongs before the part of it that is here already. */
  const joinOver = (older: LogRow[], first: number) => {
    for (const stream of STREAMS) {
      const at = older.findLastIndex((row) => row.kind === 'line' && row.stream === stream)
      const line = older[at]
      if (line?.kind !== 'line') continue
      const whole = torn.get(stream)
      torn.delete(stream)
      if (whole !== undefined && whole.last >= first) older[at] = whole.key === line.key ? whole : line
      else if (line.open) {
        const rest = takeFirst(stream)
        if (rest !== undefined) older[at] = joined(line, rest)
      }
    }
  }

  const takeFirst = (stream: LogStream): LogLine | undefined => {
    const before: LogRow[] = []
    let found: LogLine | undefined
    while (rows.length > 0 && found === undefined) {
      const row = rows.shift()
      if (row === undefined) break
      if (row.kind === 'line' && row.stream === stream) found = row
      else before.unshift(row)
    }
    for (const row of before) rows.unshift(row)
    if (found !== undefined) {
      base += 1
      size -= sizeOf(found)
    }
    return found
  }

  const olderRows = (entries: readonly LogEntry[]): LogRow[] => {
    const page = createLogWindow({ lines: entries.length * 2 + 1, characters: Number.POSITIVE_INFINITY })
    page.reset(entries, everyStream)
    return Array.from({ length: page.length }, (_, index) => page.at(index)).filter((row) => row !== undefined)
  }

  const prepend = (entries: readonly LogEntry[], keep: Keep): boolean => {
    const first = window.first() ?? Number.POSITIVE_INFINITY
    const isAlone = rows.length === 0
    const all = olderRows(entries.filter(({ seq }) => seq < first))
    const older = keep === 'end' ? all.slice(Math.max(all.length - (lines - rows.length), 0)) : all
    joinOver(older, first)
    let isWhole = true
    for (const row of older.toReversed()) {
      while (keep === 'start' && isFull() && rows.length > 0) {
        dropLast()
        isWhole = false
      }
      rows.unshift(row)
      base -= 1
      size += sizeOf(row)
    }
    if (isAlone) lastSeq = entries.at(-1)?.seq ?? lastSeq
    findNewest()
    return isWhole
  }

  const indexOf = (seq: number): number => {
    let low = 0
    let high = rows.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((rows.at(middle)?.key ?? 0) <= seq) low = middle
      else high = middle - 1
    }
    return low
  }

  const window: LogWindow = {
    get length() {
      return rows.length
    },
    at: rows.at,
    first: () => {
      const key = rows.at(0)?.key
      return key === undefined ? null : Math.ceil(key)
    },
    last: () => lastSeq,
    indexOf,
    reset,
    append,
    prepend,
  }
  return window
}

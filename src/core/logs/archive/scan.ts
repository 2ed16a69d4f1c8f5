/** Looks through logs for lines that match. Runs in a thread of its own, which is ended when it takes too long. */
import { isDamage, openLogsToRead } from './database.ts'
import { createLines } from './lines.ts'
import type { FromSearch, SearchThread, Selection } from './messages.ts'
import { type Placed, createSelect, pack } from './select.ts'

/** As many are looked through before it is told how far it came. */
const SLICE_BLOCKS = 32

/** The last hits, as many as fit: each new one pushes out the oldest. */
const createTail = (limit: number, bytes: number) => {
  let hits: Placed[] = []
  let from = 0
  let size = 0
  const push = (hit: Placed) => {
    hits.push(hit)
    size += hit.run.bytes.length
    while (hits.length - from > limit || (size > bytes && hits.length - from > 1)) {
      size -= hits[from]?.run.bytes.length ?? 0
      from += 1
    }
    if (from > 2 * limit) {
      hits = hits.slice(from)
      from = 0
      pushedOut = true
    }
  }
  let pushedOut = false
  return { push, hits: () => hits.slice(from), pushedOut: () => pushedOut || from > 0 }
}

const sizeOf = (hits: readonly Placed[]): number => hits.reduce((sum, { run }) => sum + run.bytes.length, 0)

const bySeq = (a: Placed, b: Placed) => a.seq - b.seq

export const scan = (
  { file, pattern, ignoreCase, limit, selections, newestFirst }: SearchThread,
  post: (message: FromSearch) => void,
): void => {
  try {
    const expression = new RegExp(pattern, ignoreCase ? 'i' : '')
    const connection = openLogsToRead(file)
    try {
      const select = createSelect(connection)
      const number = (selection: Selection) => select.standing(selection.agentId).number
      const ordered = newestFirst ? selections.toSorted((a, b) => number(b) - number(a)) : selections
      let left = limit
      let bytes = selections[0]?.bytes ?? 0
      let complete = true
      for (const selection of ordered) {
        const isFull = left <= 0 || bytes <= 0
        const found = isFull ? NOTHING : scanLog(select, expression, { ...selection, limit: left, bytes }, post)
        left -= found.count
        bytes -= found.bytes
        complete &&= found.complete
      }
      post({ kind: 'done', complete })
    } finally {
      connection.close()
    }
  } catch (thrown) {
    // Some patterns are found to be too large only when they are used.
    if (thrown instanceof SyntaxError) return post({ kind: 'failed', reason: 'pattern', message: thrown.message })
    const message = isDamage(thrown) ? 'the file of the logs is damaged' : (thrown as Error).message
    post({ kind: 'failed', reason: 'archive', message })
  }
}

interface Scanned {
  count: number
  bytes: number
  complete: boolean
}
/** Of a log that was not looked into. */
const NOTHING: Scanned = { count: 0, bytes: 0, complete: false }

type Select = ReturnType<typeof createSelect>

const scanLog = (
  select: Select,
  expression: RegExp,
  selection: Selection,
  post: (message: FromSearch) => void,
): Scanned => {
  const { number, last } = select.standing(selection.agentId)
  const lines = createLines(expression)
  const walk = select.walk(number, { ...selection, fromEnd: false }, SLICE_BLOCKS)
  return selection.fromEnd
    ? scanToEnd(walk, lines, selection, post)
    : scanFromStart(walk, lines, selection, Math.min(selection.before - 1, last), post)
}

type Walk = ReturnType<Select['walk']>
type Lines = ReturnType<typeof createLines>

const scanToEnd = (
  walk: Walk,
  lines: Lines,
  { agentId, limit, bytes }: Selection,
  post: (message: FromSearch) => void,
): Scanned => {
  const tail = createTail(limit, bytes)
  for (const slice of walk) for (const placed of slice) for (const line of lines.feed(placed)) line.forEach(tail.push)
  for (const line of lines.rest()) line.forEach(tail.push)
  const hits = tail.hits().toSorted(bySeq)
  if (hits.length > 0) post({ kind: 'hits', agentId, hits: pack(hits) })
  return { count: hits.length, bytes: sizeOf(hits), complete: !tail.pushedOut() }
}

const scanFromStart = (
  walk: Walk,
  lines: Lines,
  { agentId, limit, bytes }: Selection,
  end: number,
  post: (message: FromSearch) => void,
): Scanned => {
  let count = 0
  let size = 0
  let hits: Placed[] = []
  const add = (line: Placed[]) => {
    hits.push(...line)
    count += line.length
    size += sizeOf(line)
  }
  const tell = (seen: number) => {
    const certain = hits.filter(({ seq }) => seq <= seen).toSorted(bySeq)
    if (certain.length > 0) post({ kind: 'hits', agentId, hits: pack(certain) })
    hits = []
    post({ kind: 'seen', seen })
  }
  for (const slice of walk) {
    for (const placed of slice) {
      for (const line of lines.feed(placed)) {
        add(line)
        if (count < limit && size < bytes) continue
        const seen = line.at(-1)?.seq ?? 0
        // What has begun and has no end yet is looked at as it is: the next page starts behind it.
        for (const begun of lines.rest()) add(begun)
        tell(seen)
        return { count, bytes: size, complete: seen >= end }
      }
    }
    const last = slice.at(-1)
    if (last !== undefined) tell(last.seq + last.run.entries - 1)
  }
  for (const line of lines.rest()) add(line)
  tell(end)
  return { count, bytes: size, complete: true }
}

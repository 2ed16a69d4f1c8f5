/** Finds entries in the blocks of one log. Takes what was selected as runs: it is split into lines where it is shown. */
import { type Run, ALL_STREAMS, decodeRuns, encodeRuns, fitRun, sliceRun, streamBit } from './block.ts'
import type { Connection } from './database.ts'
import type { Found, Packed, Selection, Standing } from './messages.ts'

export interface Placed {
  /** The number of its first entry. */
  seq: number
  run: Run
}

interface BlockRow {
  first_seq: number
  last_seq: number
  data: Buffer
}

export const createSelect = (connection: Connection) => {
  const WANTED = `
    SELECT first_seq, last_seq, data FROM blocks
    WHERE log = @log AND last_seq > @above AND last_seq <= @upTo
      AND streams & @streams != 0 AND last_at >= @since AND first_at < @until`
  const forwards = connection.prepare<[object], BlockRow>(`${WANTED} ORDER BY last_seq LIMIT @blocks`)
  const backwards = connection.prepare<[object], BlockRow>(`${WANTED} ORDER BY last_seq DESC LIMIT @blocks`)
  const blockOf = connection
    .prepare<[number, number], number>(
      'SELECT last_seq FROM blocks WHERE log = ? AND last_seq >= ? ORDER BY last_seq LIMIT 1',
    )
    .pluck()
  const logOf = connection.prepare<[string], { number: number; last_seq: number; lost: number }>(
    'SELECT number, last_seq, lost FROM logs WHERE agent = ?',
  )
  const firstOf = connection
    .prepare<[number], number>('SELECT first_seq FROM blocks WHERE log = ? ORDER BY last_seq LIMIT 1')
    .pluck()

  const standing = (agentId: string): Standing & { number: number } => {
    const log = logOf.get(agentId)
    if (log === undefined) return { number: 0, first: null, last: 0, cut: 0 }
    const first = firstOf.get(log.number) ?? null
    return { number: log.number, first, last: log.last_seq, cut: (first ?? log.last_seq + 1) - 1 + log.lost }
  }

  /** The part of a run that is between the cursors. */
  const clip = ({ seq, run }: Placed, { after, before }: Selection): Placed => {
    const skip = Math.max(0, after + 1 - seq)
    return { seq: seq + skip, run: sliceRun(run, skip, before - seq - skip) }
  }

  const isWanted = ({ stream, at }: Run, { streams, since, until }: Selection) =>
    (streams & streamBit(stream)) !== 0 && at >= since && at < until

  const runsOf = (row: BlockRow, selection: Selection): Placed[] => {
    const placed: Placed[] = []
    let seq = row.first_seq
    for (const run of decodeRuns(row.data)) {
      if (isWanted(run, selection)) placed.push(clip({ seq, run }, selection))
      seq += run.entries
    }
    return placed.filter(({ run }) => run.entries > 0)
  }

  /** A slice of blocks at a time: no statement stays open while somebody works on what it gave. */
  function* walk(number: number, selection: Selection, blocks: number): Generator<Placed[], void, void> {
    const { fromEnd, streams, since, until } = selection
    let above = selection.after
    let upTo = blockOf.get(number, selection.before - 1) ?? Number.MAX_SAFE_INTEGER
    for (;;) {
      const statement = fromEnd ? backwards : forwards
      const rows = statement.all({ log: number, above, upTo, streams, since, until, blocks })
      const placed = rows.map((row) => runsOf(row, selection))
      if (rows.length > 0) yield fromEnd ? placed.flatMap((runs) => runs.toReversed()) : placed.flat()
      const last = rows.at(-1)
      if (last === undefined || rows.length < blocks) return
      if (fromEnd) upTo = last.first_seq - 1
      else above = last.last_seq
    }
  }

  /** Runs until there are as many entries, or bytes, as wanted: one entry at least, however long it is. */
  const gather = (number: number, selection: Selection): { taken: Placed[]; full: boolean } => {
    const { fromEnd } = selection
    const taken: Placed[] = []
    let { limit, bytes } = selection
    for (const slice of limit === 0 ? [] : walk(number, selection, 1)) {
      for (const { seq, run } of slice) {
        const fits = Math.min(limit, fitRun(run, bytes, fromEnd))
        const count = fits === 0 && taken.length === 0 ? 1 : fits
        const skip = fromEnd ? run.entries - count : 0
        const part = sliceRun(run, skip, count)
        if (count > 0) taken.push({ seq: seq + skip, run: part })
        limit -= count
        bytes -= part.bytes.length
        if (limit === 0 || count < run.entries) return { taken, full: true }
      }
    }
    return { taken, full: false }
  }

  const read = (selection: Selection): Found => {
    const { number, ...where } = standing(selection.agentId)
    const { taken, full } = gather(number, selection)
    const placed = selection.fromEnd ? taken.toReversed() : taken
    const end = placed.at(-1)
    const lastTaken = end === undefined ? 0 : end.seq + end.run.entries - 1
    const seen = full && !selection.fromEnd ? lastTaken : Math.min(selection.before - 1, where.last)
    return { ...pack(placed), ...where, seen }
  }

  const startOfTail = (agentId: string, tail: number, streams: number): number => {
    const { number, first, last } = standing(agentId)
    const start = (first ?? last + 1) - 1
    if (tail === 0) return last
    if (streams === ALL_STREAMS) return Math.max(start, last - tail)
    const selection = {
      agentId,
      after: 0,
      before: last + 1,
      fromEnd: true,
      streams,
      since: 0,
      until: Number.MAX_SAFE_INTEGER,
      limit: tail,
      bytes: Number.POSITIVE_INFINITY,
    }
    let left = tail
    for (const slice of walk(number, selection, 16)) {
      for (const { seq, run } of slice) {
        if (run.entries >= left) return seq + run.entries - left - 1
        left -= run.entries
      }
    }
    return start
  }

  return { read, walk, standing, startOfTail }
}

export const pack = (placed: readonly Placed[]): Packed => ({
  data: encodeRuns(placed.map(({ run }) => run)),
  seqs: placed.map(({ seq }) => seq),
})

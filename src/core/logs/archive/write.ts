/** Writes to the logs. What came with a frame and the frame's number are in one transaction: neither is there alone. */
import { type Run, decodeRuns, encodeRuns, runOf, sizeOfRun, streamBit } from './block.ts'
import type { Connection, LogRow } from './database.ts'
import { absorb } from './ingest.ts'
import type { Item } from './messages.ts'
import type { Kept, LogSize } from './types.ts'

/** Large enough to make a row worth its while, small enough to be read for one line in it. */
const BLOCK_BYTES = 64 * 1024
/** What is written to a smaller block's log is added to it, so that a quiet agent does not get a row for each line. */
const SMALL_BLOCK_BYTES = 4096
/** What a row costs beside its data. */
const ROW_BYTES = 64
const PAGES_FREED_AT_ONCE = 512

export interface Written extends Kept {
  /** The beginning of a line waits for its rest. */
  waits: boolean
}

const megabytes = (bytes: number) => `${(bytes / 1024 ** 2).toLocaleString('en', { maximumFractionDigits: 1 })} MB`

/** Runs by the block. */
const packRuns = (runs: readonly Run[]): Run[][] => {
  const blocks: Run[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const run of runs) {
    if (size + sizeOfRun(run) > BLOCK_BYTES) {
      blocks.push([])
      size = 0
    }
    blocks.at(-1)?.push(run)
    size += sizeOfRun(run)
  }
  return blocks
}

export const createWrite = (connection: Connection, limits: { perAgentBytes: number }) => {
  const find = connection.prepare<[string], LogRow>('SELECT * FROM logs WHERE agent = ?')
  const begin = connection.prepare<[string]>('INSERT INTO logs (agent) VALUES (?)')
  const update = connection.prepare<[object]>(`
    UPDATE logs SET wire_seq = @wire_seq, last_seq = @last_seq, last_at = @last_at, lost = @lost, bytes = @bytes,
      waiting = @waiting WHERE number = @number`)
  const newest = connection.prepare<[number], { id: number; bytes: number }>(
    'SELECT id, bytes FROM blocks WHERE log = ? ORDER BY last_seq DESC LIMIT 1',
  )
  const dataOf = connection.prepare<[number], Buffer>('SELECT data FROM blocks WHERE id = ?').pluck()
  const oldest = connection.prepare<[number], { id: number; first_seq: number; bytes: number }>(
    'SELECT id, first_seq, bytes FROM blocks WHERE log = ? ORDER BY last_seq LIMIT 2',
  )
  const insert = connection.prepare<[object]>(`
    INSERT INTO blocks (log, first_seq, last_seq, first_at, last_at, streams, bytes, data)
    VALUES (@log, @firstSeq, @lastSeq, @firstAt, @lastAt, @streams, @bytes, @data)`)
  const extend = connection.prepare<[object]>(`
    UPDATE blocks SET last_seq = @lastSeq, last_at = @lastAt, streams = streams | @streams, bytes = bytes + @bytes,
      data = @data WHERE id = @id`)
  const dropBlock = connection.prepare<[number]>('DELETE FROM blocks WHERE id = ?')
  const dropBlocks = connection.prepare<[number]>('DELETE FROM blocks WHERE log = ?')
  const dropLog = connection.prepare<[number]>('DELETE FROM logs WHERE number = ?')
  const shrink = connection.prepare<[number, number]>('UPDATE logs SET bytes = bytes - ? WHERE number = ?')
  const oldestOfAll = connection.prepare<[], { id: number; log: number; bytes: number }>(
    'SELECT id, log, bytes FROM blocks ORDER BY id LIMIT 64',
  )

  const rowOf = (agentId: string): LogRow => {
    const row = find.get(agentId)
    if (row !== undefined) return row
    begin.run(agentId)
    return rowOf(agentId)
  }

  /** Adds to the row's count what it adds to the disk. */
  const writeRuns = (row: LogRow, runs: readonly Run[]) => {
    for (const [index, block] of packRuns(runs).entries()) {
      const [head] = block
      const tail = block.at(-1)
      if (head === undefined || tail === undefined) continue
      const data = encodeRuns(block)
      const firstSeq = row.last_seq + 1
      row.last_seq += block.reduce((sum, { entries }) => sum + entries, 0)
      const values = {
        firstSeq,
        lastSeq: row.last_seq,
        firstAt: head.at,
        lastAt: tail.at,
        streams: block.reduce((bits, { stream }) => bits | streamBit(stream), 0),
      }
      const last = index === 0 ? newest.get(row.number) : undefined
      if (last !== undefined && last.bytes < SMALL_BLOCK_BYTES) {
        const joined = Buffer.concat([dataOf.get(last.id) ?? Buffer.alloc(0), data])
        extend.run({ ...values, id: last.id, bytes: data.length, data: joined })
        row.bytes += data.length
      } else {
        insert.run({ ...values, log: row.number, bytes: data.length + ROW_BYTES, data })
        row.bytes += data.length + ROW_BYTES
      }
    }
  }

  const say = (row: LogRow, words: string) => writeRuns(row, [runOf('gantry', row.last_at, Buffer.from(`${words}\n`))])

  /** The newest block stays, whatever its size. */
  const cut = (row: LogRow) => {
    while (row.bytes > limits.perAgentBytes) {
      const [block, next] = oldest.all(row.number)
      if (block === undefined || next === undefined) return
      dropBlock.run(block.id)
      row.bytes -= block.bytes
      if (block.first_seq === 1) {
        say(row, `This log is longer than ${megabytes(limits.perAgentBytes)}: its oldest part is let go of`)
      }
    }
  }

  const store = (row: LogRow) => update.run({ ...row })

  const writeAgent = (agentId: string, items: readonly Item[]): Written => {
    const row = rowOf(agentId)
    const { after, runs } = absorb(
      {
        wireSeq: row.wire_seq,
        lastAt: row.last_at,
        lost: row.lost,
        waiting: row.waiting === null ? [] : [...decodeRuns(row.waiting)],
      },
      items,
    )
    row.wire_seq = after.wireSeq
    row.last_at = after.lastAt
    row.lost = after.lost
    row.waiting = after.waiting.length === 0 ? null : encodeRuns(after.waiting)
    writeRuns(row, runs)
    cut(row)
    store(row)
    return { agentId, wireSeq: row.wire_seq, lastSeq: row.last_seq, waits: after.waiting.length > 0 }
  }

  const write = connection.transaction((items: readonly Item[]): Written[] =>
    [...Map.groupBy(items, ({ agentId }) => agentId)].map(([agentId, own]) => writeAgent(agentId, own)),
  ).immediate

  /** Gives the disk back a little of what is free. Says whether there is more. */
  const freePages = (): boolean => {
    connection.pragma(`incremental_vacuum(${PAGES_FREED_AT_ONCE})`)
    return Number(connection.pragma('freelist_count', { simple: true })) > 0
  }

  const remove = connection.transaction((agentId: string) => {
    const row = find.get(agentId)
    if (row === undefined) return
    dropBlocks.run(row.number)
    dropLog.run(row.number)
  }).immediate

  const clear = connection.transaction((agentId: string, words: string) => {
    const row = find.get(agentId)
    if (row === undefined) return
    dropBlocks.run(row.number)
    row.bytes = 0
    row.waiting = null
    say(row, words)
    store(row)
  }).immediate

  /** The oldest blocks of all, whoever wrote them. Answers how many bytes went. */
  const shorten = connection.transaction((bytes: number): number => {
    let gone = 0
    for (const block of oldestOfAll.all()) {
      if (gone >= bytes) break
      dropBlock.run(block.id)
      shrink.run(block.bytes, block.log)
      gone += block.bytes
    }
    return gone
  }).immediate

  const cutAll = connection.transaction(() => {
    const rows = connection.prepare<[number], LogRow>('SELECT * FROM logs WHERE bytes > ?').all(limits.perAgentBytes)
    for (const row of rows) {
      cut(row)
      store(row)
    }
  }).immediate

  return {
    write,
    remove,
    clear,
    shorten,
    cutAll,
    freePages,
    position: (agentId: string): number => find.get(agentId)?.wire_seq ?? 0,
    sizes: (): LogSize[] =>
      connection
        .prepare<[], LogSize>('SELECT agent AS agentId, bytes, last_at AS lastAt FROM logs ORDER BY number')
        .all(),
    /** Agents whose last line had not ended when the file was closed. */
    waiting: (): string[] =>
      connection.prepare<[], string>('SELECT agent FROM logs WHERE waiting IS NOT NULL').pluck().all(),
  }
}

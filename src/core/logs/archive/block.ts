/**
 * How output lies on the disk: runs of bytes as they came, many to a block. Entries are cut out of a run when it is
 * read: a line each, and what stands after the last line end is an open one.
 */
import type { LogStream } from '../../../contract/index.ts'

/** No run is longer, so no entry is either. */
export const MAX_RUN_BYTES = 64 * 1024

export const STREAMS: readonly LogStream[] = ['out', 'err', 'gantry']
export const ALL_STREAMS = 0b111
export const streamBit = (stream: LogStream): number => 1 << STREAMS.indexOf(stream)

export interface Run {
  stream: LogStream
  at: number
  /** How many entries are in `bytes`. */
  entries: number
  bytes: Buffer
}

const LINE_END = 0x0a
// Stream (1), time (6), length (4), entries (4).
const HEADER_BYTES = 15

const countLineEnds = (bytes: Buffer): number => {
  let count = 0
  for (let at = bytes.indexOf(LINE_END); at !== -1; at = bytes.indexOf(LINE_END, at + 1)) count += 1
  return count
}

export const countEntries = (bytes: Buffer): number =>
  countLineEnds(bytes) + (bytes.length > 0 && bytes[bytes.length - 1] !== LINE_END ? 1 : 0)

export const runOf = (stream: LogStream, at: number, bytes: Buffer): Run => ({
  stream,
  at,
  entries: countEntries(bytes),
  bytes,
})

export const sizeOfRun = (run: Run): number => HEADER_BYTES + run.bytes.length

export const encodeRuns = (runs: readonly Run[]): Buffer => {
  const block = Buffer.allocUnsafeSlow(runs.reduce((sum, run) => sum + sizeOfRun(run), 0))
  let at = 0
  for (const run of runs) {
    block.writeUInt8(STREAMS.indexOf(run.stream), at)
    block.writeUIntBE(run.at, at + 1, 6)
    block.writeUInt32BE(run.bytes.length, at + 7)
    block.writeUInt32BE(run.entries, at + 11)
    block.set(run.bytes, at + HEADER_BYTES)
    at += sizeOfRun(run)
  }
  return block
}

/** The bytes are views into the block: nothing is copied. */
export function* decodeRuns(block: Buffer): Generator<Run, void, void> {
  let at = 0
  while (at + HEADER_BYTES <= block.length) {
    const stream = STREAMS[block.readUInt8(at)]
    const end = at + HEADER_BYTES + block.readUInt32BE(at + 7)
    if (stream === undefined || end > block.length) throw new Error('a block of the log is damaged')
    yield {
      stream,
      at: block.readUIntBE(at + 1, 6),
      entries: block.readUInt32BE(at + 11),
      bytes: block.subarray(at + HEADER_BYTES, end),
    }
    at = end
  }
}

/** Where the entry with this index begins. */
const offsetOf = (run: Run, index: number): number => {
  if (index >= run.entries) return run.bytes.length
  let offset = 0
  for (let passed = 0; passed < index; passed += 1) offset = run.bytes.indexOf(LINE_END, offset) + 1
  return offset
}

/** Some of a run's entries, as a run. */
export const sliceRun = (run: Run, skip: number, take: number): Run => {
  const entries = Math.max(0, Math.min(take, run.entries - skip))
  if (entries === run.entries) return run
  return { ...run, entries, bytes: run.bytes.subarray(offsetOf(run, skip), offsetOf(run, skip + entries)) }
}

/** As many whole entries from the start (or the end) of a run as fit into so many bytes. */
export const fitRun = (run: Run, bytes: number, fromEnd: boolean): number => {
  if (run.bytes.length <= bytes) return run.entries
  let fits = 0
  let used = 0
  const lengths = [...entriesOf(run)].map((entry) => entry.length)
  for (const length of fromEnd ? lengths.toReversed() : lengths) {
    used += length
    if (used > bytes) break
    fits += 1
  }
  return fits
}

/** Each with its line end; without one it is open. */
export function* entriesOf(run: Run): Generator<Buffer, void, void> {
  let offset = 0
  while (offset < run.bytes.length) {
    const end = run.bytes.indexOf(LINE_END, offset)
    const next = end === -1 ? run.bytes.length : end + 1
    yield run.bytes.subarray(offset, next)
    offset = next
  }
}

export const isOpen = (entry: Buffer): boolean => entry[entry.length - 1] !== LINE_END

/**
 * The output of a box on disk, from the first byte that nobody has taken: files of a megabyte, named by where they start.
 * The places are counted from the first byte the box ever wrote.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

const SEGMENT = 1024 * 1024
const TAKEN = 'taken'
const NEWLINE = 10
/** A longer line ends the wire, so its beginning need not be kept for telling it again. */
const LONGEST_LINE = 8 * 1024 * 1024
const LOOK_BACK = 64 * 1024

interface Segment {
  start: number
  end: number
  file: string
}

const nameOf = (start: number) => String(start).padStart(16, '0')

const segmentsIn = (folder: string): Segment[] =>
  readdirSync(folder)
    .filter((name) => /^\d{16}$/.test(name))
    .toSorted()
    .map((name) => {
      const file = join(folder, name)
      return { file, start: Number(name), end: Number(name) + statSync(file).size }
    })

const readSegment = ({ file, start, end }: Segment, from: number, most: number): Buffer => {
  const bytes = Buffer.allocUnsafe(Math.min(most, end - from))
  const handle = openSync(file, 'r')
  try {
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, from - start))
  } finally {
    closeSync(handle)
  }
}

/** Up to `most` bytes from a place on, across files. None where nothing is held from there. */
const readAcross = (segments: readonly Segment[], place: number, most: number): Buffer => {
  const parts: Buffer[] = []
  let from = place
  for (const segment of segments) {
    if (from < segment.start || from >= segment.end || from >= place + most) continue
    const part = readSegment(segment, from, place + most - from)
    parts.push(part)
    from += part.length
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}

/** The last start of a line at or before a place, so that nobody is ever told half a line. */
const lineStart = (read: (from: number, most: number) => Buffer, first: number, place: number): number => {
  for (let end = place; end > first && place - end < LONGEST_LINE;) {
    const from = Math.max(first, end - LOOK_BACK)
    const found = read(from, end - from).lastIndexOf(NEWLINE)
    if (found !== -1) return from + found + 1
    end = from
  }
  return place - first < LONGEST_LINE ? first : place
}

const writeTaken = (folder: string, place: number) => writeFileSync(join(folder, TAKEN), nameOf(place), { mode: 0o600 })

const readTaken = (folder: string): number => {
  try {
    return Number(readFileSync(join(folder, TAKEN), 'utf8')) || 0
  } catch {
    // Nothing was taken yet.
    return 0
  }
}

/** For whoever finds it when its supervisor is gone. */
export const openSpool = (folder: string) => {
  const segments = segmentsIn(folder)
  const taken = readTaken(folder)
  const end = segments.at(-1)?.end ?? taken
  let from = Math.min(Math.max(segments[0]?.start ?? taken, taken), end)
  const read = (place: number, most: number) => readAcross(segments, place, most)

  const take = (place: number): void => {
    const start = lineStart(read, from, Math.min(place, end))
    if (start <= from) return
    from = start
    writeTaken(folder, from)
  }

  return { start: () => from, end: () => end, read, take }
}

export const createSpool = (folder: string, most: number) => {
  mkdirSync(folder, { mode: 0o700 })
  const segments: Segment[] = []
  let handle: number | undefined
  let from = 0
  let end = 0
  // What the disk did not take. It is told all the same, and nothing more is read until it is written or taken.
  let unsaved: Buffer = Buffer.alloc(0)
  const saved = () => end - unsaved.length

  const close = (): void => {
    if (handle !== undefined) closeSync(handle)
    handle = undefined
  }

  const current = (): { segment: Segment; handle: number } => {
    const last = segments.at(-1)
    if (handle !== undefined && last !== undefined && last.end - last.start < SEGMENT) return { segment: last, handle }
    const file = join(folder, nameOf(saved()))
    const next = openSync(file, 'wx', 0o600)
    close()
    handle = next
    const segment = { file, start: saved(), end: saved() }
    segments.push(segment)
    return { segment, handle }
  }

  /** Whether all is on disk now. */
  const save = (): boolean => {
    try {
      while (unsaved.length > 0) {
        const target = current()
        const wrote = writeSync(target.handle, unsaved)
        target.segment.end += wrote
        unsaved = unsaved.subarray(wrote)
      }
      return true
    } catch {
      return false
    }
  }

  const append = (chunk: Buffer): void => {
    end += chunk.length
    unsaved = unsaved.length === 0 ? chunk : Buffer.concat([unsaved, chunk])
    save()
  }

  const read = (place: number, length: number): Buffer => {
    const behind = saved()
    const onDisk = place < behind ? readAcross(segments, place, Math.min(length, behind - place)) : Buffer.alloc(0)
    if (unsaved.length === 0 || onDisk.length === length) return onDisk
    const from = Math.max(0, place - behind)
    const inMemory = unsaved.subarray(from, from + length - onDisk.length)
    return onDisk.length === 0 ? inMemory : Buffer.concat([onDisk, inMemory])
  }

  /** Files that are wholly taken; the one that is being written only where it is full, or has a gap behind it. */
  const drop = (): void => {
    const hasGap = from > saved()
    for (let oldest = segments[0]; oldest !== undefined && oldest.end <= from; oldest = segments[0]) {
      if (oldest.end - oldest.start < SEGMENT && !hasGap) return
      if (segments.length === 1) close()
      rmSync(oldest.file, { force: true })
      segments.shift()
    }
  }

  const take = (place: number): void => {
    const start = lineStart(read, from, Math.min(place, end))
    if (start <= from) return
    from = start
    drop()
    if (from > saved()) unsaved = unsaved.subarray(from - saved())
    try {
      writeTaken(folder, from)
    } catch {
      // No room even for that: it is told again then.
    }
    save()
  }

  return {
    append,
    read,
    take,
    save,
    close,
    start: () => from,
    end: () => end,
    hasUnsaved: () => unsaved.length > 0,
    /** Nothing more is to be appended: it holds as much as it may, or the disk takes no more. */
    isFull: () => unsaved.length > 0 || end - from >= most,
  }
}

export type Spool = ReturnType<typeof createSpool>

/** From entries, as they are stored, to the rows that are shown: a line each, and a row where something is missing. */
import type { LogEntry, LogStream } from '../../../contract/index.ts'

export const STREAMS = ['out', 'err', 'gantry'] as const satisfies readonly LogStream[]

export interface LogLine {
  kind: 'line'
  /** The number of its first entry. Rows are in the order of their keys. */
  key: number
  /** The number of its last entry: a line that was written in parts has several. */
  last: number
  at: string
  stream: LogStream
  text: string
  /** How many characters of it are not kept here. */
  omitted: number
  /** Whether it goes on. */
  open: boolean
  binary: boolean
}

export interface LogGap {
  kind: 'gap'
  key: number
  count: number
}

export type LogRow = LogLine | LogGap

/** A line longer than this is kept in part: the whole of it is in the store. */
export const LONGEST_LINE = 1024 * 1024

const fromBase64 = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)))

const shorten = (text: string) => ({
  text: text.length > LONGEST_LINE ? text.slice(0, LONGEST_LINE) : text,
  omitted: Math.max(text.length - LONGEST_LINE, 0),
})

export const lineOf = ({ seq, at, stream, text, base64, open }: LogEntry): LogLine => ({
  kind: 'line',
  key: seq,
  last: seq,
  at,
  stream,
  ...shorten(text ?? fromBase64(base64 ?? '')),
  open: open === true,
  binary: text === undefined,
})

export const joined = (line: LogLine, next: LogLine): LogLine => {
  const { text, omitted } = shorten(line.text + next.text)
  return {
    ...line,
    text,
    last: next.last,
    omitted: line.omitted + next.omitted + omitted,
    open: next.open,
    binary: line.binary || next.binary,
  }
}

/** A gap stands before the line that follows it. */
export const gapBefore = (seq: number, count: number): LogGap => ({ kind: 'gap', key: seq - 0.5, count })

export const sizeOf = (row: LogRow): number => (row.kind === 'line' ? row.text.length : 0)

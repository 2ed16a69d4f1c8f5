/** From runs as they are stored to entries as the contract has them. */
import { isUtf8 } from 'node:buffer'
import type { LogEntry } from '../../../contract/index.ts'
import { type Run, decodeRuns, entriesOf, isOpen } from './block.ts'
import type { Packed } from './messages.ts'

type Words = Pick<LogEntry, 'text' | 'base64' | 'open'>

const wordsOf = (entry: Buffer): Words => {
  const open = isOpen(entry)
  const line = open ? entry : entry.subarray(0, -1)
  return {
    ...(isUtf8(line) ? { text: line.toString('utf8') } : { base64: line.toString('base64') }),
    ...(open ? { open } : {}),
  }
}

/** Text is decoded once for all the lines in it. */
const linesOf = (bytes: Buffer): Words[] => {
  const lines: Words[] = bytes
    .toString('utf8')
    .split('\n')
    .map((text) => ({ text }))
  const last = lines.pop()
  if (last !== undefined && last.text !== '') lines.push({ ...last, open: true })
  return lines
}

const allWords = (run: Run): Words[] => (isUtf8(run.bytes) ? linesOf(run.bytes) : [...entriesOf(run)].map(wordsOf))

export const unpack = ({ data, seqs }: Packed): LogEntry[] => {
  const entries: LogEntry[] = []
  let index = 0
  for (const run of decodeRuns(Buffer.from(data.buffer, data.byteOffset, data.byteLength))) {
    let seq = seqs[index] ?? 0
    index += 1
    const at = new Date(run.at).toISOString()
    for (const words of allWords(run)) {
      entries.push({ seq, at, stream: run.stream, ...words })
      seq += 1
    }
  }
  return entries
}

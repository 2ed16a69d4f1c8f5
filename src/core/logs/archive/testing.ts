/** What the tests of the archive share. */
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { LogEntry, LogQuery } from '../../../contract/index.ts'
import { tempHome } from '../../testing/index.ts'
import { openLogs } from './database.ts'
import type { Item } from './messages.ts'
import { type ArchiveOptions, openArchive } from './open.ts'
import { createSelect } from './select.ts'
import type { Archive, Chunk } from './types.ts'
import { createWrite } from './write.ts'

export const MEGABYTE = 1024 ** 2
export const LIMITS = { perAgentBytes: 64 * MEGABYTE, totalBytes: 4096 * MEGABYTE }

export const logsFile = (home: string): string => join(home, 'data', 'logs.db')

/** A real archive with its thread. What goes wrong unexpectedly fails the test. */
export const openTestArchive = ({ home = tempHome(), ...options }: Partial<ArchiveOptions> = {}): Archive => {
  const archive = openArchive({
    home,
    now: () => new Date(),
    onProblem: (message) => expect(message).toBeNull(),
    limits: LIMITS,
    ...options,
  })
  onTestFinished(archive.close)
  return archive
}

/** The writing and reading of the thread, in this one. */
export const openTestStore = (file = logsFile(tempHome()), perAgentBytes = LIMITS.perAgentBytes) => {
  const limits = { perAgentBytes }
  const connection = openLogs(file)
  onTestFinished(() => void connection.close())
  return { connection, limits, ...createWrite(connection, limits), ...createSelect(connection) }
}

export const textItem = (seq: number, text: string, part: Partial<Item & { kind: 'text' }> = {}): Item => ({
  kind: 'text',
  agentId: 'agent1',
  seq,
  stream: 'out',
  at: 1000 + seq,
  text,
  sizes: [text.length],
  ...part,
})

export const chunk = (seq: number, text: string, part: Partial<Chunk> = {}): Chunk => ({
  seq,
  stream: 'out',
  at: Date.now(),
  bytes: { text },
  ...part,
})

export const query = (part: Partial<LogQuery> = {}): LogQuery => ({
  id: 'agent1',
  limit: 500,
  ignoreCase: false,
  ...part,
})

/** What a stream's program wrote, one byte a letter, so that a comparison shows where it differs. */
export const bytesOf = (entries: readonly LogEntry[], stream: LogEntry['stream']): string =>
  entries
    .filter((entry) => entry.stream === stream)
    .map(({ text, base64, open }) => {
      const bytes = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text)
      return bytes.toString('latin1') + (open === true ? '' : '\n')
    })
    .join('')

/** Page by page, as a client does. */
export const readAll = async (archive: Archive, part: Partial<LogQuery> = {}): Promise<LogEntry[]> => {
  const entries: LogEntry[] = []
  for (let after: number | null = 0; after !== null;) {
    const page = await archive.page(query({ limit: 10_000, ...part, after }))
    entries.push(...page.items)
    after = page.next
  }
  return entries
}

/** Numbers that look random and are the same each time. */
export const randomFrom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

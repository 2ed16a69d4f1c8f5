/** What the archive takes and gives. */
import type { LogBatch, LogHit, LogPage, LogQuery, LogStream } from '../../../contract/index.ts'
import type { Bytes } from '../../../wire/index.ts'

export interface ArchiveLimits {
  /** Of one agent's log the oldest blocks go first. */
  perAgentBytes: number
  /** Beyond this, the logs of ended agents go, the one that was quiet the longest first. */
  totalBytes: number
}

/** A piece of output as the wire brought it. `seq` rises by one with each frame of an agent. */
export interface Chunk {
  seq: number
  stream: 'out' | 'err'
  at: number
  bytes: Bytes
}

export interface Kept {
  agentId: string
  /** All frames of the wire up to this one are on the disk. */
  wireSeq: number
  /** The number of the newest entry. */
  lastSeq: number
}

export interface FollowFrom {
  after?: number | undefined
  tail?: number | undefined
  streams?: readonly LogStream[] | undefined
  /** Asked whenever all has been read: then the stream ends. `poke` makes it ask again. */
  isEnded: () => boolean
}

export interface SearchQuery {
  grep: string
  ids: readonly string[]
  limit: number
  ignoreCase: boolean
  streams?: readonly string[] | undefined
  since?: string | undefined
  until?: string | undefined
}

export interface LogSize {
  agentId: string
  bytes: number
  /** When the newest entry was written, in ms since 1970. */
  lastAt: number
}

export interface Pruned {
  /** Agents whose log was let go of as a whole. */
  cleared: string[]
  /** Bytes that were let go of beyond those: the oldest of agents that still run. */
  shortenedBytes: number
}

export interface Archive {
  /** Never waits and never throws. What was appended before (by its `seq`) is left out. */
  append: (agentId: string, chunk: Chunk) => void
  /** A frame of the wire that is no output is kept elsewhere. */
  advance: (agentId: string, seq: number) => void
  /** What Gantry itself has to say in the log of an agent. */
  note: (agentId: string, text: string) => void
  /** Nothing while more can be taken; else a promise for when it can. */
  ready: () => Promise<void> | undefined
  /** The frame of the wire up to which all is on the disk, what was appended before this call included. */
  position: (agentId: string) => Promise<number>
  onCommitted: (listener: (kept: Kept) => void) => () => void
  page: (query: LogQuery) => Promise<Omit<LogPage, 'state'>>
  /** Newest agents first, of each its newest lines first. */
  search: (query: SearchQuery) => Promise<{ items: LogHit[]; complete: boolean }>
  follow: (
    agentId: string,
    from: FollowFrom,
    signal: AbortSignal | undefined,
  ) => AsyncGenerator<Omit<LogBatch, 'state'>, void, void>
  /** The agent ended: followers look again. */
  poke: (agentId: string) => void
  remove: (agentId: string) => Promise<void>
  sizes: () => Promise<{ agents: LogSize[]; bytes: number; fileBytes: number }>
  prune: (limits: ArchiveLimits & { isEnded: (agentId: string) => boolean }) => Promise<Pruned>
  /** What was mended when the file was opened, in words; known once the archive has been used. */
  repaired: () => string | null
  /** Everything that was appended is on the disk, followers end. */
  close: () => Promise<void>
}

/**
 * What waits to be written, and what becomes of it while nothing can be. At first it is held and tried again, and who
 * sends it is made to wait; when that lasts, agents go on and their output is counted instead of kept: memory is bounded
 * either way, and the log says how much is missing.
 */
import { entriesIn } from './ingest.ts'
import type { Batch, FromWorker, Item } from './messages.ts'
import type { Written } from './write.ts'

/** A moment of waiting makes one write of many. */
const GATHER_MS = 10
const GATHER_BYTES = 512 * 1024
const RETRY_MS = 500
/** So long the rest of a line is waited for. */
const LINE_MS = 100

export interface IntakeDeps {
  write: (items: readonly Item[]) => Written[]
  post: (message: FromWorker) => void
  /** How long those who send are made to wait before their output is given up. */
  patienceMs: number
  /** How much is held at the most, whatever the patience. */
  heldBytes: number
  clock: () => number
  /** A timer; answers what cancels it. */
  after: (ms: number, task: () => void) => () => void
}

const LOST_BYTES = 64

/** What SQLite says, in words that tell what to do. */
const WORDS: Record<string, string> = {
  SQLITE_FULL: 'the disk is full',
  SQLITE_IOERR: 'the disk takes nothing more',
  SQLITE_READONLY: 'the file may not be written to',
  SQLITE_CANTOPEN: 'the file cannot be opened',
  SQLITE_BUSY: 'another program holds the file',
}

const wordsFor = (thrown: unknown): string => {
  const { message, code = '' } = thrown as Error & { code?: string }
  const known = Object.keys(WORDS).find((prefix) => code.startsWith(prefix))
  return known === undefined ? message : `${WORDS[known]} (${message})`
}

export const createIntake = ({ write, post, patienceMs, heldBytes, clock, after }: IntakeDeps) => {
  let pending: Item[] = []
  let pendingBytes = 0
  let upTo = 0
  let told = 0
  let cancelFlush: (() => void) | undefined
  let cancelRelease: (() => void) | undefined
  /** Since when lines wait for their rest, by agent. */
  const waiting = new Map<string, number>()
  let failing: { since: number; message: string } | undefined
  const lost = new Map<string, Item & { kind: 'lost' }>()

  const flush = (): boolean => {
    cancelFlush?.()
    cancelFlush = undefined
    if (pending.length === 0 && told === upTo) return true
    try {
      const written = write(pending)
      pending = []
      pendingBytes = 0
      lost.clear()
      watchLines(written)
      if (failing !== undefined) post({ kind: 'problem', message: null })
      failing = undefined
      told = upTo
      post({ kind: 'kept', kept: written.map(({ waits: _waits, ...kept }) => kept), upTo })
      return true
    } catch (thrown) {
      failed(wordsFor(thrown))
      return false
    }
  }

  const failed = (message: string) => {
    if (failing?.message !== message) post({ kind: 'problem', message })
    failing = { since: failing?.since ?? clock(), message }
    if (isGivingUp()) post({ kind: 'held', upTo })
    cancelFlush = after(RETRY_MS, flush)
  }

  const isGivingUp = () => failing !== undefined && (clock() - failing.since >= patienceMs || pendingBytes > heldBytes)

  const watchLines = (written: readonly Written[]) => {
    for (const { agentId, waits } of written) {
      if (!waits) waiting.delete(agentId)
      else if (!waiting.has(agentId)) waiting.set(agentId, clock())
    }
    if (waiting.size > 0) cancelRelease ??= after(LINE_MS, releaseDue)
  }

  const releaseDue = () => {
    cancelRelease = undefined
    const now = clock()
    const due = [...waiting].filter(([, since]) => now - since >= LINE_MS / 2).map(([agentId]) => agentId)
    release(due)
    flush()
    if (waiting.size > 0) cancelRelease ??= after(LINE_MS, releaseDue)
  }

  const release = (agentIds: readonly string[]) => {
    for (const agentId of agentIds) if (waiting.delete(agentId)) pending.push({ kind: 'release', agentId })
  }

  /** Keeps of an item only how much it was. */
  const giveUp = (item: Item) => {
    if (item.kind === 'note' || item.kind === 'release') return
    const seq = item.kind === 'text' ? item.seq + item.sizes.length - 1 : item.seq
    let known = lost.get(item.agentId)
    if (known === undefined) {
      known = { kind: 'lost', agentId: item.agentId, seq: 0, at: 0, entries: 0 }
      lost.set(item.agentId, known)
      pending.push(known)
      pendingBytes += LOST_BYTES
    }
    if (seq <= known.seq) return
    known.seq = seq
    known.entries += entriesIn(item)
    if ('at' in item) known.at = item.at
  }

  const take = ({ id, bytes, items }: Batch) => {
    upTo = id
    if (isGivingUp()) {
      for (const item of items) giveUp(item)
      post({ kind: 'held', upTo })
      return
    }
    pending.push(...items)
    pendingBytes += bytes
    if (failing !== undefined) return
    if (pendingBytes >= GATHER_BYTES) flush()
    else cancelFlush ??= after(GATHER_MS, flush)
  }

  return {
    take,
    flush,
    /** Writes also what waits for the rest of its line. */
    settle: (agentIds: readonly string[]): boolean => {
      // First what is pending: only then it is known whose lines wait.
      const whole = flush()
      release(agentIds)
      return flush() && whole
    },
    /** Lines that began before this intake did. */
    resume: (agentIds: readonly string[]) =>
      watchLines(agentIds.map((agentId) => ({ agentId, waits: true, wireSeq: 0, lastSeq: 0 }))),
    forget: (agentId: string) => {
      pending = pending.filter((item) => item.agentId !== agentId)
      waiting.delete(agentId)
      lost.delete(agentId)
    },
    /** Tries a last time to write what is there. */
    stop: () => {
      flush()
      cancelFlush?.()
      cancelRelease?.()
    },
  }
}

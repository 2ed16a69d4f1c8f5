/** The archive as a whole: what comes in goes to the worker, what is asked is answered from what it wrote. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createBell, follow } from './follow.ts'
import type { FromWorker } from './messages.ts'
import { createOutbox } from './outbox.ts'
import { pageOf, selectionOf, selectionOfQuery } from './pages.ts'
import { chooseCleared } from './retention.ts'
import { createSearch } from './search.ts'
import { createThread, startThread, unavailable } from './thread.ts'
import type { Archive, ArchiveLimits, Kept } from './types.ts'

export interface ArchiveOptions {
  home: string
  now: () => Date
  /** Called with what keeps logs from being written, and with null when they are written again. */
  onProblem: (message: string | null) => void
  onRepaired?: (message: string) => void
  limits: ArchiveLimits
  /** How long agents wait for a disk that takes nothing before their output is counted instead of kept. */
  patienceMs?: number
  searchMs?: number
  idleMs?: number
}

const HELD_BYTES = 32 * 1024 * 1024
const MOST_NOTE_LETTERS = 8000
const CLEARED = 'This log was let go of, to make room for newer ones'

export const openArchive = ({
  home,
  now,
  onProblem,
  onRepaired = () => undefined,
  limits,
  patienceMs = 30_000,
  searchMs = 10_000,
  idleMs = 60_000,
}: ArchiveOptions): Archive => {
  const file = join(home, 'data', 'logs.db')
  const committed = new Set<(kept: Kept) => void>()
  const bell = createBell()
  let { perAgentBytes } = limits
  let repaired: string | null = null
  let closing: Promise<void> | undefined

  const hear: {
    [K in Exclude<FromWorker['kind'], 'answer' | 'refusal'>]: (message: Extract<FromWorker, { kind: K }>) => void
  } = {
    kept: ({ kept, upTo }) => {
      outbox.done(upTo)
      for (const one of kept) {
        bell.ring(one.agentId)
        for (const listener of committed) listener(one)
      }
    },
    held: ({ upTo }) => outbox.done(upTo),
    problem: ({ message }) => onProblem(message),
    repaired: ({ message }) => {
      repaired = message
      onRepaired(message)
    },
  }

  const thread = createThread({
    start: () =>
      startThread({
        kind: 'store',
        file,
        startedAt: now().getTime(),
        perAgentBytes,
        patienceMs,
        heldBytes: HELD_BYTES,
      }),
    idleMs,
    unwritten: () => outbox.sent(),
    onHopeless: (upTo, message) => {
      outbox.done(upTo)
      onProblem(`output of agents was lost: ${message}`)
    },
    onMessage: (message) => hear[message.kind](message as never),
  })
  const outbox = createOutbox(thread.batch)

  const isClosed = () => closing !== undefined

  /** After all that was appended before. */
  const ask: typeof thread.ask = (kind, question) => {
    if (isClosed()) return Promise.reject(unavailable('Gantry is stopping'))
    outbox.flush()
    return thread.ask(kind, question)
  }

  const searching = createSearch({
    file,
    start: startThread,
    limitMs: searchMs,
    settle: (agentIds) => ask('settle', { agentIds }),
    standing: (agentId) => ask('read', { selection: selectionOf(agentId, {}, { limit: 0 }), release: true }),
  })

  /** What a box says of the time is not to be believed: nothing happens in the future. */
  const moment = (at: number): number => {
    const latest = now().getTime()
    return Number.isFinite(at) ? Math.trunc(Math.max(0, Math.min(at, latest))) : latest
  }

  const isNumbered = (seq: number) => Number.isSafeInteger(seq) && seq > 0 && !isClosed()

  const fileBytes = (): number =>
    [file, `${file}-wal`].reduce((sum, part) => sum + (statSync(part, { throwIfNoEntry: false })?.size ?? 0), 0)

  const prune: Archive['prune'] = async ({ isEnded, ...next }) => {
    if (next.perAgentBytes !== perAgentBytes) {
      perAgentBytes = next.perAgentBytes
      await ask('limit', { perAgentBytes })
    }
    // No thread is started where there cannot be too much.
    if (fileBytes() <= next.totalBytes) return { cleared: [], shortenedBytes: 0 }
    const agents = await ask('sizes', {})
    const cleared = chooseCleared(agents, next.totalBytes, isEnded)
    for (const agentId of cleared) {
      await ask('clear', { agentId, words: CLEARED })
      bell.ring(agentId)
    }
    return { cleared, shortenedBytes: await shorten(next.totalBytes) }
  }

  /** Everybody who is left still runs: then it is the oldest of all that goes. */
  const shorten = async (totalBytes: number): Promise<number> => {
    const agents = await ask('sizes', {})
    const over = agents.reduce((sum, { bytes }) => sum + bytes, 0) - totalBytes
    for (let gone = 0; ;) {
      if (over - gone <= 0) return gone
      const more = await ask('shorten', { bytes: over - gone })
      if (more === 0) return gone
      gone += more
    }
  }

  const close = async () => {
    outbox.flush()
    bell.ringAll()
    await searching.close()
    await thread.end()
    outbox.close()
  }

  return {
    append: (agentId, chunk) => {
      if (isNumbered(chunk.seq)) outbox.addChunk(agentId, { ...chunk, at: moment(chunk.at) })
    },
    advance: (agentId, seq) => {
      if (isNumbered(seq)) outbox.add({ kind: 'advance', agentId, seq }, 0)
    },
    note: (agentId, words) => {
      const text = words.slice(0, MOST_NOTE_LETTERS)
      if (!isClosed()) outbox.add({ kind: 'note', agentId, at: now().getTime(), text }, text.length)
    },
    ready: outbox.ready,
    position: (agentId) => ask('position', { agentId }),
    onCommitted: (listener) => {
      committed.add(listener)
      return () => void committed.delete(listener)
    },
    page: async (query) => {
      if (query.grep !== undefined && query.grep !== '') return searching.page(query, query.grep)
      return pageOf(await ask('read', { selection: selectionOfQuery(query), release: true }))
    },
    search: searching.search,
    follow: (agentId, from, signal) =>
      follow(
        {
          bell,
          read: (selection) => ask('read', { selection, release: false }),
          startOfTail: (question) => ask('startOfTail', question),
          settle: (id) => ask('settle', { agentIds: [id] }),
          isClosed,
        },
        agentId,
        from,
        signal,
      ),
    poke: (agentId) => bell.ring(agentId),
    remove: async (agentId) => {
      await ask('remove', { agentId })
      bell.ring(agentId)
    },
    sizes: async () => {
      const agents = await ask('sizes', {})
      return { agents, fileBytes: fileBytes(), bytes: agents.reduce((sum, { bytes }) => sum + bytes, 0) }
    },
    prune,
    repaired: () => repaired,
    close: () => (closing ??= close()),
  }
}

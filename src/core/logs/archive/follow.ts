/**
 * Reads a log as it grows. What is read comes from the store and only when it is asked for: a slow reader costs nothing
 * while it does not read, and loses nothing but what was let go of meanwhile, which is counted.
 */
import type { LogBatch } from '../../../contract/index.ts'
import { unpack } from './decode.ts'
import type { Found, Selection } from './messages.ts'
import { selectionOf, streamBits } from './pages.ts'
import type { FollowFrom } from './types.ts'

/** What is read at once: all that is held for a reader, however slow. */
const READ_ENTRIES = 4000
const READ_BYTES = 256 * 1024
/** What is handed over at once: few enough to be taken without holding up anything else. */
const BATCH_ENTRIES = 500

/** Wakes those who wait for something to be written, by agent. */
export const createBell = () => {
  const listeners = new Map<string, Set<() => void>>()
  return {
    ring: (agentId: string) => listeners.get(agentId)?.forEach((listener) => listener()),
    ringAll: () => {
      for (const some of listeners.values()) for (const listener of some) listener()
    },
    on: (agentId: string, listener: () => void) => {
      const some = listeners.get(agentId) ?? new Set()
      listeners.set(agentId, some.add(listener))
      return () => {
        some.delete(listener)
        if (some.size === 0 && listeners.get(agentId) === some) listeners.delete(agentId)
      }
    },
  }
}

export interface FollowDeps {
  bell: ReturnType<typeof createBell>
  read: (selection: Selection) => Promise<Found>
  startOfTail: (question: { agentId: string; tail: number; streams: number }) => Promise<number>
  settle: (agentId: string) => Promise<void>
  isClosed: () => boolean
}

export async function* follow(
  { bell, read, startOfTail, settle, isClosed }: FollowDeps,
  agentId: string,
  { after, tail, streams, isEnded }: FollowFrom,
  signal: AbortSignal | undefined,
): AsyncGenerator<Omit<LogBatch, 'state'>, void, void> {
  let wake = Promise.withResolvers<void>()
  const off = bell.on(agentId, () => wake.resolve())
  const leave = () => wake.resolve()
  signal?.addEventListener('abort', leave)
  const isOver = () => isClosed() || signal?.aborted === true
  try {
    let cursor = after ?? 0
    if (tail !== undefined && !isOver()) {
      cursor = Math.max(cursor, await startOfTail({ agentId, tail, streams: streamBits(streams) }))
    }
    let settled = false
    while (!isOver()) {
      // Before it is read: what is written during the reading rings for the next round.
      wake = Promise.withResolvers()
      const limits = { after: cursor, limit: READ_ENTRIES, bytes: READ_BYTES }
      const found = await read(selectionOf(agentId, { streams }, limits))
      const missed = Math.max(0, (found.first ?? found.last + 1) - 1 - cursor)
      // A cursor behind the end is of a log that is no more: what is new is new all the same.
      cursor = Math.min(Math.max(cursor, found.seen), found.last)
      const entries = unpack(found)
      if (missed > 0) yield { entries: [], missed }
      for (let from = 0; from < entries.length && !isOver(); from += BATCH_ENTRIES) {
        yield { entries: entries.slice(from, from + BATCH_ENTRIES), missed: 0 }
      }
      if (isOver()) return
      if (cursor < found.last) continue
      if (settled) return
      if (isEnded()) {
        // What came last may be on its way yet: after this it can be read.
        await settle(agentId)
        settled = true
        continue
      }
      await wake.promise
    }
  } finally {
    signal?.removeEventListener('abort', leave)
    off()
  }
}

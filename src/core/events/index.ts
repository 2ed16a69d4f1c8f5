/**
 * Owns the one stream of what changed. Services emit after commit; windows, alerts and clients read.
 * Promises order, and that a reader who is away for a while can ask for what it missed.
 * Never waits for a reader: one that is too slow is told how many events it skipped.
 */
import type { GantryEvent, NewEvent } from '../../contract/index.ts'

export interface EventBus {
  emit: (event: NewEvent) => void
  on: (listener: (event: GantryEvent) => void) => () => void
  watch: (which: Watch, signal?: AbortSignal) => AsyncGenerator<GantryEvent, void, void>
}

export interface Watch {
  /** Also those after this one, as far as they are kept. */
  since?: number | undefined
  isWanted: (event: GantryEvent) => boolean
}

const KEPT = 1000
const READER_LIMIT = 1000

export const createEventBus = (now: () => Date): EventBus => {
  const listeners = new Set<(event: GantryEvent) => void>()
  const recent: GantryEvent[] = []
  // From the clock, so that a reader who remembers the run before is sent all of this one.
  const firstId = now().getTime() + 1
  let lastId = firstId - 1

  const emit = (event: NewEvent) => {
    lastId += 1
    const complete = { id: lastId, at: now().toISOString(), ...event } as GantryEvent
    recent.push(complete)
    if (recent.length > KEPT) recent.shift()
    for (const listener of listeners) listener(complete)
  }

  const on = (listener: (event: GantryEvent) => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  const notice = (id: number, count: number): GantryEvent => ({
    id,
    at: now().toISOString(),
    type: 'events.skipped',
    count,
  })

  /** Those kept that came after, led by how many are not kept any more. Zero asks for whatever there is. */
  const missedSince = (since: number, isWanted: Watch['isWanted']): GantryEvent[] => {
    const oldest = recent[0]?.id ?? lastId + 1
    const kept = recent.filter((event) => (since > lastId || event.id > since) && isWanted(event))
    const lost = since >= firstId ? oldest - since - 1 : 0
    return lost > 0 ? [notice(oldest - 1, lost), ...kept] : kept
  }

  async function* watch({ since, isWanted }: Watch, signal?: AbortSignal): AsyncGenerator<GantryEvent, void, void> {
    const queue = since === undefined ? [] : missedSince(since, isWanted)
    let skipped = 0
    let wake = Promise.withResolvers<void>()
    const off = on((event) => {
      if (!isWanted(event)) return
      if (queue.length < READER_LIMIT) queue.push(event)
      else skipped += 1
      wake.resolve()
    })
    const onAbort = () => wake.resolve()
    signal?.addEventListener('abort', onAbort)
    try {
      while (signal?.aborted !== true) {
        const event = queue.shift()
        if (event !== undefined) {
          yield event
        } else if (skipped > 0) {
          const count = skipped
          skipped = 0
          yield notice(lastId, count)
        } else {
          await wake.promise
          wake = Promise.withResolvers()
        }
      }
    } finally {
      off()
      signal?.removeEventListener('abort', onAbort)
    }
  }

  return { emit, on, watch }
}

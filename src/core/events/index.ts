/**
 * Owns the one stream of what changed. Services emit after commit; windows, alerts and clients read.
 * Promises order, and that a reader who is away for a while can ask for what it missed.
 * Never waits for a reader: one that is too slow is told how many events it skipped.
 */
import type { EventType, GantryEvent, NewEvent } from '../../contract/index.ts'

export interface EventBus {
  emit: (event: NewEvent) => void
  on: (listener: (event: GantryEvent) => void) => () => void
  watch: (
    filter: { since?: number | undefined; types?: readonly string[] | undefined },
    signal?: AbortSignal,
  ) => AsyncGenerator<GantryEvent, void, void>
}

const KEPT = 1000
const READER_LIMIT = 1000

export const createEventBus = (now: () => Date): EventBus => {
  const listeners = new Set<(event: GantryEvent) => void>()
  const recent: GantryEvent[] = []
  let lastId = 0

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

  /** A reader from another run of Gantry may know a higher id than there is: it is sent everything kept. */
  const missedSince = (since: number) => recent.filter((event) => since > lastId || event.id > since)

  async function* watch(
    { since, types }: { since?: number | undefined; types?: readonly string[] | undefined },
    signal?: AbortSignal,
  ): AsyncGenerator<GantryEvent, void, void> {
    const wanted = types === undefined ? undefined : new Set<string>(types)
    const isWanted = ({ type }: GantryEvent) => wanted?.has(type satisfies EventType) ?? true
    const queue = since === undefined ? [] : missedSince(since).filter(isWanted)
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
          yield { id: lastId, at: now().toISOString(), type: 'events.skipped', count }
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

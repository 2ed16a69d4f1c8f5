/** Keeps the queries true while the page is seen: reads the event stream, and nothing at all while it is hidden. */
import type { QueryClient, QueryKey } from '@tanstack/react-query'
import type { GantryClient, GantryEvent } from '../contract/index.ts'
import { connection } from './connection.ts'
import { toFailure } from './errors.ts'
import { AFFECTED, operationKey } from './events.ts'
import { pause, whenVisible } from './visibility.ts'

const EVERYTHING: QueryKey = []
const AGAIN_MS = [250, 1000, 2000, 5000]

/**
 * The first event is acted on at once; those that come while its queries are fetched wait for them, together.
 * So a burst neither starves a query by restarting it nor asks once for every event.
 */
const createInvalidator = (queries: QueryClient) => {
  const pending = new Map<string, QueryKey>()
  let running = false

  const run = async () => {
    running = true
    while (pending.size > 0) {
      const keys = [...pending.values()]
      pending.clear()
      await Promise.allSettled(
        keys.map((queryKey) =>
          queries.invalidateQueries({
            queryKey,
            // Asking again for what is forbidden would be recorded, which is an event, which would ask again.
            predicate: (query) => query.state.error === null || toFailure(query.state.error).code !== 'E_FORBIDDEN',
          }),
        ),
      )
    }
    running = false
  }

  return (keys: readonly QueryKey[]) => {
    for (const key of keys) pending.set(JSON.stringify(key), key)
    if (!running) void run()
  }
}

const keysOf = (event: GantryEvent): readonly QueryKey[] => {
  const affected = AFFECTED[event.type]
  return affected === 'everything' ? [EVERYTHING] : affected.map(operationKey)
}

export interface LiveDeps {
  client: GantryClient
  queries: QueryClient
  onRefused: (error: unknown) => void
}

export const keepLive = async ({ client, queries, onRefused }: LiveDeps, signal: AbortSignal): Promise<void> => {
  const invalidate = createInvalidator(queries)
  let since: number | undefined
  let interrupted = false
  let failures = 0

  while (!signal.aborted) {
    const visible = await whenVisible(signal)
    try {
      const stream = await client.events.watch(since === undefined ? {} : { since }, { signal: visible })
      connection.set('open')
      failures = 0
      if (interrupted) invalidate([EVERYTHING])
      for await (const event of stream) {
        since = event.id
        invalidate(keysOf(event))
      }
    } catch (error) {
      if (!visible.aborted) onRefused(error)
    }
    interrupted = true
    if (visible.aborted) continue
    if (connection.get() === 'open') connection.set('lost')
    await pause(AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] ?? 5000, visible)
    failures += 1
  }
}

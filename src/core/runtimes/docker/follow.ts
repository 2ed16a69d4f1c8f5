/**
 * Follows what the engine says happens to our boxes. When the engine goes away it is tried again, ever more slowly; when
 * it is back, whatever ended meanwhile is found and told.
 */
import { z } from 'zod'
import type { Client } from './client.ts'
import { OWNER_LABEL } from './labels.ts'

const EngineEvent = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).default({}) }),
})
export type EngineEvent = z.infer<typeof EngineEvent>

/** What can happen to a box that somebody else has to know. Podman calls `remove` what is `destroy` to Docker. */
const ACTIONS = ['die', 'destroy', 'remove', 'oom', 'pause', 'unpause']

export interface FollowDeps {
  client: Client
  owner: string
  onEvent: (event: EngineEvent) => Promise<void>
  onAway: (thrown: unknown) => void
  /** Connected, for the first time or again. */
  onConnected: (isAgain: boolean) => Promise<void>
  delay: (ms: number, signal: AbortSignal) => Promise<void>
  now: () => Date
}

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 10_000
/** An engine that says nothing before the first event is taken at its word after this. */
const SILENCE_MS = 1_000
const LONGEST_LINE = 1024 ** 2

export const followEngine = (deps: FollowDeps): { stop: () => Promise<void> } => {
  const life = new AbortController()
  const done = follow(deps, life.signal).catch(() => undefined)
  return {
    stop: async () => {
      life.abort()
      await done
    },
  }
}

const follow = async (deps: FollowDeps, signal: AbortSignal): Promise<void> => {
  let wait = FIRST_WAIT_MS
  for (let connections = 0; !signal.aborted;) {
    try {
      await deps.client.greet(signal)
      await listen(deps, signal, async () => {
        await deps.onConnected(connections > 0)
        connections += 1
        wait = FIRST_WAIT_MS
      })
      throw new Error('the engine ended its events')
    } catch (thrown) {
      if (signal.aborted) return
      deps.onAway(thrown)
      await deps.delay(wait, signal)
      wait = Math.min(wait * 2, LONGEST_WAIT_MS)
    }
  }
}

/** Returns or throws when the engine says no more. */
const listen = async (deps: FollowDeps, signal: AbortSignal, onConnected: () => Promise<void>): Promise<void> => {
  const turn = new AbortController()
  const stop = () => turn.abort()
  signal.addEventListener('abort', stop, { once: true })
  const filters = { type: ['container'], event: ACTIONS, label: [`${OWNER_LABEL}=${deps.owner}`] }
  try {
    const query = { filters: JSON.stringify(filters) }
    const answer = deps.client.stream('tell its events', '/events', query, turn.signal, 'whenever')
    // Met below; until then others may fail first.
    answer.catch(() => undefined)
    await Promise.race([answer, deps.delay(SILENCE_MS, turn.signal)])
    await onConnected()
    for await (const event of eventsOf(await answer)) await deps.onEvent(event)
  } finally {
    turn.abort()
    signal.removeEventListener('abort', stop)
  }
}

async function* eventsOf(source: AsyncIterable<Buffer | string>): AsyncGenerator<EngineEvent, void, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of source) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_LINE) throw new Error('the engine sent no events')
    for (const line of lines) {
      if (line.trim() === '') continue
      const event = EngineEvent.safeParse(JSON.parse(line))
      if (event.success) yield event.data
    }
  }
}

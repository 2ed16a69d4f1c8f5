/** Who lives right now, and whose turn it is. Whatever happens to one agent happens one after the other. */
import { type AgentPorts, settled } from './ports.ts'
import type { Session } from './session.ts'

export interface Life {
  controller: AbortController
  session: Session | undefined
  lastActivityAt: number
  /** It was found frozen, and has not been told yet that we are back. */
  unresumed: boolean
}

export interface LifeBookDeps {
  archive: AgentPorts['archive']
  now: () => Date
  log: { error: (fields: object, message: string) => void }
}

/** What is on its way into the archive is waited for this long. */
export const DRAIN_MS = 5_000

export const createLifeBook = ({ archive, now, log }: LifeBookDeps) => {
  const lives = new Map<string, Life>()
  const turns = new Map<string, Promise<unknown>>()
  const kept = new Map<string, { seq: number; wake: PromiseWithResolvers<void> }>()
  let stopped = false

  const stopListening = archive.onCommitted(({ agentId, wireSeq }) => {
    lives.get(agentId)?.session?.wire.committed(wireSeq)
    const waiting = kept.get(agentId)
    if (waiting !== undefined && wireSeq >= waiting.seq) waiting.wake.resolve()
  })

  const inTurn = <T>(id: string, task: () => Promise<T>): Promise<T> => {
    const result = (turns.get(id) ?? Promise.resolve()).then(task, task)
    const quiet = result.catch(() => undefined).finally(() => turns.get(id) === quiet && turns.delete(id))
    turns.set(id, quiet)
    return result
  }

  const begin = (id: string): Life => {
    const life = lives.get(id) ?? {
      controller: new AbortController(),
      session: undefined,
      lastActivityAt: now().getTime(),
      unresumed: false,
    }
    lives.set(id, life)
    return life
  }

  /** Output that was seen is in the archive, or at least on its way there: a slow disk holds up no end. */
  const untilKept = async (id: string, seq: number) => {
    if ((await archive.position(id)) >= seq) return
    const wake = Promise.withResolvers<void>()
    kept.set(id, { seq, wake })
    try {
      if ((await archive.position(id)) < seq) await settled(wake.promise, DRAIN_MS).catch(() => undefined)
    } finally {
      kept.delete(id)
    }
  }

  const lost = (id: string, thrown: unknown) =>
    log.error(
      { agent: id, cause: thrown instanceof Error ? thrown.stack : String(thrown) },
      'an agent could not be looked after',
    )

  return {
    lives,
    inTurn,
    begin,
    untilKept,
    lost,
    isStopped: () => stopped,
    /** Lets go of everything; boxes go on and are found again. */
    stop: async () => {
      stopped = true
      for (const { session } of lives.values()) session?.wire.close()
      await Promise.allSettled([...turns.values()].map((turn) => settled(turn, DRAIN_MS)))
      stopListening()
      lives.clear()
    },
  }
}

export type LifeBook = ReturnType<typeof createLifeBook>

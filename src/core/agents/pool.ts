/**
 * Boxes that are ready: made and wired, never given anything of anybody. A kind of box is kept ready while agents of
 * its template are being started, and not at all while the machine is short of memory.
 */
import { freemem, totalmem } from 'node:os'
import type { AgentTemplate, RuntimeName } from '../../contract/index.ts'
import { AgentLimits } from '../../contract/index.ts'
import { type AgentPorts, type Box, settled } from './ports.ts'
import { type Session, openSession } from './session.ts'

export interface PoolDeps extends Pick<AgentPorts, 'runtimes' | 'archive' | 'createWire'> {
  isOn: () => boolean
  now: () => Date
  newId: () => string
  log: { warn: (fields: object, message: string) => void }
  isShort?: () => boolean
}

interface Kind {
  template: string
  runtime: RuntimeName
  image: string
}

interface Shelf extends Kind {
  wanted: number
  limits: AgentTemplate['limits']
  ready: Session[]
  /** Being made right now. */
  coming: number
  lastUsedAt: number
}

/** Nobody started one for this long: then nobody is about to. */
const KEPT_MS = 15 * 60_000
const GREETING_MS = 30_000
/** A warm box is thrown away and made anew after this: it must not outlive what is written on it. */
const BOX_LIFE_MS = 24 * 3_600_000

const memoryIsShort = () => freemem() < Math.max(512 * 1024 ** 2, totalmem() * 0.08)

export const createPool = ({
  runtimes,
  archive,
  createWire,
  isOn,
  now,
  newId,
  log,
  isShort = memoryIsShort,
}: PoolDeps) => {
  const shelves = new Map<string, Shelf>()
  const made = new Set<string>()
  const stopping = new AbortController()
  let stopped = false
  let work: Promise<void> = Promise.resolve()

  const keyOf = ({ template, runtime, image }: Kind) => `${runtime} ${template} ${image}`

  const make = async (shelf: Shelf) => {
    const boxId = newId()
    made.add(boxId)
    const limits = AgentLimits.parse(shelf.limits)
    let box: Box | undefined
    try {
      box = await runtimes.get(shelf.runtime).open(
        {
          boxId,
          image: shelf.image,
          limits: {
            cpus: limits.cpus,
            memoryBytes: limits.memoryMb * 1024 ** 2,
            pids: limits.pids,
            diskBytes: limits.diskMb * 1024 ** 2,
          },
          network: 'none',
          expiresAt: now().getTime() + BOX_LIFE_MS,
        },
        { signal: stopping.signal },
      )
      const session = await openSession(box, 0, undefined, { archive, createWire })
      await settled(session.greeted, GREETING_MS)
      // The shelf may have been cleared meanwhile.
      if (stopped || shelves.get(keyOf(shelf)) !== shelf) throw new Error('it is not wanted any more')
      void session.closed.then(() => drop(shelf, session))
      shelf.ready.push(session)
    } catch (thrown) {
      await box?.end(0).catch(() => undefined)
      made.delete(boxId)
      // Tried again when the next agent of the kind is started.
      shelf.wanted = 0
      log.warn({ template: shelf.template, cause: String(thrown) }, 'no box could be kept ready')
    } finally {
      shelf.coming -= 1
    }
  }

  const drop = (shelf: Shelf, session: Session) => {
    const index = shelf.ready.indexOf(session)
    if (index === -1) return
    shelf.ready.splice(index, 1)
    made.delete(session.box.boxId)
  }

  const empty = async (shelf: Shelf) => {
    const sessions = shelf.ready.splice(0)
    await Promise.allSettled(
      sessions.map(async ({ box, wire }) => {
        wire.close()
        await box.end(0)
        made.delete(box.boxId)
      }),
    )
  }

  /** One at a time: keeping boxes ready must not slow down who is starting one. */
  const refill = () => {
    work = work.then(async () => {
      for (const shelf of shelves.values()) {
        while (!stopped && isOn() && !isShort() && shelf.ready.length + shelf.coming < shelf.wanted) {
          shelf.coming += 1
          await make(shelf)
        }
      }
    })
  }

  return {
    /** One that is ready, or none. Nobody else gets the same. */
    take: (kind: Kind): Session | undefined => {
      const session = shelves.get(keyOf(kind))?.ready.shift()
      if (session !== undefined) made.delete(session.box.boxId)
      return session
    },
    /** An agent of this kind was started: more may follow. */
    used: (kind: Kind, template: Pick<AgentTemplate, 'warm' | 'limits'>) => {
      if (template.warm === 0) return
      const key = keyOf(kind)
      const shelf = shelves.get(key) ?? {
        ...kind,
        limits: template.limits,
        ready: [],
        coming: 0,
        wanted: 0,
        lastUsedAt: 0,
      }
      shelves.set(key, shelf)
      shelf.wanted = template.warm
      shelf.lastUsedAt = now().getTime()
      refill()
    },
    /** Called now and then. */
    tidy: () => {
      for (const [key, shelf] of shelves) {
        if (isOn() && !isShort() && now().getTime() - shelf.lastUsedAt < KEPT_MS) continue
        shelves.delete(key)
        void empty(shelf)
      }
    },
    boxIds: (): string[] => [...made],
    sizes: () =>
      [...shelves.values()].map(({ template, runtime, ready }) => ({ template, runtime, ready: ready.length })),
    stop: async () => {
      stopped = true
      stopping.abort()
      await work
      await Promise.all([...shelves.values()].map(empty))
      shelves.clear()
    },
  }
}

export type WarmPool = ReturnType<typeof createPool>

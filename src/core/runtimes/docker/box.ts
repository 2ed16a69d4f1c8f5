/** One box: a container of ours, and the one link that is open into it. */
import type Docker from 'dockerode'
import type { Duplex } from 'node:stream'
import { GantryError } from '../../../contract/index.ts'
import type { Box, BoxState, IsolationCheck } from '../types.ts'
import type { Engine } from './engine.ts'
import { statusOf } from './errors.ts'
import { engineTime, readStderr } from './asking.ts'
import { endBox } from './ending.ts'
import { joinOutput } from './join.ts'
import { kernelChecks } from './kernel.ts'
import { keptLines } from './kept-output.ts'
import { liveOutput } from './live.ts'
import { type OwnedLink, createLink } from './link.ts'
import { changeLimits } from './limits.ts'
import { type Inspected, checks } from './profile.ts'
import type { Known } from './registry.ts'
import { goneState, inspectBox, isOver, stateFrom } from './state.ts'
import { createStatsReader } from './stats.ts'
import { createTail } from './tail.ts'

export interface BoxDeps {
  client: Engine
  known: Known
  command: readonly string[]
  seccomp: string
  delay: (ms: number, signal?: AbortSignal) => Promise<void>
  report: (fields: object, message: string) => void
}

export interface OwnedBox extends Box {
  letGo: () => void
}

/** How long what a box wrote last is waited for before the engine forgets it. */
const READ_MS = 5_000
const ENDED_MS = 10_000

/** `fresh` is the connection that was made before the box was started, so that not a byte is missing. */
export const createBox = (deps: BoxDeps, made: Inspected, fresh: Duplex | undefined): OwnedBox => {
  const { client, known, delay } = deps
  const { boxId } = known
  const ref = made.Id
  const tail = createTail()
  const readStats = createStatsReader()
  let first = fresh
  let link: OwnedLink | undefined
  let startedAt: number | undefined
  let ending: Promise<Awaited<ReturnType<Box['end']>>> | undefined

  const gone = () => new GantryError('E_NOT_FOUND', 'The box is not there any more.', { hint: 'Its agent has ended.' })

  const look = async (): Promise<Inspected> => {
    const inspected = await inspectBox(client, ref)
    if (inspected === undefined) throw gone()
    return inspected
  }

  const state = async (): Promise<BoxState> => {
    const inspected = await inspectBox(client, ref)
    return known.saw(inspected === undefined ? goneState(boxId) : stateFrom(boxId, inspected))
  }

  /** Resolves with nothing when the box has ended. A frozen box is attached to when it wakes. */
  const attach = async (signal: AbortSignal): Promise<Duplex | undefined> => {
    for (;;) {
      signal.throwIfAborted()
      const before = await state()
      if (isOver(before)) return undefined
      if (before.status !== 'paused') {
        const socket = await attachTo(client, ref)
        if (socket !== 'frozen') {
          // One that has just ended is attached to as well, and never says anything.
          if (!isOver(await state())) return socket
          socket.destroy()
          return undefined
        }
      }
      await untilChanged(signal)
    }
  }

  const untilChanged = async (signal: AbortSignal) => {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([known.nextChange(), aborted])
  }

  const hasEnded = async (signal: AbortSignal): Promise<boolean> => {
    if (!isOver(await state().catch(known.state))) {
      await Promise.race([known.ended, delay(ENDED_MS, signal).catch(() => undefined)])
    }
    return state().then(isOver, () => false)
  }

  const readKept = async function* (signal: AbortSignal) {
    const query = { stdout: true, stderr: false, timestamps: true, follow: false }
    // A box that was removed has nothing left to tell.
    const answer = await client
      .stream('tell what a box wrote', `/containers/${ref}/logs`, query, signal)
      .catch(orNothing)
    if (answer !== undefined) yield* keptLines(answer, client.product)
  }

  const connect = async () => {
    link?.close()
    const over = new AbortController()
    const isFirst = first !== undefined
    // Read before it is attached to. It also tells whoever connects whether the engine is there at all.
    const since = isFirst ? 0 : await engineTime(client)
    const attached = first === undefined ? attach(over.signal) : Promise.resolve(first)
    const live = (socket: Duplex) => liveOutput(socket, { known, delay, onStderr: tail.add })
    first = undefined
    const opened = createLink({
      attached,
      output: async function* () {
        if (isFirst) {
          const socket = await attached
          if (socket !== undefined) yield* live(socket)
          return
        }
        yield* joinOutput({
          readKept: () => readKept(over.signal),
          attach: async () => {
            const socket = await attached
            return socket === undefined ? undefined : { output: live(socket), since }
          },
          hasEnded: () => hasEnded(over.signal),
          delay: (ms) => delay(ms, over.signal),
        })
      },
      onBroken: (thrown) => deps.report({ box: boxId, cause: String(thrown) }, 'the wire into a box broke'),
      onClose: () => over.abort(),
    })
    link = opened
    return opened
  }

  const untilRead = async () => {
    if (link === undefined || !link.isRead()) return
    const stop = new AbortController()
    await Promise.race([link.finished, delay(READ_MS, stop.signal).catch(() => undefined)])
    stop.abort()
  }

  const end = async (graceMs: number) => {
    const proof = await endBox({ client, boxId, ref, graceMs, delay, untilRead, saw: known.saw, ended: known.ended })
    // Nobody will read from it.
    first?.destroy()
    first = undefined
    return proof
  }

  const freeze = async (what: string, run: (container: Docker.Container, options: object) => Promise<unknown>) => {
    try {
      await client.call(what, (docker, abortSignal) => run(docker.getContainer(ref), { abortSignal }), 'act')
    } catch (thrown) {
      // Asked for twice, or ended meanwhile: what counts is how it is now, and its state says.
      const status = thrown instanceof Error ? statusOf(thrown.cause) : undefined
      if (status === undefined || ![304, 404, 409, 500].includes(status)) throw thrown
      const now = await state()
      if (isOver(now)) throw ended()
      if ((now.status === 'paused') !== (what === 'pause a box')) throw thrown
    }
    await state()
  }

  const ended = () => new GantryError('E_CONFLICT', 'The box has ended.', { hint: 'The agent’s state says how.' })

  return {
    boxId,
    runtime: 'docker',
    ref,
    connect,
    state,
    pause: () => freeze('pause a box', (container, options) => container.pause(options)),
    resume: () => freeze('wake a box', (container, options) => container.unpause(options)),
    end: (graceMs) => (ending ??= end(graceMs).finally(() => (ending = undefined))),
    stats: async () => {
      const options = { stream: false, 'one-shot': true } as const
      const stats = await client.call('measure a box', (docker, abortSignal) =>
        docker.getContainer(ref).stats({ ...options, abortSignal } as typeof options),
      )
      // The engine tells nothing of one that is not there.
      if (!(Date.parse(stats.read) > 0)) throw ended()
      startedAt ??= Date.parse((await look()).State.StartedAt)
      return readStats(stats, startedAt)
    },
    isolation: async (): Promise<IsolationCheck[]> => {
      const inspected = await look()
      const kernel = await kernelChecks(inspected.State.Pid, inspected.Id)
      return [...checks(inspected, client.product), ...kernel]
    },
    lastOutput: async () => {
      const kept = await readStderr(client, ref)
      return kept === '' ? tail.text() : kept
    },
    setLimits: (limits) => changeLimits(deps, look, limits),
    letGo: () => {
      first?.destroy()
      link?.close()
    },
  }
}

const orNothing = (thrown: unknown): undefined => {
  if (thrown instanceof Error && statusOf(thrown.cause) === 404) return undefined
  throw thrown
}

/** Some engines attach to nothing that is frozen. */
export const attachTo = async (client: Engine, ref: string): Promise<Duplex | 'frozen'> => {
  try {
    return await client.attach(ref)
  } catch (thrown) {
    if (/paused/.test(thrown instanceof Error ? thrown.message : '')) return 'frozen'
    throw thrown
  }
}

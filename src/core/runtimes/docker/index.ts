/**
 * Owns the boxes that are containers: how they are made, wired, watched and ended, on Docker or Podman.
 * Promises that each is closed in as the profile says, read back after making, or is removed again.
 * Never decides which image a box gets or what runs in it, and never touches a container that is not this Gantry's.
 */
import { GantryError, type RuntimeStatus } from '../../../contract/index.ts'
import type { Runtime, RuntimeEvent } from '../types.ts'
import { type OwnedBox, attachTo, createBox } from './box.ts'
import { CALL_LIMITS, type CallLimits } from './client.ts'
import { type Engine, createEngineFinder } from './engine.ts'
import { followEngine } from './follow.ts'
import { BOX_LABEL, OWNER_LABEL, boxName, labelFilter } from './labels.ts'
import { makeBox } from './make.ts'
import type { Surroundings } from './places.ts'
import { type Known, createRegistry } from './registry.ts'
import { inspectBox, stateFrom } from './state.ts'
import { createWatch } from './watch.ts'

export type { Engine } from './engine.ts'

export interface DockerDeps {
  /** Whose boxes these are: another data folder has other boxes on the same engine. */
  owner: string
  around: Surroundings
  /** The profile of system calls, as JSON text, and the file it lies in: Podman reads it there itself. */
  seccomp: string
  seccompFile?: string
  /** What runs in a box. */
  command?: readonly string[]
  now: () => Date
  /** Rejects when the signal aborts. */
  delay: (ms: number, signal?: AbortSignal) => Promise<void>
  log: { warn: (fields: object, message: string) => void }
  limits?: Partial<CallLimits>
}

export type DockerRuntime = Runtime & {
  /** The engine that is used, for what else needs it: images. Throws where there is none. */
  engine: () => Promise<Engine>
}

/** Podman closes the input of a container when whoever wrote to it goes. */
const LIMITS_OF = { Docker: '', Podman: '; agents end when Gantry does, and none are kept ready' }

const INSIDE = ['/usr/local/bin/node', '/opt/gantry/agent.mjs']

export const createDockerRuntime = (deps: DockerDeps): DockerRuntime => {
  const { owner, command = INSIDE, now, delay, log } = deps
  // Without the white space of the file: it goes over the wire with every box.
  const seccomp = JSON.stringify(JSON.parse(deps.seccomp))
  const listeners = new Set<(event: RuntimeEvent) => void>()
  const boxes = new Map<string, OwnedBox>()
  let follower: ReturnType<typeof followEngine> | undefined
  let isAway = false
  let stopped = false

  const emit = (event: RuntimeEvent) => {
    for (const listener of listeners) listener(event)
  }
  const registry = createRegistry({
    onEnded: (state) => emit({ type: 'ended', boxId: state.boxId, state }),
    onGone: (boxId) => void boxes.delete(boxId),
  })

  const watch = createWatch({ owner, registry, now, delay, log })

  const finder = createEngineFinder({
    around: deps.around,
    limits: { ...CALL_LIMITS, ...deps.limits },
    onFound: (engine) => {
      if (stopped) return
      follower = followEngine({
        client: engine,
        owner,
        delay,
        now,
        onEvent: (event) => watch.hear(engine, event),
        onAway: () => {
          if (isAway) return
          isAway = true
          emit({ type: 'away' })
        },
        onConnected: async () => {
          const wasAway = isAway
          isAway = false
          if (wasAway) emit({ type: 'back' })
          await watch.compare(engine)
        },
      })
    },
  })

  const seccompFor = ({ product, version }: Engine): string => {
    if (product === 'Docker') return seccomp
    if (deps.seccompFile !== undefined) return deps.seccompFile
    throw new GantryError('E_UNAVAILABLE', `${product} ${version} cannot be given Gantry’s list of system calls.`, {
      hint: 'Use Docker, or the sandbox.',
    })
  }

  const boxDeps = (engine: Engine, known: Known) => ({
    client: engine,
    known,
    command,
    seccomp,
    delay,
    report: (fields: object, message: string) => log.warn(fields, message),
  })

  const open: Runtime['open'] = async (spec, { signal, progress }) => {
    if (stopped) throw new GantryError('E_UNAVAILABLE', 'Gantry is stopping.')
    signal.throwIfAborted()
    const engine = await finder.get()
    progress?.('Making the box')
    const wanted = { product: engine.product, spec, command, seccomp: seccompFor(engine) }
    const made = await makeBox(engine, owner, wanted, signal)
    try {
      const isFresh = made.State.Status === 'created'
      // Before it is started, so that not a byte is missed.
      const socket = isFresh ? await attachTo(engine, made.Id) : undefined
      const fresh = socket === 'frozen' ? undefined : socket
      const known = registry.know(stateFrom(spec.boxId, made))
      const box = createBox(boxDeps(engine, known), made, fresh)
      boxes.get(spec.boxId)?.letGo()
      boxes.set(spec.boxId, box)
      // One that has ended already is not run a second time.
      if (isFresh) {
        progress?.('Starting the box')
        await start(engine, made.Id, signal)
      }
      await box.state()
      signal.throwIfAborted()
      return box
    } catch (thrown) {
      await discard(engine, made.Id, spec.boxId)
      throw thrown
    }
  }

  const start = (engine: Engine, ref: string, signal: AbortSignal) =>
    engine.call(
      'start a box',
      (docker, abortSignal) => docker.getContainer(ref).start({ abortSignal } as object),
      'act',
      signal,
    )

  /** Nobody got it, so nobody would end it. */
  const discard = async (engine: Engine, ref: string, boxId: string) => {
    boxes.get(boxId)?.letGo()
    boxes.delete(boxId)
    try {
      await engine.call(
        'remove a box',
        (docker, abortSignal) => docker.getContainer(ref).remove({ force: true, v: true, abortSignal } as object),
        'act',
      )
    } catch (thrown) {
      log.warn({ box: boxId, cause: String(thrown) }, 'a box that did not start could not be removed')
    }
  }

  const find: Runtime['find'] = async (boxId) => {
    const engine = await finder.get()
    const inspected = await inspectBox(engine, boxName(owner, boxId))
    if (inspected === undefined || inspected.Config.Labels[OWNER_LABEL] !== owner) return undefined
    const known = registry.know(stateFrom(boxId, inspected))
    const before = boxes.get(boxId)
    if (before?.ref === inspected.Id) return before
    before?.letGo()
    const box = createBox(boxDeps(engine, known), inspected, undefined)
    boxes.set(boxId, box)
    return box
  }

  const listIds = async (engine: Engine): Promise<string[]> => {
    const options = { all: true, filters: labelFilter(owner) }
    const found = await engine.call('list boxes', (docker, abortSignal) =>
      docker.listContainers({ ...options, abortSignal }),
    )
    return found.map(({ Labels }) => Labels[BOX_LABEL]).filter((id) => id !== undefined)
  }

  const list: Runtime['list'] = async () => {
    const engine = await finder.get()
    const states = await Promise.all(
      (await listIds(engine)).map(async (boxId) => {
        const inspected = await inspectBox(engine, boxName(owner, boxId))
        return inspected === undefined ? undefined : registry.know(stateFrom(boxId, inspected)).state()
      }),
    )
    return states.filter((state) => state !== undefined)
  }

  const status = async (): Promise<RuntimeStatus> => {
    try {
      const engine = await finder.get()
      const { product, version } = await engine.greet()
      const detail = `${product} at ${engine.place.host}, ${engine.place.why}${LIMITS_OF[product]}`
      const count = (await listIds(engine)).length
      return { name: 'docker', available: true, reason: null, version, detail, boxes: count }
    } catch (thrown) {
      const { message, hint } = thrown instanceof GantryError ? thrown : { message: String(thrown), hint: undefined }
      const place = finder.current()?.place
      const detail = place === undefined ? 'Docker or Podman' : `${place.host}, ${place.why}`
      const reason = [message, hint].filter((words) => words !== undefined).join(' ')
      return { name: 'docker', available: false, reason, version: null, detail, boxes: registry.running().length }
    }
  }

  return {
    name: 'docker',
    engine: finder.get,
    status,
    open,
    find,
    list,
    on: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop: async () => {
      stopped = true
      listeners.clear()
      for (const box of boxes.values()) box.letGo()
      boxes.clear()
      const followed = follower?.stop()
      // Ends what is still asked: nobody waits for an engine that hangs.
      await finder.close()
      await followed
      registry.clear()
    },
  }
}

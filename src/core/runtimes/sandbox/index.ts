/**
 * Owns the boxes that need nothing installed but bubblewrap (Linux) or what macOS brings: how they are made, and found again.
 * Promises that each is closed in before its program starts, or is ended; and that each outlives the Gantry that made it.
 * Never starts a box without its sandbox: where there is none, it says why.
 */
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { GantryError, type RuntimeStatus } from '../../../contract/index.ts'
import {
  FILES,
  type Facts,
  type Plan,
  type Processes,
  isAlive,
  processesOf,
  writeWhole,
} from '../../../supervisor/index.ts'
import type { Box, BoxState, Runtime, RuntimeEvent } from '../types.ts'
import { createBox } from './box.ts'
import type { SandboxDeps } from './deps.ts'
import { createFolders } from './folders.ts'
import { type Ground, Missing } from './ground.ts'
import { type Holder, createHolder } from './holders.ts'
import { type Seen, closedInChecks, lookAt } from './isolation.ts'
import { planOf } from './plan.ts'
import { createProber } from './probe.ts'
import { createRecords } from './records.ts'
import { lastOutputOf, startSupervisor } from './start.ts'

export type { SandboxDeps } from './deps.ts'

const LOOKS_IN_A_ROW = 8

/** What the kernel says of the program that is about to start. Undefined where it has ended already. */
const seenOf = ({ main, init }: Facts, processes: Processes): Seen | undefined => {
  try {
    if (main !== null) return lookAt(main.pid)
  } catch (cause) {
    if (isAlive(processes, main)) throw cause
  }
  if (main === null && isAlive(processes, init)) throw new Error('its program is not to be found')
  return undefined
}

/** Fails closed: what was asked for does not count, only what is seen. */
const refuseOpenBox = (facts: Facts, processes: Processes): void => {
  const seen = seenOf(facts, processes)
  const open = seen === undefined ? [] : closedInChecks(seen).filter(({ ok }) => !ok)
  if (open.length === 0) return
  const list = open.map(({ name, value }) => `${name}: ${value}`).join('; ')
  throw new GantryError('E_RUNTIME', `The sandbox is not closed as it has to be, so it was ended. ${list}.`, {
    hint: 'Report this: it must not happen.',
  })
}

const describeGround = (ground: Ground): string => {
  if (ground.kind === 'seatbelt') return `${ground.program}, which nobody has tried with Gantry yet`
  const version = ground.groups?.('x').version
  const limits = version === undefined ? 'limits of processes, watched' : `control groups version ${version}`
  return `${ground.program}, ${limits}`
}

export const createSandboxRuntime = (deps: SandboxDeps): Runtime => {
  const { home, materials, now, delay } = deps
  const platform = deps.platform ?? process.platform
  const processes = processesOf(platform)
  const folders = createFolders(home)
  const records = createRecords({ processes, now })
  const prober = createProber(deps)
  const listeners = new Set<(event: RuntimeEvent) => void>()
  const boxes = new Map<string, { box: Box; holder: Holder }>()

  const emit = (event: RuntimeEvent): void => {
    for (const listener of listeners) listener(event)
  }

  const hold = (boxId: string): { box: Box; holder: Holder } => {
    const kept = boxes.get(boxId)
    if (kept !== undefined) return kept
    const folder = folders.of(boxId)
    const onEnded = (state: BoxState) => emit({ type: 'ended', boxId, state })
    const holder = createHolder({ boxId, folder, records, delay, onEnded })
    const onGone = () => void boxes.delete(boxId)
    const box = createBox({ boxId, folder, holder, records, processes, now, delay, onGone })
    const made = { box, holder }
    boxes.set(boxId, made)
    return made
  }

  /** One that nobody carries out. */
  const forget = (boxId: string): void => {
    folders.remove(boxId)
    boxes.delete(boxId)
  }

  const start = async (plan: Plan, folder: string, signal: AbortSignal): Promise<Facts> => {
    writeWhole(join(folder, FILES.plan), plan)
    const facts = await startSupervisor(materials, folder, signal)
    if (facts?.status === 'running') return facts
    const output = lastOutputOf(folder)
    throw new GantryError(
      'E_RUNTIME',
      `The sandbox could not be started: ${output === '' ? 'no reason given' : output}`,
      {
        hint: 'Look at the status of the sandbox runtime: it says what is missing.',
      },
    )
  }

  const open: Runtime['open'] = async (spec, { signal, progress }) => {
    signal.throwIfAborted()
    const { boxId } = spec
    const ground = await prober.ground()
    const folder = folders.of(boxId)
    const plan = planOf(spec, deps, ground, { folder, socket: folders.socketOf(boxId) })
    if (!folders.make(boxId)) return hold(boxId).box
    progress?.('Starting the sandbox')
    if (ground.kind === 'seatbelt') folders.makeHome(boxId)
    const { box, holder } = hold(boxId)
    try {
      const facts = await start(plan, folder, signal)
      holder.saw(facts)
      if (ground.kind === 'bubblewrap') refuseOpenBox(facts, processes)
      signal.throwIfAborted()
      return box
    } catch (cause) {
      if (records.callOff(folder)) forget(boxId)
      else await box.end(0)
      if (cause instanceof GantryError || signal.aborted) throw cause
      throw new GantryError('E_RUNTIME', `The box could not be made: ${String(cause)}`, {
        hint: 'Look whether the disk is full, and whether Gantry may write to its data folder.',
        cause,
      })
    }
  }

  const status = async (): Promise<RuntimeStatus> => {
    const ground = await prober.look()
    const count = folders.list().length
    if (ground instanceof Missing) {
      return {
        name: 'sandbox',
        available: false,
        reason: ground.reason,
        version: null,
        detail: 'not found',
        boxes: count,
      }
    }
    const detail = describeGround(ground)
    return { name: 'sandbox', available: true, reason: null, version: ground.version, detail, boxes: count }
  }

  return {
    name: 'sandbox',
    status,
    open,
    find: async (boxId) => {
      if (!folders.has(boxId)) return undefined
      const { box } = hold(boxId)
      await box.state()
      return box
    },
    list: async () => {
      const states: BoxState[] = []
      for (const boxId of folders.list()) {
        // Each look is short, and many in a row would hold up everything else.
        if (states.length % LOOKS_IN_A_ROW === LOOKS_IN_A_ROW - 1) await setImmediate()
        states.push(await hold(boxId).box.state())
      }
      return states
    },
    on: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop: () => {
      for (const { holder } of boxes.values()) holder.close()
      boxes.clear()
      listeners.clear()
      return Promise.resolve()
    },
  }
}

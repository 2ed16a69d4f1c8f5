/** One box, as the rest of the core holds it: everything is read from what is there when it is asked for. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { GantryError } from '../../../contract/index.ts'
import {
  type Facts,
  FILES,
  type Limits,
  type Plan,
  type Processes,
  isFrozen,
  limitGroups,
  readWhole,
  setFrozen,
  signalTree,
  treeOf,
  writeWhole,
} from '../../../supervisor/index.ts'
import type { Box, BoxLink, StopProof } from '../types.ts'
import type { Holder } from './holders.ts'
import { isolationOf } from './isolation.ts'
import { openLiveLink, openRestLink } from './link.ts'
import type { Records } from './records.ts'
import { lastOutputOf } from './start.ts'
import { createStatsReader } from './stats.ts'
import { stopBox } from './stop.ts'

const LOOK_MS = 10
const PAUSE_ROUNDS = 500
/** One that waits in the kernel, as for its child to begin, stops before it runs again. */
const STOPPED = new Set(['T', 't', 'D'])
const CONNECT_ROUNDS = 100
const START_ROUNDS = 1500

export interface BoxDeps {
  boxId: string
  folder: string
  holder: Holder
  records: Records
  processes: Processes
  now: () => Date
  delay: (ms: number) => Promise<void>
  /** It was ended, and nothing of it is left. */
  onGone: () => void
}

const notRunning = (boxId: string) =>
  new GantryError('E_CONFLICT', `The box ${boxId} is not running any more.`, { hint: 'Start another one.' })

export const createBox = ({ boxId, folder, holder, records, processes, now, delay, onGone }: BoxDeps): Box => {
  const readStats = createStatsReader(processes)
  let ending: Promise<StopProof> | undefined

  const look = (): Facts | 'waiting' | undefined => {
    const seen = records.look(folder, boxId)
    if (seen !== undefined && seen !== 'waiting') holder.saw(seen)
    return seen
  }

  /** Its supervisor writes within moments of its start. */
  const known = async (): Promise<Facts | undefined> => {
    for (let round = 0; round < START_ROUNDS; round += 1) {
      const seen = look()
      if (seen !== 'waiting') return seen
      await delay(LOOK_MS)
    }
    return undefined
  }

  /** Who is still being started cannot be found in all its parts yet. */
  const begun = async (): Promise<Facts | undefined> => {
    for (let round = 0; round < START_ROUNDS; round += 1) {
      const facts = await known()
      if (facts?.status !== 'created') return facts
      await delay(LOOK_MS)
    }
    return known()
  }

  const running = async (): Promise<Facts> => {
    const facts = await known()
    if (facts?.status !== 'running') throw notRunning(boxId)
    return facts
  }

  const connect = async (): Promise<BoxLink> => {
    for (let round = 0; round < CONNECT_ROUNDS; round += 1) {
      const facts = await known()
      if (facts === undefined) throw new GantryError('E_NOT_FOUND', `There is no box ${boxId} any more.`)
      if (!records.isSupervised(facts)) return openRestLink(folder)
      const link = await openLiveLink({ folder, socket: facts.socket })
      if (link !== undefined) return holder.opened(link)
      await delay(LOOK_MS)
    }
    throw new GantryError('E_RUNTIME', `The supervisor of the box ${boxId} does not answer.`, {
      hint: 'End the agent and start another one.',
    })
  }

  const limitsNow = (): Limits => {
    const plan = readWhole(folder, 'taken') as Plan
    return (readWhole(folder, 'limits') as Limits | undefined) ?? plan.limits
  }

  /** Signals and freezers take a moment to work. What is made meanwhile is stopped in the next round. */
  const isStopped = (facts: Facts): boolean => {
    if (facts.groups?.freezer !== undefined) return isFrozen(facts.groups)
    const awake = treeOf(processes, facts.init).filter(({ state }) => !STOPPED.has(state))
    if (awake.length > 0) signalTree(processes, facts.init, 'SIGSTOP')
    return awake.length === 0
  }

  const wake = ({ groups, init }: Facts): void => {
    if (!setFrozen(groups, false)) signalTree(processes, init, 'SIGCONT')
  }

  const pause = async (): Promise<void> => {
    const facts = await running()
    setFrozen(facts.groups, true)
    for (let round = 0; round < PAUSE_ROUNDS; round += 1) {
      if (isStopped(facts)) return
      await delay(LOOK_MS)
    }
    wake(facts)
    throw new GantryError('E_RUNTIME', `The box ${boxId} could not be paused: something in it does not stop.`, {
      hint: 'Try again, or cancel the agent.',
    })
  }

  const resume = async (): Promise<void> => wake(await running())

  const setLimits = async (limits: Limits): Promise<void> => {
    const { groups } = await running()
    const before = limitsNow()
    // Its file systems have their size, and its processes carry limits that nobody but root could raise again.
    const isFixed = limits.diskBytes !== before.diskBytes || (groups === null && limits.pids > before.pids)
    if (isFixed || (groups === null && limits.memoryBytes > before.memoryBytes)) {
      throw new GantryError('E_RUNTIME', `The box ${boxId} cannot get these limits any more.`, {
        hint: 'Make a new box with them.',
      })
    }
    if (groups !== null) limitGroups(groups, limits)
    writeWhole(join(folder, FILES.limits), limits)
  }

  const stop = async (graceMs: number): Promise<StopProof> => {
    // One that was ended before is looked for again all the same.
    const facts = (await begun()) ?? holder.facts()
    if (facts === undefined) {
      const isThere = existsSync(folder)
      return { steps: [], gone: isThere ? [] : ['processes', 'folder'], left: isThere ? [folder] : [] }
    }
    return stopBox({ facts, folder, graceMs, processes, delay, beforeRemoval: () => void look() })
  }

  const endOnce = async (graceMs: number): Promise<StopProof> => {
    try {
      const proof = await stop(graceMs)
      if (proof.left.length === 0) onGone()
      return proof
    } finally {
      ending = undefined
    }
  }
  const end = (graceMs: number) => (ending ??= endOnce(graceMs))

  return {
    boxId,
    runtime: 'sandbox',
    get ref() {
      return String(holder.facts()?.main?.pid ?? boxId)
    },
    connect,
    state: () => {
      const seen = look()
      const state = records.stateOf(boxId, seen)
      const last = holder.facts()
      if (seen !== undefined || last === undefined) return Promise.resolve(state)
      return Promise.resolve({ ...records.stateOf(boxId, last), status: 'gone' })
    },
    pause,
    resume,
    end,
    stats: async () => readStats(await running(), now().getTime()),
    isolation: async () => isolationOf(await running(), limitsNow(), processes),
    lastOutput: () => Promise.resolve(lastOutputOf(folder)),
    setLimits,
  }
}

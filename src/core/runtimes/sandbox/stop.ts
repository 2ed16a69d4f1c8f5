/** Ending a box for certain: asked, killed, put away, and looked for afterwards. */
import { existsSync, rmSync } from 'node:fs'
import {
  type Facts,
  type ProcessRef,
  type Processes,
  foldersOf,
  isAlive,
  membersOf,
  refOf,
  removeGroups,
  sendSignal,
  setFrozen,
  signalTree,
  treeOf,
} from '../../../supervisor/index.ts'
import type { StopProof } from '../types.ts'
import { partsOf } from './records.ts'

export interface StopDeps {
  facts: Facts
  folder: string
  graceMs: number
  processes: Processes
  delay: (ms: number) => Promise<void>
  /** Called when nothing runs any more, before what it wrote is thrown away. */
  beforeRemoval: () => void
}

/** It is looked often at first, as most end at once. */
const SHORTEST_MS = 4
const LONGEST_MS = 64
/** After KILL the kernel needs a moment; one that takes longer hangs in it. */
const KILL_MS = 10_000
/** So long what the box wrote last may still be read from its supervisor. */
const READ_MS = 2000

export const stopBox = async ({
  facts,
  folder,
  graceMs,
  processes,
  delay,
  beforeRemoval,
}: StopDeps): Promise<StopProof> => {
  const { supervisor, command, init, main, groups, socket } = facts
  const steps: string[] = []
  const known = new Map<number, ProcessRef>()

  const remember = (ref: ProcessRef | null) => {
    if (ref !== null && ref.pid !== supervisor?.pid) known.set(ref.pid, ref)
  }
  /** Whoever belongs to it now: what it starts later is started by one of these. */
  const lookAround = () => {
    for (const ref of [...partsOf(facts), ...treeOf(processes, command), ...treeOf(processes, init)]) remember(ref)
    for (const pid of membersOf(groups)) remember(refOf(processes, pid))
  }
  const running = () => [...known.values()].filter((ref) => isAlive(processes, ref))

  const within = async (ms: number, isSo: () => boolean): Promise<boolean> => {
    for (let waited = 0, pause = SHORTEST_MS; !isSo(); pause = Math.min(LONGEST_MS, pause * 2)) {
      if (waited >= ms) return false
      await delay(pause)
      waited += pause
    }
    return true
  }
  const hasEnded = () => running().length === 0 && membersOf(groups).length === 0

  lookAround()
  if (!hasEnded() && graceMs > 0 && isAlive(processes, main)) {
    setFrozen(groups, false)
    signalTree(processes, init, 'SIGCONT')
    sendSignal(processes, main, 'SIGTERM')
    steps.push('TERM')
    await within(graceMs, hasEnded)
  }
  if (!hasEnded()) {
    lookAround()
    // The first process inside takes all others with it: the kernel sees to that.
    // That alone, so that who waits for it outside still learns how it ended.
    sendSignal(processes, [init, main, command].find((ref) => isAlive(processes, ref)) ?? null, 'SIGKILL')
    setFrozen(groups, false)
    steps.push('KILL')
    if (!(await within(KILL_MS / 2, hasEnded))) {
      lookAround()
      for (const ref of running()) sendSignal(processes, ref, 'SIGKILL')
      steps.push('KILL of each process')
      await within(KILL_MS / 2, hasEnded)
    }
  }

  const isUnsupervised = () => !isAlive(processes, supervisor)
  if (!(await within(READ_MS, isUnsupervised))) {
    sendSignal(processes, supervisor, 'SIGKILL')
    steps.push('KILL of its supervisor')
    await within(KILL_MS, () => isUnsupervised() && hasEnded())
  }

  beforeRemoval()
  removeGroups(groups)
  rmSync(socket, { force: true })
  if (hasEnded() && isUnsupervised()) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  if (steps.length > 0) steps.push('force remove')

  const gone: string[] = []
  const left: string[] = []
  const put = (name: string, rest: readonly string[]) => {
    if (rest.length === 0) gone.push(name)
    left.push(...rest)
  }
  const strangers = membersOf(groups).filter((pid) => !known.has(pid))
  put(
    'processes',
    [...running().map(({ pid }) => pid), ...strangers].map((pid) => `process ${pid}`),
  )
  put('supervisor', isUnsupervised() ? [] : [`supervisor ${supervisor?.pid}`])
  put('wire', existsSync(socket) ? [socket] : [])
  put(
    'control groups',
    foldersOf(groups).filter((path) => existsSync(path)),
  )
  put('folder', existsSync(folder) ? [folder] : [])
  return { steps, gone, left }
}

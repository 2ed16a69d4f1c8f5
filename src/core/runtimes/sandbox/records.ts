/** What is written about a box, read and held against what is there. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import {
  type Facts,
  FILES,
  type Processes,
  type ProcessRef,
  isAlive,
  isFrozen,
  membersOf,
  readWhole,
  removeGroups,
  sendSignal,
  setFrozen,
  takePlan,
  writeWhole,
} from '../../../supervisor/index.ts'
import type { BoxState } from '../types.ts'

const Process = z.object({ pid: z.int().positive(), started: z.string() }).nullable()

const GroupsOnDisk = z
  .object({
    version: z.union([z.literal(1), z.literal(2)]),
    memory: z.string().exactOptional(),
    pids: z.string().exactOptional(),
    cpu: z.string().exactOptional(),
    usage: z.string().exactOptional(),
    freezer: z.string().exactOptional(),
  })
  .nullable()

const FactsOnDisk = z.object({
  boxId: z.string(),
  status: z.enum(['created', 'running', 'exited']),
  boot: z.string(),
  supervisor: Process,
  command: Process,
  init: Process,
  main: Process,
  socket: z.string(),
  groups: GroupsOnDisk,
  startedAt: z.number(),
  expiresAt: z.number(),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
  endedAt: z.number().nullable(),
})

export const parseFacts = (value: unknown): Facts => FactsOnDisk.parse(value)

/** A machine that lost its power may leave a file without what was written to it. */
const readFacts = (folder: string): Facts | 'damaged' | undefined => {
  try {
    const value = readWhole(folder, 'state')
    return value === undefined ? undefined : parseFacts(value)
  } catch {
    return 'damaged'
  }
}

/** A plan is carried out within moments or never: its host was killed between writing it and starting somebody. */
const PLAN_MS = 10_000

const writtenOff = (folder: string, boxId: string, boot: string, reason: string, now: number): Facts => ({
  boxId,
  status: 'exited',
  boot,
  supervisor: null,
  command: null,
  init: null,
  main: null,
  socket: join(folder, 'none'),
  groups: null,
  startedAt: now,
  expiresAt: now,
  exitCode: null,
  reason,
  endedAt: now,
})

const ageOf = (folder: string, now: number): number =>
  now - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? now)

/** All that a box consists of, as far as it runs. */
export const partsOf = ({ supervisor, command, init, main }: Facts): ProcessRef[] =>
  [supervisor, command, init, main].filter((ref) => ref !== null)

const note = (folder: string, facts: Facts): void => {
  try {
    writeWhole(join(folder, FILES.state), facts)
  } catch {
    // A full disk: it is found out anew then, each time somebody asks.
  }
}

export const createRecords = ({ processes, now }: { processes: Processes; now: () => Date }) => {
  let boot: string | undefined
  const bootNow = () => (boot ??= processes.boot())
  const isOfThisBoot = (facts: Facts) => facts.boot === bootNow()

  const isSupervised = (facts: Facts): boolean => isOfThisBoot(facts) && isAlive(processes, facts.supervisor)

  /** Puts away what a supervisor that is gone could not, and writes down that the box went with it. */
  const settle = (folder: string, facts: Facts): Facts => {
    if (isSupervised(facts)) return facts
    const isSameBoot = isOfThisBoot(facts)
    if (isSameBoot) {
      for (const ref of [facts.init, facts.main, facts.command]) sendSignal(processes, ref, 'SIGKILL')
      setFrozen(facts.groups, false)
      if (membersOf(facts.groups).length === 0) removeGroups(facts.groups)
    }
    rmSync(facts.socket, { force: true })
    if (facts.status === 'exited') return facts
    const reason = isSameBoot
      ? 'its supervisor was killed, and the box with it'
      : 'the machine was started anew, and the box was gone'
    const ended: Facts = { ...facts, status: 'exited', exitCode: null, reason, endedAt: now().getTime() }
    note(folder, ended)
    return ended
  }

  const writeOff = (folder: string, boxId: string, reason: string): Facts => {
    const facts = writtenOff(folder, boxId, bootNow(), reason, now().getTime())
    note(folder, facts)
    return facts
  }

  /** Whoever takes the plan first decides. False where a supervisor did, or may have. */
  const callOff = (folder: string): boolean =>
    takePlan(folder) || (readWhole(folder, 'taken') === undefined && readFacts(folder) === undefined)

  /** Undefined where there is no box; `waiting` where its supervisor has not said anything yet. */
  const look = (folder: string, boxId: string): Facts | 'waiting' | undefined => {
    const facts = readFacts(folder)
    if (facts === 'damaged') return writeOff(folder, boxId, 'what was written about it was lost')
    if (facts !== undefined) return settle(folder, facts)
    const seen = statSync(folder, { throwIfNoEntry: false })
    if (seen === undefined) return undefined
    if (ageOf(folder, now().getTime()) < PLAN_MS) return 'waiting'
    if (readWhole(folder, 'taken') === undefined && !callOff(folder)) return 'waiting'
    return writeOff(folder, boxId, 'its start was interrupted')
  }

  const isPaused = ({ groups, init }: Facts): boolean =>
    groups?.freezer === undefined ? init !== null && processes.see(init.pid)?.state === 'T' : isFrozen(groups)

  const stateOf = (boxId: string, facts: Facts | 'waiting' | undefined): BoxState => {
    const none = { boxId, exitCode: null, reason: null, endedAt: null }
    if (facts === undefined) return { ...none, status: 'gone' }
    if (facts === 'waiting') return { ...none, status: 'created' }
    const { exitCode, reason, endedAt } = facts
    const status = facts.status === 'running' && isPaused(facts) ? 'paused' : facts.status
    return { boxId, status, exitCode, reason, endedAt }
  }

  return { look, callOff, stateOf, isSupervised }
}

export type Records = ReturnType<typeof createRecords>

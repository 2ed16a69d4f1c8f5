/** What is written about a box: its plan, by the host, and what came of it, by the supervisor. Each file is whole or absent. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Groups } from './groups.ts'
import type { Limits } from './limits.ts'
import type { ProcessRef } from './processes.ts'

/** What a supervisor is told to do. It knows nothing of bubblewrap or of agents: this says it all. */
export interface Plan {
  boxId: string
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** Opened for reading and handed down from descriptor 6 on, in this order. */
  files: readonly string[]
  /** The user that the box runs as, where the host is root. */
  identity: { uid: number; gid: number } | null
  /** Whether the command speaks as bubblewrap does on descriptors 4 (its status) and 5 (told to go on). */
  handshake: boolean
  socket: string
  groups: Groups | null
  limits: Limits
  /** Folders of the box that lie in memory: where no group counts them, the supervisor does. */
  stores: readonly string[]
  /** Most bytes of output that are kept while nobody takes them. */
  spoolBytes: number
  /** Ended then, when no Gantry is there to decide. In ms since 1970. */
  expiresAt: number
}

export interface Facts {
  boxId: string
  status: 'created' | 'running' | 'exited'
  /** The start of the machine that the process ids belong to. */
  boot: string
  supervisor: ProcessRef | null
  /** The command that was started, the first process inside, and the program of the box. */
  command: ProcessRef | null
  init: ProcessRef | null
  main: ProcessRef | null
  socket: string
  groups: Groups | null
  startedAt: number
  expiresAt: number
  exitCode: number | null
  reason: string | null
  endedAt: number | null
}

export const FILES = {
  plan: 'plan.json',
  /** A plan is taken by renaming it: whoever could, carries it out or calls it off. */
  taken: 'plan.taken.json',
  state: 'state.json',
  limits: 'limits.json',
  spool: 'spool',
  errors: 'errors',
  log: 'supervisor.log',
} as const

export const writeWhole = (file: string, value: unknown): void => {
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 })
  renameSync(temporary, file)
}

/** Undefined where there is no such file; what is there was written by `writeWhole` in a folder that only we can enter. */
export const readWhole = (folder: string, name: keyof typeof FILES): unknown => {
  try {
    return JSON.parse(readFileSync(join(folder, FILES[name]), 'utf8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

/** True for the one that asked first. */
export const takePlan = (folder: string): boolean => {
  try {
    renameSync(join(folder, FILES.plan), join(folder, FILES.taken))
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw cause
  }
}

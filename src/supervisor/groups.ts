/** The control groups of one box: limits that hold for all of it, whatever it does. Both versions of the interface. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from './limits.ts'

/** The folder of the box for each thing that is governed; in version 2 they are one. Missing where the machine has none. */
export interface Groups {
  version: 1 | 2
  memory?: string
  pids?: string
  cpu?: string
  usage?: string
  freezer?: string
}

type Role = Exclude<keyof Groups, 'version'>

const PERIOD_US = 100_000
const quotaOf = (cpus: number) => Math.max(1000, Math.round(cpus * PERIOD_US))

interface Names {
  memory: readonly [file: string, value: (limits: Limits) => string][]
  pids: readonly [file: string, value: (limits: Limits) => string][]
  cpu: readonly [file: string, value: (limits: Limits) => string][]
  memoryNow: string
  oomKills: string
  freeze: { file: string; on: string; off: string; seen: { file: string; frozen: RegExp } }
  cpuUsage: { file: string; pattern: RegExp; perMs: number }
}

const bytes = (limits: Limits) => String(limits.memoryBytes)
const pids = (limits: Limits) => String(limits.pids)

const NAMES: Record<Groups['version'], Names> = {
  1: {
    // With swap first when the limit is raised, last when it is lowered: it may never be the smaller one.
    memory: [
      ['memory.memsw.limit_in_bytes', bytes],
      ['memory.limit_in_bytes', bytes],
      ['memory.memsw.limit_in_bytes', bytes],
    ],
    pids: [['pids.max', pids]],
    cpu: [
      ['cpu.cfs_period_us', () => String(PERIOD_US)],
      ['cpu.cfs_quota_us', ({ cpus }) => String(quotaOf(cpus))],
    ],
    memoryNow: 'memory.usage_in_bytes',
    oomKills: 'memory.oom_control',
    freeze: {
      file: 'freezer.state',
      on: 'FROZEN',
      off: 'THAWED',
      seen: { file: 'freezer.state', frozen: /^FROZEN/ },
    },
    cpuUsage: { file: 'cpuacct.usage', pattern: /^(\d+)/, perMs: 1_000_000 },
  },
  2: {
    memory: [
      ['memory.max', bytes],
      ['memory.swap.max', () => '0'],
    ],
    pids: [['pids.max', pids]],
    cpu: [['cpu.max', ({ cpus }) => `${quotaOf(cpus)} ${PERIOD_US}`]],
    memoryNow: 'memory.current',
    oomKills: 'memory.events',
    freeze: {
      file: 'cgroup.freeze',
      on: '1',
      off: '0',
      seen: { file: 'cgroup.events', frozen: /^frozen 1$/m },
    },
    cpuUsage: { file: 'cpu.stat', pattern: /^usage_usec (\d+)/m, perMs: 1000 },
  },
}

const ROLES: readonly Role[] = ['memory', 'pids', 'cpu', 'usage', 'freezer']

/** Where controllers share a hierarchy, their folders are the same one. */
export const foldersOf = (groups: Groups | null): string[] =>
  groups === null ? [] : [...new Set(ROLES.flatMap((role) => groups[role] ?? []))]

const read = (folder: string | undefined, file: string): string | undefined => {
  if (folder === undefined) return undefined
  try {
    return readFileSync(join(folder, file), 'utf8')
  } catch {
    return undefined
  }
}

/** Writes the limits that there are files for; the kernel refuses what it cannot hold, and that is not hidden. */
export const limitGroups = (groups: Groups, limits: Limits): void => {
  const names = NAMES[groups.version]
  for (const role of ['memory', 'pids', 'cpu'] as const) {
    const folder = groups[role]
    if (folder === undefined) continue
    const rules = names[role].filter(([file]) => existsSync(join(folder, file)))
    for (const [index, [file, value]] of rules.entries()) {
      const again = rules.findIndex(([other], place) => place > index && other === file) !== -1
      try {
        writeFileSync(join(folder, file), value(limits))
      } catch (cause) {
        if (!again) throw cause
      }
    }
  }
}

export const makeGroups = (groups: Groups, limits: Limits): void => {
  for (const folder of foldersOf(groups)) mkdirSync(folder, { recursive: false })
  limitGroups(groups, limits)
}

export const joinGroups = (groups: Groups, pid: number): void => {
  for (const folder of foldersOf(groups)) writeFileSync(join(folder, 'cgroup.procs'), String(pid))
}

export const membersOf = (groups: Groups | null): number[] => [
  ...new Set(
    foldersOf(groups).flatMap((folder) =>
      (read(folder, 'cgroup.procs') ?? '').split('\n').flatMap((line) => (line === '' ? [] : Number(line))),
    ),
  ),
]

/** Undefined where it cannot be done this way. The freezing itself takes a moment: `isFrozen` tells. */
export const setFrozen = (groups: Groups | null, frozen: boolean): boolean => {
  const folder = groups?.freezer
  if (groups === null || folder === undefined || !existsSync(folder)) return false
  const { file, on, off } = NAMES[groups.version].freeze
  writeFileSync(join(folder, file), frozen ? on : off)
  return true
}

export const isFrozen = (groups: Groups | null): boolean => {
  if (groups === null) return false
  const { file, frozen } = NAMES[groups.version].freeze.seen
  return frozen.test(read(groups.freezer, file) ?? '')
}

export const oomKills = (groups: Groups | null): number =>
  groups === null
    ? 0
    : Number(/^oom_kill (\d+)/m.exec(read(groups.memory, NAMES[groups.version].oomKills) ?? '')?.[1] ?? 0)

/** Without what the kernel only keeps from files and would give back. */
export const memoryOf = (groups: Groups): number | undefined => {
  const used = read(groups.memory, NAMES[groups.version].memoryNow)
  if (used === undefined) return undefined
  const stat = read(groups.memory, 'memory.stat') ?? ''
  const cached = /^total_inactive_file (\d+)/m.exec(stat) ?? /^inactive_file (\d+)/m.exec(stat)
  return Math.max(0, Number(used) - Number(cached?.[1] ?? 0))
}

const numberIn = (text: string | undefined): number | undefined =>
  text === undefined || !/^\d+$/.test(text.trim()) ? undefined : Number(text)

export const pidsOf = (groups: Groups): number | undefined => numberIn(read(groups.pids, 'pids.current'))

export const cpuMsOf = (groups: Groups): number | undefined => {
  const { file, pattern, perMs } = NAMES[groups.version].cpuUsage
  const found = pattern.exec(read(groups.usage, file) ?? '')?.[1]
  return found === undefined ? undefined : Number(found) / perMs
}

/** The limits that the kernel says it holds, for each that it holds. */
export const limitsOf = (groups: Groups): Partial<Record<'memoryBytes' | 'pids' | 'cpus', number>> => {
  const isFirst = groups.version === 1
  const memory = numberIn(read(groups.memory, isFirst ? 'memory.limit_in_bytes' : 'memory.max'))
  const most = numberIn(read(groups.pids, 'pids.max'))
  const cpu = isFirst
    ? [read(groups.cpu, 'cpu.cfs_quota_us'), read(groups.cpu, 'cpu.cfs_period_us')]
    : (read(groups.cpu, 'cpu.max') ?? '').split(' ')
  const quota = numberIn(cpu[0])
  const period = numberIn(cpu[1])
  return {
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(most === undefined ? {} : { pids: most }),
    ...(quota === undefined || period === undefined ? {} : { cpus: quota / period }),
  }
}

/** What is left of them: a folder stays while somebody is in it. */
export const removeGroups = (groups: Groups | null): string[] =>
  foldersOf(groups).filter((folder) => {
    try {
      rmdirSync(folder)
      return false
    } catch (cause) {
      return (cause as NodeJS.ErrnoException).code !== 'ENOENT'
    }
  })

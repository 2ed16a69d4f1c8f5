/** Processes by id and start time, which together never come again while a machine runs. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface ProcessRef {
  pid: number
  started: string
}

export interface SeenProcess extends ProcessRef {
  parent: number
  /** A letter as in ps. */
  state: string
  threads: number
  memoryBytes: number
  cpuMs: number
}

export interface Processes {
  see: (pid: number) => SeenProcess | undefined
  children: (pid: number) => number[]
  /** The current start of the machine. */
  boot: () => string
}

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // It ended, or it is not ours to look at.
    return undefined
  }
}

const PAGE = 4096
// USER_HZ: the same on every architecture that Node runs on.
const TICKS_PER_MS = 0.1

/** The name of the program stands in brackets and may hold anything, brackets too. */
const parseStat = (pid: number, stat: string): SeenProcess | undefined => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0] ?? 'Z'
  const threads = Number(fields[17])
  // One that ended and was not asked for yet. With more threads it only looks so: its first one ended.
  if ((state === 'Z' && threads <= 1) || state === 'X') return undefined
  return {
    pid,
    state,
    threads,
    parent: Number(fields[1]),
    cpuMs: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_MS,
    started: fields[19] ?? '',
    memoryBytes: Number(fields[21]) * PAGE,
  }
}

const listed = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** By far the most kernels list children; on one that does not, all processes are gone through. */
const childrenOf = (pid: number): number[] => {
  if (listsChildren()) {
    // Each thread has its own.
    const lists = listed(`/proc/${pid}/task`).map((thread) => read(`/proc/${pid}/task/${thread}/children`) ?? '')
    return lists.flatMap((list) => list.split(' ').flatMap((word) => (word === '' ? [] : Number(word))))
  }
  return listed('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => see(Number(name)) ?? [])
    .flatMap((seen) => (seen.parent === pid ? seen.pid : []))
}

const listsChildren = () => existsSync(`/proc/${process.pid}/task/${process.pid}/children`)

const see = (pid: number): SeenProcess | undefined => {
  const stat = read(`/proc/${pid}/stat`)
  return stat === undefined ? undefined : parseStat(pid, stat)
}

const procfs = (): Processes => ({
  see,
  children: childrenOf,
  boot: () => (read('/proc/sys/kernel/random/boot_id') ?? '').trim(),
})

const LINE = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(\d+)\s+(?:(\d+)-)?(\d+):(\d+)(?::(\d+))?(?:\.(\d+))?\s+(\S.*)$/

const parseLine = (line: string): SeenProcess[] => {
  const [, pid, parent, state = 'Z', kilobytes, days = 0, ...rest] = LINE.exec(line) ?? []
  if (pid === undefined || state === 'Z') return []
  const [first = 0, second = 0, third] = rest.slice(0, 3).map((part) => (part === undefined ? undefined : Number(part)))
  const seconds = third === undefined ? first * 60 + second : first * 3600 + second * 60 + third
  return [
    {
      pid: Number(pid),
      parent: Number(parent),
      state,
      started: rest[4] ?? '',
      threads: 1,
      memoryBytes: Number(kilobytes) * 1024,
      cpuMs: (Number(days) * 86_400 + seconds) * 1000,
    },
  ]
}

/** For systems without /proc. A process here is told from a later one with its id by the second it started in. */
export const psTable = (ps = 'ps'): Processes => {
  const run = (args: string[]): SeenProcess[] => {
    try {
      const text = execFileSync(ps, args, { encoding: 'utf8', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } })
      return text.split('\n').flatMap(parseLine)
    } catch {
      // It answers with an error where it finds nobody.
      return []
    }
  }
  let boot: string | undefined
  const columns = 'pid=,ppid=,stat=,rss=,time=,lstart='
  return {
    see: (pid) => run(['-o', columns, '-p', String(pid)])[0],
    children: (pid) => run(['-axo', columns]).flatMap((seen) => (seen.parent === pid ? seen.pid : [])),
    boot: () => {
      boot ??= execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' }).trim()
      return /sec = (\d+)/.exec(boot)?.[1] ?? boot
    },
  }
}

export const processesOf = (platform: NodeJS.Platform): Processes => (platform === 'linux' ? procfs() : psTable())

export const refOf = (processes: Processes, pid: number | undefined): ProcessRef | null => {
  const seen = pid === undefined ? undefined : processes.see(pid)
  return seen === undefined ? null : { pid: seen.pid, started: seen.started }
}

export const isAlive = (processes: Processes, ref: ProcessRef | null): ref is ProcessRef =>
  ref !== null && processes.see(ref.pid)?.started === ref.started

/** A process and all that came from it, parents first. */
export const treeOf = (processes: Processes, root: ProcessRef | null): SeenProcess[] => {
  if (!isAlive(processes, root)) return []
  const found: SeenProcess[] = []
  const waiting = [root.pid]
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const seen = processes.see(pid)
    if (seen === undefined) continue
    found.push(seen)
    waiting.push(...processes.children(pid))
  }
  return found
}

/** Whether there was somebody to be sent it. */
export const sendSignal = (processes: Processes, ref: ProcessRef | null, signal: NodeJS.Signals): boolean => {
  if (!isAlive(processes, ref)) return false
  try {
    process.kill(ref.pid, signal)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw cause
  }
}

const ROUNDS = 50

/**
 * Stops or goes on with a whole tree. While one part is being stopped another may still make new ones, so it is gone
 * through again until a round finds nobody new.
 */
export const signalTree = (processes: Processes, root: ProcessRef | null, signal: 'SIGSTOP' | 'SIGCONT'): boolean => {
  const reached = new Set<string>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const fresh = treeOf(processes, root).filter(({ pid, started }) => !reached.has(`${pid} ${started}`))
    if (fresh.length === 0) return true
    for (const one of fresh) {
      reached.add(`${one.pid} ${one.started}`)
      sendSignal(processes, one, signal)
    }
  }
  return false
}

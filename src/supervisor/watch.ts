/** Limits without control groups: looks at the processes of a box from time to time, and says which limit they broke. */
import { readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from './limits.ts'
import { type ProcessRef, type Processes, type SeenProcess, treeOf } from './processes.ts'
import type { Timers } from './timers.ts'

const IDLE_MS = 1000
const BUSY_MS = 200
const CLOSE_MS = 50
const MIB = 1024 * 1024
/** What the kernel keeps for each file, whatever is in it. */
const BYTES_PER_FILE = 1024

/** What processes share counts once. Asked for only where the plain sum is over the limit: it costs more to tell. */
const ownShare = ({ pid, memoryBytes }: SeenProcess): number => {
  try {
    const share = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return share === undefined ? memoryBytes : Number(share) * 1024
  } catch {
    return memoryBytes
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

interface Stored {
  bytes: number
  files: number
}

/** What lies in the box's own file systems: they are made of memory, also for a file that holds nothing. */
const storedIn = (init: ProcessRef | null, folders: readonly string[]): Stored =>
  folders.reduce(
    (total, folder) => {
      try {
        const { blocks, bfree, bsize, files, ffree } = statfsSync(join(`/proc/${init?.pid}/root`, folder))
        return { bytes: total.bytes + (blocks - bfree) * bsize, files: total.files + files - ffree }
      } catch {
        // It ended, or is not there yet.
        return total
      }
    },
    { bytes: 0, files: 0 },
  )

const showMib = (bytes: number) => Math.ceil(bytes / MIB)

const brokenLimit = (tree: readonly SeenProcess[], stored: Stored, limits: Limits): string | undefined => {
  const threads = sum(tree.map((one) => one.threads))
  // Those of the sandbox itself are among them.
  if (threads > limits.pids + 2) return `too many processes: ${threads} of ${limits.pids}`
  const kept = stored.bytes + stored.files * BYTES_PER_FILE
  if (kept + sum(tree.map((one) => one.memoryBytes)) <= limits.memoryBytes) return undefined
  const used = kept + sum(tree.map(ownShare))
  if (used <= limits.memoryBytes) return undefined
  return `out of memory: it used ${showMib(used)} of ${Math.floor(limits.memoryBytes / MIB)} MiB`
}

export interface WatchOptions {
  root: () => ProcessRef | null
  limits: () => Limits
  /** Folders of the box that lie in memory. */
  stores: readonly string[]
  onBroken: (reason: string) => void
}

export const watchLimits = (
  processes: Processes,
  timers: Timers,
  { root, limits, stores, onBroken }: WatchOptions,
): void => {
  let cpuBefore = -1

  /** A box that does nothing cannot grow, and one that is near its limit may be over it soon. */
  const pace = (tree: readonly SeenProcess[], stored: Stored, most: number): number => {
    const cpu = sum(tree.map((one) => one.cpuMs))
    const isIdle = cpu === cpuBefore
    cpuBefore = cpu
    if (stored.bytes + sum(tree.map((one) => one.memoryBytes)) > most / 2) return isIdle ? BUSY_MS : CLOSE_MS
    return isIdle ? IDLE_MS : BUSY_MS
  }

  const look = (): void => {
    const tree = treeOf(processes, root())
    const stored = storedIn(root(), stores)
    const now = limits()
    const reason = brokenLimit(tree, stored, now)
    if (reason !== undefined) onBroken(reason)
    timers.after(pace(tree, stored, now.memoryBytes), look)
  }
  look()
}

/** Limits without control groups: looks at the processes of a box from time to time, and says which limit they broke. */
import { readFileSync } from 'node:fs'
import type { Limits } from './limits.ts'
import { type ProcessRef, type Processes, type SeenProcess, treeOf } from './processes.ts'
import type { Timers } from './timers.ts'

const CALM_MS = 250
const CLOSE_MS = 80
const MIB = 1024 * 1024

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

export const brokenLimit = (tree: readonly SeenProcess[], limits: Limits): string | undefined => {
  const threads = sum(tree.map((one) => one.threads))
  // Those of the sandbox itself are among them.
  if (threads > limits.pids + 2) return `too many processes: ${threads} of ${limits.pids}`
  if (sum(tree.map((one) => one.memoryBytes)) <= limits.memoryBytes) return undefined
  const used = sum(tree.map(ownShare))
  if (used <= limits.memoryBytes) return undefined
  return `out of memory: it used ${Math.ceil(used / MIB)} of ${Math.floor(limits.memoryBytes / MIB)} MiB`
}

export interface WatchOptions {
  root: () => ProcessRef | null
  limits: () => Limits
  onBroken: (reason: string) => void
}

export const watchLimits = (processes: Processes, timers: Timers, { root, limits, onBroken }: WatchOptions): void => {
  const look = (): void => {
    const tree = treeOf(processes, root())
    const now = limits()
    const reason = brokenLimit(tree, now)
    if (reason !== undefined) onBroken(reason)
    const isClose = sum(tree.map((one) => one.memoryBytes)) > now.memoryBytes / 2
    timers.after(isClose ? CLOSE_MS : CALM_MS, look)
  }
  look()
}

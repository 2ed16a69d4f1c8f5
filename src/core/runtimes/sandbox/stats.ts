/** What a box uses: told by its control groups, or added up over its processes. */
import { type Facts, type Processes, cpuMsOf, memoryOf, pidsOf, treeOf } from '../../../supervisor/index.ts'
import type { BoxStats } from '../types.ts'

interface Use {
  cpuMs: number
  memoryBytes: number
  pids: number
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

const useOf = ({ groups, init }: Facts, processes: Processes): Use => {
  const known = {
    cpuMs: groups === null ? undefined : cpuMsOf(groups),
    memoryBytes: groups === null ? undefined : memoryOf(groups),
    pids: groups === null ? undefined : pidsOf(groups),
  }
  const { cpuMs, memoryBytes, pids } = known
  if (cpuMs !== undefined && memoryBytes !== undefined && pids !== undefined) return { cpuMs, memoryBytes, pids }
  const tree = treeOf(processes, init)
  return {
    cpuMs: cpuMs ?? sum(tree.map((one) => one.cpuMs)),
    memoryBytes: memoryBytes ?? sum(tree.map((one) => one.memoryBytes)),
    pids: pids ?? sum(tree.map((one) => one.threads)),
  }
}

export const createStatsReader = (processes: Processes) => {
  let last: { at: number; cpuMs: number } | undefined

  return (facts: Facts, at: number): BoxStats => {
    const { cpuMs, memoryBytes, pids } = useOf(facts, processes)
    // The first look has nothing to compare with but the start.
    const before = last !== undefined && last.at < at ? last : { at: facts.startedAt, cpuMs: 0 }
    last = { at, cpuMs }
    const ms = at - before.at
    const cpuPercent = ms <= 0 ? 0 : ((cpuMs - before.cpuMs) / ms) * 100
    return { at, cpuPercent: Math.max(0, Math.round(cpuPercent * 10) / 10), memoryBytes, pids }
  }
}

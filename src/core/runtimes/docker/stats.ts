/** What a box uses. The engine counts processor time from the start; the share is what was added between two looks. */
import type Docker from 'dockerode'
import type { BoxStats } from '../types.ts'

interface Sample {
  at: number
  cpuNs: number
}

export const createStatsReader = () => {
  let last: Sample | undefined

  return (stats: Docker.ContainerStats, startedAt: number): BoxStats => {
    const sample = { at: Date.parse(stats.read), cpuNs: stats.cpu_stats?.cpu_usage?.total_usage ?? 0 }
    // The first look has nothing to compare with but the start.
    const before = last !== undefined && last.at < sample.at ? last : { at: startedAt, cpuNs: 0 }
    last = sample
    const ms = sample.at - before.at
    const cpuPercent = ms <= 0 ? 0 : ((sample.cpuNs - before.cpuNs) / 1e6 / ms) * 100
    return {
      at: sample.at,
      cpuPercent: Math.max(0, Math.round(cpuPercent * 10) / 10),
      memoryBytes: usedMemory(stats),
      pids: stats.pids_stats?.current ?? 0,
    }
  }
}

/** Without what the kernel keeps of files and can let go of at once. cgroup 1 and 2 name it differently. */
const usedMemory = ({ memory_stats: memory }: Docker.ContainerStats): number => {
  const detail = (memory?.stats ?? {}) as { total_inactive_file?: number; inactive_file?: number }
  const cache = detail.total_inactive_file ?? detail.inactive_file ?? 0
  return Math.max(0, (memory?.usage ?? 0) - cache)
}

/** What the operating system says of a process and everything it started: memory by share, processor time. */
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const TICKS_PER_SECOND = 100

const statOf = (pid: number): { parent: number; ticks: number } | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return undefined
  }
}

/** The process and all its descendants. */
const treeOf = (root: number): number[] => {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? statOf(pid)?.parent : undefined
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const walk = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(walk)]
  return walk(root)
}

export const pssOf = (pid: number): number => {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

export const pssOfTree = (root: number): number => treeOf(root).reduce((sum, pid) => sum + pssOf(pid), 0)

/** Per cent of one core, over the given time. */
export const cpuOfTree = (root: number, seconds: number): Promise<number> => cpuOf(() => treeOf(root), seconds)
export const cpuOfProcess = (pid: number, seconds: number): Promise<number> => cpuOf(() => [pid], seconds)

const cpuOf = async (processes: () => number[], seconds: number): Promise<number> => {
  const ticks = () => processes().reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0)
  const before = ticks()
  await pause(seconds * 1000)
  return ((ticks() - before) / TICKS_PER_SECOND / seconds) * 100
}

import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type Groups,
  cpuMsOf,
  foldersOf,
  isFrozen,
  joinGroups,
  limitGroups,
  limitsOf,
  membersOf,
  memoryOf,
  oomKills,
  pidsOf,
  removeGroups,
  setFrozen,
} from './groups.ts'

const LIMITS = { cpus: 1.5, memoryBytes: 256 * 1024 ** 2, pids: 64, diskBytes: 0 }

/** Plain files where the kernel has its own: what is written and read, not what it does. */
const fakeGroup = (files: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-group-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const second = () => {
  const folder = fakeGroup({
    'memory.max': 'max\n',
    'memory.swap.max': 'max\n',
    'memory.current': '5000\n',
    'memory.stat': 'anon 3000\ninactive_file 1500\n',
    'memory.events': 'low 0\noom 3\noom_kill 2\n',
    'pids.max': 'max\n',
    'pids.current': '7\n',
    'cpu.max': 'max 100000\n',
    'cpu.stat': 'usage_usec 250000\nuser_usec 1\n',
    'cgroup.freeze': '0\n',
    'cgroup.events': 'populated 1\nfrozen 0\n',
    'cgroup.procs': '12\n34\n',
  })
  const groups: Groups = { version: 2, memory: folder, pids: folder, cpu: folder, usage: folder, freezer: folder }
  const text = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
  return { folder, groups, text }
}

describe('control groups of version 2, as files', () => {
  it('are one folder for all, in which the limits are written and read back', () => {
    const { folder, groups, text } = second()
    expect(foldersOf(groups)).toEqual([folder])
    expect(limitsOf(groups)).toEqual({})
    limitGroups(groups, LIMITS)
    expect([text('memory.max'), text('memory.swap.max'), text('pids.max'), text('cpu.max')]).toEqual([
      '268435456',
      '0',
      '64',
      '150000 100000',
    ])
    expect(limitsOf(groups)).toEqual({ memoryBytes: 268_435_456, pids: 64, cpus: 1.5 })
  })

  it('tell what is used, without what the kernel only keeps of files', () => {
    const { groups } = second()
    expect(memoryOf(groups)).toBe(3500)
    expect(pidsOf(groups)).toBe(7)
    expect(cpuMsOf(groups)).toBe(250)
    expect(oomKills(groups)).toBe(2)
    expect(membersOf(groups)).toEqual([12, 34])
  })

  it('freeze by their own file and tell by another when it is done', () => {
    const { folder, groups, text } = second()
    expect(setFrozen(groups, true)).toBe(true)
    expect(text('cgroup.freeze')).toBe('1')
    expect(isFrozen(groups)).toBe(false)
    writeFileSync(join(folder, 'cgroup.events'), 'populated 1\nfrozen 1\n')
    expect(isFrozen(groups)).toBe(true)
    joinGroups(groups, 99)
    expect(text('cgroup.procs')).toBe('99')
  })
})

describe('control groups of version 1, as files', () => {
  it('raise the limit with swap before the one without, and leave out what the kernel does not have', () => {
    const memory = fakeGroup({ 'memory.limit_in_bytes': '0', 'memory.memsw.limit_in_bytes': '0' })
    const pids = fakeGroup({ 'pids.max': 'max' })
    const cpu = fakeGroup({ 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '50000' })
    const groups: Groups = { version: 1, memory, pids, cpu }
    limitGroups(groups, LIMITS)
    expect(readFileSync(join(memory, 'memory.memsw.limit_in_bytes'), 'utf8')).toBe('268435456')
    expect(limitsOf(groups)).toEqual({ memoryBytes: 268_435_456, pids: 64, cpus: 1.5 })
    expect(setFrozen(groups, true)).toBe(false)
    expect(cpuMsOf(groups)).toBeUndefined()
  })

  it('name those that are left: a folder that is not empty stays', () => {
    const memory = fakeGroup({ 'memory.limit_in_bytes': '0' })
    const pids = fakeGroup({})
    rmSync(pids, { recursive: true })
    mkdirSync(pids)
    expect(removeGroups({ version: 1, memory, pids })).toEqual([memory])
    expect(removeGroups({ version: 1, pids })).toEqual([])
  })
})

/** Where the kernel keeps groups of version 2, alone or beside those of version 1, if it is ours to make some. */
const UNIFIED = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((folder) => {
  try {
    accessSync(folder, constants.W_OK)
    return existsSync(join(folder, 'cgroup.controllers'))
  } catch {
    return false
  }
})

describe('control groups of version 2, of the kernel', () => {
  it.runIf(UNIFIED !== undefined)('freeze who is in them, let go, and are put away', async () => {
    const folder = join(UNIFIED ?? '', `gantry-test-${process.pid}`)
    mkdirSync(folder)
    const groups: Groups = { version: 2, freezer: folder }
    const child = spawn('/bin/sh', ['-c', 'while read line; do echo "$line"; done'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    onTestFinished(() => {
      setFrozen(groups, false)
      child.kill('SIGKILL')
      removeGroups(groups)
    })
    joinGroups(groups, child.pid ?? 0)
    expect(membersOf(groups)).toEqual([child.pid])
    expect(setFrozen(groups, true)).toBe(true)
    await expect.poll(() => isFrozen(groups)).toBe(true)
    child.stdin.write('awake\n')
    expect(removeGroups(groups)).toEqual([folder])
    setFrozen(groups, false)
    const [answer] = (await once(child.stdout, 'data')) as [Buffer]
    expect(answer.toString()).toBe('awake\n')
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    await expect.poll(() => removeGroups(groups)).toEqual([])
  })
})

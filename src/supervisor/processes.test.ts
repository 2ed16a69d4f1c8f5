import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { type Processes, isAlive, processesOf, psTable, refOf, sendSignal, signalTree, treeOf } from './processes.ts'

/** A process with a child and a grandchild, that say when they are there. */
const startTree = async () => {
  const child = spawn('/bin/sh', ['-c', 'sh -c "sleep 1000 & echo up; wait" & wait'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error('no process')
  onTestFinished(() => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // The test ended it.
    }
  })
  await once(child.stdout, 'data')
  return { child, pid }
}

const TABLES: [string, () => Processes][] = [
  ...(process.platform === 'linux' ? [['/proc', () => processesOf('linux')] as [string, () => Processes]] : []),
  ['ps', () => psTable()],
]

it.each(TABLES)('a tree of processes is seen by %s', async (_, make) => {
  const processes = make()
  const { pid } = await startTree()
  const tree = treeOf(processes, refOf(processes, pid))
  expect(tree).toHaveLength(3)
  expect(tree[0]).toMatchObject({ pid, parent: process.pid })
  expect(tree[0]?.memoryBytes).toBeGreaterThan(0)
  expect(tree.every(({ started, threads }) => started !== '' && threads > 0)).toBe(true)
})

it.each(TABLES)('a process is not mistaken for another one with its number by %s', async (_, make) => {
  const processes = make()
  const { child, pid } = await startTree()
  const ref = refOf(processes, pid)
  expect(isAlive(processes, ref)).toBe(true)
  const stranger = { pid, started: 'another time' }
  expect(isAlive(processes, stranger)).toBe(false)
  expect(sendSignal(processes, stranger, 'SIGKILL')).toBe(false)
  const closed = once(child, 'exit')
  expect(sendSignal(processes, ref, 'SIGKILL')).toBe(true)
  await closed
  expect(isAlive(processes, ref)).toBe(false)
  expect(sendSignal(processes, ref, 'SIGKILL')).toBe(false)
  expect(refOf(processes, pid)).toBeNull()
})

it.runIf(process.platform === 'linux')('a tree is stopped in all its parts, and goes on', async () => {
  const processes = processesOf('linux')
  const { pid } = await startTree()
  const root = refOf(processes, pid)
  const states = () => treeOf(processes, root).map(({ state }) => state)
  expect(signalTree(processes, root, 'SIGSTOP')).toBe(true)
  await expect.poll(states).toEqual(['T', 'T', 'T'])
  signalTree(processes, root, 'SIGCONT')
  await expect.poll(states).toEqual(['S', 'S', 'S'])
})

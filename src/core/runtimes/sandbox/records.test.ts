import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Facts, type ProcessRef, processesOf, readWhole, refOf, writeWhole } from '../../../supervisor/index.ts'
import { createRecords, parseFacts } from './records.ts'
import { tempFolder } from './testing.ts'

const processes = processesOf(process.platform)
const now = () => new Date('2026-11-21T14:00:00.000Z')
const records = createRecords({ processes, now })

/** Something of the machine that must come to no harm. */
const stranger = async (): Promise<ProcessRef> => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
  await once(child, 'spawn')
  onTestFinished(() => void child.kill('SIGKILL'))
  return refOf(processes, child.pid) ?? { pid: 0, started: '' }
}

const boxWith = (given: Partial<Facts>): { folder: string; facts: Facts } => {
  const folder = tempFolder()
  const facts: Facts = {
    boxId: 'one',
    status: 'running',
    boot: processes.boot(),
    supervisor: { pid: process.pid, started: 'long ago' },
    command: null,
    init: null,
    main: null,
    socket: join(folder, 'socket'),
    groups: null,
    startedAt: 0,
    expiresAt: 0,
    exitCode: null,
    reason: null,
    endedAt: null,
    ...given,
  }
  writeFileSync(facts.socket, '')
  writeWhole(join(folder, 'state.json'), facts)
  return { folder, facts }
}

it('a box whose supervisor is gone has ended, which is written down, and its socket is put away', () => {
  const { folder, facts } = boxWith({})
  const ended = {
    ...facts,
    status: 'exited',
    reason: 'its supervisor was killed, and the box with it',
    endedAt: now().getTime(),
  }
  expect(records.look(folder, 'one')).toEqual(ended)
  expect(parseFacts(readWhole(folder, 'state'))).toEqual(ended)
  expect(existsSync(facts.socket)).toBe(false)
})

it('a box from before the machine was started anew is gone, and who has its numbers now is left alone', async () => {
  const other = await stranger()
  const { folder } = boxWith({ boot: 'another', supervisor: other, command: other, init: other, main: other })
  expect(records.look(folder, 'one')).toMatchObject({
    status: 'exited',
    reason: expect.stringContaining('started anew') as string,
  })
  expect(refOf(processes, other.pid)).toEqual(other)
})

it('who has the number of a process that ended is left alone', async () => {
  const other = await stranger()
  const gone = { pid: other.pid, started: 'before' }
  const { folder } = boxWith({ command: gone, init: gone, main: gone })
  expect(records.look(folder, 'one')).toMatchObject({ status: 'exited' })
  expect(refOf(processes, other.pid)).toEqual(other)
})

it('what is left of a box whose supervisor is gone is ended', async () => {
  const left = await stranger()
  const { folder } = boxWith({ init: left })
  expect(records.look(folder, 'one')).toMatchObject({ status: 'exited' })
  await expect.poll(() => refOf(processes, left.pid)).toBeNull()
})

it('how it ended stays as its supervisor wrote it', () => {
  const { folder, facts } = boxWith({ status: 'exited', exitCode: 3, reason: 'because', endedAt: 17 })
  expect(records.look(folder, 'one')).toEqual(facts)
  expect(records.stateOf('one', facts)).toEqual({
    boxId: 'one',
    status: 'exited',
    exitCode: 3,
    reason: 'because',
    endedAt: 17,
  })
})

it('a folder that is not there is no box', () => {
  expect(records.look('/nonexistent', 'one')).toBeUndefined()
  expect(records.stateOf('one', undefined)).toMatchObject({ status: 'gone' })
})

it.each(['', '{"boxId": 7}', 'null'])('a box of which nothing can be read any more is written off (%s)', (text) => {
  const folder = tempFolder()
  writeFileSync(join(folder, 'state.json'), text)
  const lost = { status: 'exited', exitCode: null, reason: 'what was written about it was lost' }
  expect(records.look(folder, 'one')).toMatchObject(lost)
  expect(records.look(folder, 'one')).toMatchObject(lost)
})

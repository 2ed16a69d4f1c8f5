import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { BoxState } from '../types.ts'
import { liveOutput } from './live.ts'

const frame = (text: string): Buffer => {
  const header = Buffer.alloc(8)
  header[0] = 1
  header.writeUInt32BE(text.length, 4)
  return Buffer.concat([header, Buffer.from(text)])
}

const setUp = () => {
  const socket: Duplex & { bytesRead?: number } = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
  })
  const ended = Promise.withResolvers<BoxState>()
  const end = () => ended.resolve({ boxId: 'a', status: 'exited', exitCode: 0, reason: null, endedAt: null })
  let waits: PromiseWithResolvers<void>[] = []
  const delay = () => {
    const wait = Promise.withResolvers<void>()
    waits.push(wait)
    return wait.promise
  }
  const pass = async () => {
    const now = waits
    waits = []
    for (const { resolve } of now) resolve()
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  }
  const output = liveOutput(socket, { known: { ended: ended.promise }, delay, onStderr: () => undefined })
  return { socket, end, pass, output }
}

describe('what a box writes now', () => {
  test('ends after the box, though the engine forgets to close the connection', async () => {
    const { socket, end, pass, output } = setUp()
    socket.push(frame('last'))
    expect((await output.next()).value?.toString()).toBe('last')
    const next = output.next()
    end()
    await pass()
    await pass()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(socket.destroyed).toBe(true)
  })

  test('is read to its end by whoever is slow', async () => {
    const { socket, end, pass, output } = setUp()
    socket.push(frame('one'))
    await output.next()
    end()
    await pass()
    socket.push(frame('two'))
    await pass()
    await pass()
    expect(socket.destroyed).toBe(false)
    expect((await output.next()).value?.toString()).toBe('two')
  })

  test('that breaks before the box has ended is no end', async () => {
    const { socket, output } = setUp()
    const next = output.next()
    socket.destroy(new Error('the engine went away'))
    await expect(next).rejects.toThrow('the engine went away')
  })
})

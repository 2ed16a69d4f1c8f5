import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { MAX_BODY_BYTES, MAX_FRAME_BYTES, MAX_LOG_BYTES, MAX_OPEN, WINDOW_BYTES } from '../../wire/index.ts'
import { until } from '../testing/index.ts'
import type { Clock } from './index.ts'
import { listen, memoryLink } from './testing.ts'

const hello = { seq: 1, method: 'hello', params: { version: 1 } }
const log = { seq: 2, method: 'log', params: { stream: 'out', at: 1, text: 'x' } }
const http = { id: 1, method: 'http', params: { method: 'GET', path: '/', headers: {}, bytes: 0 } }
const connect = { id: 1, method: 'connect', params: { host: 'example.com', port: 443 } }
const withParams = (frame: { params: object }, params: object) => ({ ...frame, params: { ...frame.params, ...params } })

/** A wire on which a program is said to run, so that requests are served. */
const serving = async (...[handlers]: [Parameters<typeof listen>[1]?]) => {
  const inside = memoryLink()
  const side = listen(inside.link, handlers)
  const run = side.wire.run({ command: ['x'], env: {}, cwd: '/', egress: true, deadline: 0 })
  const frame = await inside.hear((heard) => 'method' in heard && heard.method === 'run')
  inside.say({ id: 'id' in frame ? frame.id : 0, result: { pid: 7 } })
  await run
  return { inside, ...side }
}

const manual = () => {
  let time = 0
  const timers = new Map<() => void, number>()
  const clock: Clock = {
    now: () => time,
    after: (ms, task) => {
      timers.set(task, time + ms)
      return () => void timers.delete(task)
    },
  }
  const pass = (ms: number) => {
    time += ms
    for (const [task, at] of timers) {
      if (at > time) continue
      timers.delete(task)
      task()
    }
  }
  return { clock, pass, waiting: () => timers.size }
}

describe('a rule that is broken ends the wire', () => {
  test.each<[string, unknown]>([
    ['text that is no JSON', '{"seq":1'],
    ['a number', 5],
    ['a list', []],
    ['null', null],
    ['another version', withParams(hello, { version: 2 })],
    ['a version that is none', withParams(hello, { version: { toString: 1 } })],
    ['no seq', { ...log, seq: undefined }],
    ['a seq below one', { ...log, seq: 0 }],
    ['half a seq', { ...log, seq: 1.5 }],
    ['a seq past counting', { ...log, seq: 2 ** 60 }],
    ['no params', { seq: 1, method: 'log' }],
    ['another stream', withParams(log, { stream: 'gantry' })],
    ['a time that is none', withParams(log, { at: 1e300 })],
    ['a time in words', withParams(log, { at: 'now' })],
    ['no bytes', withParams(log, { text: undefined })],
    ['bytes twice', withParams(log, { base64: 'eA==' })],
    ['bytes that are none', withParams(log, { text: undefined, base64: 'x y=' })],
    ['output that is too long', withParams(log, { text: 'x'.repeat(MAX_LOG_BYTES + 1) })],
    ['output that is too long in bytes', withParams(log, { text: 'ä'.repeat(MAX_LOG_BYTES / 2 + 1) })],
    ['base64 that is too long', withParams(log, { text: undefined, base64: 'xxxx'.repeat(MAX_LOG_BYTES / 3 + 2) })],
    ['an exit code that is none', { seq: 1, method: 'exited', params: { at: 1, code: 256, signal: null } }],
    ['a signal that is none', { seq: 1, method: 'exited', params: { at: 1, code: null, signal: 'SIGKILL; rm' } }],
    ['a program without a number', { seq: 1, method: 'started', params: { at: 1, pid: 0 } }],
    ['a request without an id', { ...http, id: undefined }],
    ['an id that is none', { ...http, id: '1' }],
    ['an id below one', { ...http, id: 0 }],
    ['another method', withParams(http, { method: 'GET / HTTP/1.1\r\nx: y' })],
    ['a path that is none', withParams(http, { path: 'http://elsewhere/' })],
    ['a path with a line end', withParams(http, { path: '/a\r\nb' })],
    ['headers that are none', withParams(http, { headers: 'x' })],
    ['a header that is a list', withParams(http, { headers: { a: ['b'] } })],
    ['a header with a line end', withParams(http, { headers: { a: 'b\r\nc: d' } })],
    ['the name of a header with a blank', withParams(http, { headers: { 'a b': 'c' } })],
    [
      'headers without end',
      withParams(http, { headers: Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`h${at}`, ''])) }),
    ],
    ['a long header', withParams(http, { headers: { a: 'b'.repeat(70_000) } })],
    ['a body of no length', withParams(http, { bytes: undefined })],
    ['a body that is too long', withParams(http, { bytes: MAX_BODY_BYTES + 1 })],
    ['a host that is none', withParams(connect, { host: 'a b' })],
    ['a host without end', withParams(connect, { host: 'a'.repeat(300) })],
    ['a port that is none', withParams(connect, { port: 70_000 })],
    ['a notice about nothing', { method: 'cancel', params: {} }],
    ['bytes less than none', { method: 'took', params: { id: 1, bytes: -1 } }],
    ['an error that is none', { id: 1, error: 'bad' }],
  ])('%s', async (_, frame) => {
    const { inside, closed, frames } = await serving()
    inside.sayBytes(Buffer.from(`${typeof frame === 'string' ? frame : JSON.stringify(frame)}\n`))
    inside.say(log)
    expect(await closed).toMatchObject({ kind: 'violation', message: expect.stringMatching(/\w/) as string })
    expect(inside.isClosed()).toBe(true)
    expect(frames).toEqual([])
  })

  test('a line without end', async () => {
    const { inside, closed } = await serving()
    const piece = Buffer.alloc(16 * 1024, 'x')
    for (let at = 0; at <= MAX_FRAME_BYTES; at += piece.length) inside.sayBytes(piece)
    expect(await closed).toMatchObject({ kind: 'violation', message: 'a line of more than 163840 bytes' })
  })

  test('an id that was used before', async () => {
    const { inside, closed } = await serving()
    inside.say({ ...http, id: 5 }, { ...http, id: 5 })
    expect(await closed).toMatchObject({ kind: 'violation' })
  })

  test('more of a body than was announced', async () => {
    const { inside, closed } = await serving({ http: () => new Promise(() => undefined) })
    inside.say(withParams(http, { bytes: 3 }), { method: 'data', params: { id: 1, text: 'four' } })
    expect(await closed).toMatchObject({ kind: 'violation', message: 'more of a body than was announced' })
  })

  test('more taken than was sent', async () => {
    const { inside, closed } = await serving({ http: () => new Promise(() => undefined) })
    inside.say(http, { method: 'took', params: { id: 1, bytes: 1 } })
    expect(await closed).toMatchObject({ kind: 'violation' })
  })

  test('bytes for a connection that is not open yet', async () => {
    const { inside, closed } = await serving({ connect: () => new Promise(() => undefined) })
    inside.say(connect, { method: 'data', params: { id: 1, text: 'x' } })
    expect(await closed).toMatchObject({ kind: 'violation' })
  })

  test('more bytes than there was room for', async () => {
    const { inside, closed } = await serving({ connect: () => Promise.resolve(new PassThrough({ highWaterMark: 1 })) })
    inside.say(connect)
    await inside.hear((heard) => 'result' in heard && heard.id === 1)
    const piece = { method: 'data', params: { id: 1, text: 'x'.repeat(MAX_LOG_BYTES) } }
    for (let sent = 0; sent <= WINDOW_BYTES; sent += MAX_LOG_BYTES) inside.say(piece)
    expect(await closed).toMatchObject({ kind: 'violation', message: 'more bytes than there was room for' })
  })
})

describe('a box that asks too much', () => {
  const requests = (count: number, from = 1) => Array.from({ length: count }, (_, at) => ({ ...http, id: from + at }))

  test('has so many requests open and no more; the others are refused', async () => {
    const { inside, wire } = await serving({ http: () => new Promise(() => undefined) })
    inside.say(...requests(MAX_OPEN + 10))
    await inside.hear((heard) => 'error' in heard && heard.id === MAX_OPEN + 10)
    expect(inside.heard.filter((heard) => 'error' in heard)).toHaveLength(10)
    expect(wire.open()).toBe(MAX_OPEN)
  })

  test('has so much of bodies under way and no more, and gets room back when it gives one up', async () => {
    const { inside, wire } = await serving({ http: () => new Promise(() => undefined) })
    const large = (id: number) => ({ ...withParams(http, { bytes: MAX_BODY_BYTES }), id })
    inside.say(large(1), large(2), large(3))
    expect(await inside.hear((heard) => 'error' in heard)).toMatchObject({ id: 3, error: { code: 'E_RATE' } })
    expect(wire.open()).toBe(2)
    inside.say({ method: 'cancel', params: { id: 1 } }, large(4), { id: 5, method: 'nothing' })
    await inside.hear((heard) => 'error' in heard && heard.id === 5)
    expect(wire.open()).toBe(2)
    expect(inside.heard.filter((heard) => 'error' in heard)).toHaveLength(2)
  })

  test('has its body put together, whatever pieces it comes in, before anyone sees it', async () => {
    const seen: (string | undefined)[] = []
    const { inside } = await serving({
      http: ({ body }) => {
        seen.push(body?.toString())
        return Promise.resolve({ status: 200, headers: {}, body: '' })
      },
    })
    const piece = (bytes: object) => ({ method: 'data', params: { id: 1, ...bytes } })
    inside.say(
      withParams(http, { bytes: 6 }),
      piece({ text: 'ab' }),
      piece({ text: '' }),
      piece({ base64: 'w6Q=' }),
      piece({ text: 'cd' }),
    )
    await inside.hear((heard) => 'method' in heard && heard.method === 'end')
    expect(seen).toEqual(['abäcd'])
  })

  test('does not get out of that by giving up what it asked', async () => {
    const { inside, wire } = await serving({ http: () => new Promise(() => undefined) })
    for (let id = 1; id <= MAX_OPEN + 10; id += 1) inside.say({ ...http, id }, { method: 'cancel', params: { id } })
    await inside.hear((heard) => 'error' in heard && heard.id === MAX_OPEN + 10)
    expect(wire.open()).toBe(MAX_OPEN)
  })

  test('is refused when it asks too often, and heard again after a while', async () => {
    const time = manual()
    const { inside } = await serving({
      clock: time.clock,
      http: () => Promise.resolve({ status: 200, headers: {}, body: '' }),
    })
    for (let id = 1; id <= 510; id += 1) {
      inside.say({ ...http, id })
      await inside.hear(
        (heard) =>
          ('error' in heard && heard.id === id) ||
          ('method' in heard && heard.method === 'end' && heard.params.id === id),
      )
    }
    expect(inside.heard.filter((heard) => 'error' in heard).length).toBeGreaterThanOrEqual(9)
    time.pass(1000)
    inside.say({ ...http, id: 600 })
    await inside.hear((heard) => 'method' in heard && heard.method === 'end' && heard.params.id === 600)
  })

  test('that sends frames faster than they may come is read later', async () => {
    const time = manual()
    const { inside, closed } = await serving({ clock: time.clock })
    const many = Buffer.from('{"method":"nothing"}\n'.repeat(3000))
    for (let at = 0; at < 20; at += 1) inside.sayBytes(many)
    await until(() => time.waiting() > 0 || undefined, 'the wire to slow down')
    const unread = inside.unread()
    expect(unread).toBeGreaterThan(10)
    time.pass(10_000)
    await until(() => inside.unread() < unread || undefined, 'the wire to go on')
    await until(() => {
      time.pass(1000)
      return inside.unread() === 0 || undefined
    }, 'all to be read')
    inside.end()
    time.pass(10_000)
    expect(await closed).toEqual({ kind: 'ended' })
  })

  test('whose frames take long is read later, so that others get their turn', async () => {
    const time = manual()
    const { inside, frames } = await serving({ clock: time.clock, kept: () => time.pass(400) })
    inside.say(log)
    inside.say({ ...log, seq: 3 })
    await until(() => time.waiting() > 0 || undefined, 'the wire to slow down')
    expect(frames).toHaveLength(1)
    time.pass(400)
    await until(() => frames.length === 2 || undefined, 'the wire to go on')
  })

  test('and takes no answers is not read any more', async () => {
    const { inside } = await serving()
    const unblock = inside.block()
    const asks = (from: number) =>
      Buffer.from(
        Array.from({ length: 200 }, (_, at) => `${JSON.stringify({ id: from + at, method: 'nothing' })}\n`).join(''),
      )
    for (let at = 0; at < 100; at += 1) inside.sayBytes(asks(1 + at * 200))
    let seen = -1
    await until(() => {
      const same = inside.unread() === seen
      seen = inside.unread()
      return (same && seen < 100) || undefined
    }, 'the reading to stop')
    expect(inside.unread()).toBeGreaterThan(0)
    unblock()
  })

  test('is told that nobody knows what it asks, and notices that nobody knows are passed over', async () => {
    const { inside, see } = await serving()
    inside.say({ method: 'constructor', params: {} }, { id: 9, method: 'toString' }, hello)
    expect(await inside.hear((heard) => 'error' in heard)).toMatchObject({ id: 9, error: { code: 'E_NOT_FOUND' } })
    await see('hello')
  })
})

describe('what Gantry asks', () => {
  test('is given up when there is no answer, and a late one is passed over', async () => {
    const time = manual()
    const inside = memoryLink()
    const { wire, see } = listen(inside.link, { clock: time.clock })
    const ping = wire.ping()
    time.pass(30_000)
    await expect(ping).rejects.toMatchObject({ code: 'E_TIMEOUT' })
    const frame = inside.heard[0]
    inside.say({ id: frame !== undefined && 'id' in frame ? frame.id : 0, result: {} }, hello)
    await see('hello')
  })

  test('fails when the wire ends, and afterwards at once', async () => {
    const inside = memoryLink()
    const { wire, closed } = listen(inside.link)
    const ping = wire.ping()
    inside.end()
    await expect(ping).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
    expect(await closed).toEqual({ kind: 'ended' })
    await expect(wire.ping()).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
  })

  test('is refused in the words of the inside, made harmless', async () => {
    const inside = memoryLink()
    const { wire } = listen(inside.link)
    const ping = wire.ping()
    const frame = await inside.hear((heard) => 'id' in heard)
    inside.say({
      id: 'id' in frame ? frame.id : 0,
      error: { code: 'E_AUTH', message: `\u001b[31mno\nway${'!'.repeat(2000)}` },
    })
    const error = await ping.catch((thrown: Error & { code: string }) => thrown)
    expect(error).toMatchObject({ code: 'E_RUNTIME' })
    expect(error?.message).toMatch(/^\[31mno way!+$/)
    expect(error?.message.length).toBe(500)
  })
})

test('closing gives up all that is under way, and says so last and once', async () => {
  const ends: string[] = []
  const signals: AbortSignal[] = []
  const { inside, wire } = await serving({
    http: (_request, signal) => {
      signals.push(signal)
      return new Promise(() => undefined)
    },
    connect: (_target, signal) => {
      signals.push(signal)
      return new Promise(() => undefined)
    },
    closed: ({ kind }) => ends.push(`${kind} ${signals.map(({ aborted }) => aborted).join()}`),
  })
  inside.say(http, { ...connect, id: 2 })
  await until(() => signals.length === 2 || undefined, 'both requests')
  wire.close()
  wire.close()
  inside.end()
  expect(ends).toEqual(['closed true,true'])
})

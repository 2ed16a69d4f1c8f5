/** Streams as WebSockets, with real clients. */
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import type { GantryEvent } from '../../contract/index.ts'
import { type TestCore, freePort, manualClock, manualTimer, startTestCore, tempHome, until } from '../testing/index.ts'

const KEEP_ALIVE_MS = 15_000

interface Closed {
  code: number
  reason: string
}

/** `next()` waits for a message, `closed` for the end, `refused` for an answer in plain HTTP instead. */
const open = (core: TestCore, path: string, options: ClientOptions & { key?: string; protocols?: string[] } = {}) => {
  const { key, protocols = [], headers, ...rest } = options
  const socket = new WebSocket(core.url().replace('http', 'ws') + path, protocols, {
    headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
    ...rest,
  })
  const messages: unknown[] = []
  let wake = Promise.withResolvers<void>()
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    messages.push(isBinary ? data : JSON.parse(data.toString()))
    wake.resolve()
  })
  socket.on('error', () => undefined)
  const closed = new Promise<Closed>((resolve) =>
    socket.on('close', (code, reason) => {
      wake.resolve()
      resolve({ code, reason: reason.toString() })
    }),
  )
  const refused = new Promise<{ status: number; headers: object; json: unknown }>((resolve) =>
    socket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, json: JSON.parse(text) }),
      )
    }),
  )
  onTestFinished(() => socket.terminate())
  const next = async (): Promise<unknown> => {
    while (messages.length === 0 && socket.readyState <= WebSocket.OPEN) {
      wake = Promise.withResolvers()
      await wake.promise
    }
    return messages.shift()
  }
  const opened = new Promise<void>((resolve) => socket.on('open', () => resolve()))
  return { socket, next, closed, refused, opened }
}

const setLevel = ({ core }: TestCore, level: 'debug' | 'warn' | 'error') => core.settings.set('log.level', level)
const ofEvent = { type: 'settings.changed', keys: ['log.level'] }

describe('a stream as a WebSocket', () => {
  test('is live, an item a message', async () => {
    const core = await startTestCore()
    const { next, opened, socket } = open(core, '/events?types=settings.changed', { key: core.key('viewer').secret })
    await opened
    expect(socket.protocol).toBe('')
    for (const level of ['debug', 'warn'] as const) {
      setLevel(core, level)
      expect(await next()).toMatchObject(ofEvent)
    }
  })

  test('takes its input from the query, and goes on after `since` and Last-Event-ID', async () => {
    const core = await startTestCore()
    setLevel(core, 'debug')
    setLevel(core, 'warn')
    const key = core.key().secret
    const stream = open(core, '/events?since=0&types=settings.changed&types=settings.problem', { key })
    const first = (await stream.next()) as GantryEvent
    const second = await stream.next()
    for (const [path, headers] of [
      [`/events?types=settings.changed&since=${first.id}`, {}],
      ['/events?types=settings.changed', { 'last-event-id': String(first.id) }],
    ] as const) {
      expect(await open(core, path, { key, headers }).next()).toEqual(second)
    }
  })

  test.each([
    ['Authorization', (key: string) => ({ headers: { authorization: `Bearer ${key}` } })],
    ['X-API-Key', (key: string) => ({ headers: { 'x-api-key': key } })],
    ['a subprotocol, as a browser must', (key: string) => ({ protocols: ['gantry', `gantry.bearer.${key}`] })],
  ])('takes its key as %s', async (_what, withKey) => {
    const core = await startTestCore()
    const { next, socket } = open(core, '/events?since=0', withKey(core.key('client').secret))
    expect(await next()).toMatchObject({ type: expect.any(String) })
    expect(socket.protocol).not.toContain('bearer')
  })

  test('answers the subprotocol gantry and never says a key back', async () => {
    const core = await startTestCore()
    const key = core.key().secret
    const { socket, opened } = open(core, '/events', { protocols: [`gantry.bearer.${key}`, 'gantry'] })
    await opened
    expect(socket.protocol).toBe('gantry')
    const alone = await open(core, '/events', { protocols: [`gantry.bearer.${key}`] }).refused
    expect(alone).toMatchObject({ status: 400, json: { code: 'E_SCHEMA', hint: expect.stringContaining('"gantry"') } })
    expect(JSON.stringify(alone)).not.toContain(key)
  })

  test.each([
    ['no key', {}],
    ['a wrong key', { key: 'gky_0123456789abcdef_wrong' }],
    ['a wrong key as a subprotocol', { protocols: ['gantry', 'gantry.bearer.gky_x'] }],
  ])('is refused with %s before it opens', async (_what, options) => {
    const core = await startTestCore()
    expect(await open(core, '/events', options).refused).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer', connection: 'close' },
      json: { code: 'E_AUTH', hint: expect.any(String) },
    })
  })

  test.each([
    ['a foreign origin', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a page from a file', { origin: 'null' }],
    ['a name that was pointed here', { headers: { host: 'evil.example:9090' } }],
  ])('is refused to %s, key or not', async (_what, options) => {
    const core = await startTestCore()
    expect(await open(core, '/events', { ...options, key: core.key().secret }).refused).toMatchObject({
      status: 403,
      json: { code: 'E_FORBIDDEN' },
    })
  })

  test('is open to its own pages and to allowed origins', async () => {
    const core = await startTestCore({ env: { GANTRY_HTTP_ALLOWED_ORIGINS: 'http://localhost:3000' } })
    const protocols = ['gantry', `gantry.bearer.${core.key().secret}`]
    for (const origin of [core.url(), 'http://localhost:3000'])
      await open(core, '/events', { origin, protocols }).opened
  })

  test('comes by the socket too, with the key', async () => {
    const core = await startTestCore()
    const url = `ws+unix://${core.core.info().socket}:/events?since=0`
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${core.core.access.ownerToken}` } })
    onTestFinished(() => socket.terminate())
    await once(socket, 'message')
    const other = new WebSocket(url)
    onTestFinished(() => other.terminate())
    const [, response] = (await once(
      other.on('error', () => undefined),
      'unexpected-response',
    )) as [unknown, { statusCode: number }]
    expect(response.statusCode).toBe(401)
  })

  test.each(['/nothing', '/health', '/mcp', '/rpc/events/watch', '/dashboard/', '//events'])(
    'is not there at %s',
    async (path) => {
      const core = await startTestCore()
      expect(await open(core, path, { key: core.key().secret }).refused).toMatchObject({
        status: 404,
        json: { code: 'E_NOT_FOUND' },
      })
    },
  )

  test.each([
    ['a wrong input', '/events?since=-1', 4400, 'E_SCHEMA'],
    ['an unknown input', '/events?sinse=1', 4400, 'E_SCHEMA'],
    ['a wrong place to go on from', '/events', 4400, 'E_SCHEMA'],
  ])('with %s says so in its last message', async (_what, path, code, reason) => {
    const core = await startTestCore()
    const { next, closed } = open(core, path, {
      key: core.key().secret,
      headers: { 'last-event-id': path === '/events' ? 'x' : '1' },
    })
    expect(await next()).toMatchObject({ code: reason, message: expect.any(String), hint: expect.any(String) })
    expect(await closed).toEqual({ code, reason })
  })

  test('costs a request of what the key has a minute', async () => {
    const core = await startTestCore({ now: () => new Date(0), env: { GANTRY_ACCESS_RATE_PER_MINUTE: '1' } })
    const key = core.key().secret
    await open(core, '/events', { key }).opened
    const { next, closed } = open(core, '/events', { key })
    expect(await next()).toMatchObject({ code: 'E_RATE', details: { retryAfterSeconds: 60 } })
    expect(await closed).toEqual({ code: 4429, reason: 'E_RATE' })
  })

  test('ends when its key is revoked, and says so', async () => {
    const core = await startTestCore()
    const { key, secret } = core.key('viewer')
    const { next, closed, opened } = open(core, '/events?types=settings.changed', { key: secret })
    await opened
    core.core.access.keys.revoke(key.id)
    expect(await next()).toMatchObject({ code: 'E_AUTH' })
    expect(await closed).toEqual({ code: 4401, reason: 'E_AUTH' })
  })

  test('ends when its key expires', async () => {
    const clock = manualClock()
    const core = await startTestCore({ now: clock.now })
    const { secret } = core.core.access.keys.create({ name: 'x', role: 'admin', expiresInDays: 1 }, 'test')
    const { next, closed, opened } = open(core, '/events?types=settings.problem', { key: secret })
    await opened
    clock.pass(2 * 86_400_000)
    core.core.events.emit({ type: 'settings.problem', message: 'after' })
    expect(JSON.stringify(await next())).not.toContain('after')
    expect(await closed).toEqual({ code: 4401, reason: 'E_AUTH' })
  })

  test('ends with Gantry', async () => {
    const core = await startTestCore()
    const { closed, opened } = open(core, '/events?types=settings.changed', { key: core.key().secret })
    await opened
    await core.stop()
    expect(await closed).toEqual({ code: 1001, reason: 'Gantry went away' })
  })

  test('ends when Gantry moves to another port', async () => {
    const home = tempHome()
    writeFileSync(join(home, 'settings.json'), JSON.stringify({ 'http.port': await freePort() }))
    const core = await startTestCore({ home, env: { GANTRY_HTTP_PORT: '' } })
    const { closed, opened } = open(core, '/events?types=settings.changed', { key: core.key().secret })
    await opened
    const before = core.url()
    core.core.settings.set('http.port', await freePort())
    expect(await closed).toEqual({ code: 1001, reason: 'Gantry went away' })
    expect(core.url()).not.toBe(before)
  })

  test('is let go of when its reader leaves', async () => {
    const core = await startTestCore()
    const ended = Promise.withResolvers<void>()
    const { watch } = core.core.events
    core.core.events.watch = async function* (filter, signal) {
      try {
        yield* watch(filter, signal)
      } finally {
        ended.resolve()
      }
    }
    const { socket, opened } = open(core, '/events?types=settings.changed', { key: core.key().secret })
    await opened
    socket.terminate()
    await ended.promise
    await until(
      async () => ((await core.core.http.connections()) === 0 ? true : undefined),
      'the last connection to end',
    )
  })

  test('takes nothing from its reader', async () => {
    const core = await startTestCore()
    const key = core.key().secret
    const talker = open(core, '/events?types=settings.changed', { key })
    await talker.opened
    talker.socket.send('hello')
    expect((await talker.closed).code).toBe(1003)
    const flooder = open(core, '/events?types=settings.changed', { key })
    await flooder.opened
    flooder.socket.send('x'.repeat(1025))
    expect((await flooder.closed).code).toBe(1009)
    const liar = open(core, '/events?types=settings.changed', { key })
    await liar.opened
    // A frame that was not masked, which clients must never send.
    ;(liar.socket as unknown as { _socket: { write: (bytes: Buffer) => void } })._socket.write(
      Buffer.from([0x81, 0x01, 0x78]),
    )
    expect((await liar.closed).code).toBe(1002)
  })

  test('asks whether its reader is still there, and lets go of one that does not answer', async () => {
    const timer = manualTimer()
    const core = await startTestCore({ every: timer.every })
    const key = core.key().secret
    const path = '/events?types=settings.changed'
    const [present, gone] = [open(core, path, { key }), open(core, path, { key, autoPong: false })]
    await Promise.all([present.opened, gone.opened])
    const asked = Promise.all([present, gone].map(({ socket }) => once(socket, 'ping')))
    timer.tick(KEEP_ALIVE_MS)
    await asked
    // The answer of the one that is there has arrived when this comes back.
    await core.rest('GET', '/health')
    const askedAgain = once(present.socket, 'ping')
    timer.tick(KEEP_ALIVE_MS)
    expect((await gone.closed).code).toBe(1006)
    await askedAgain
    expect(present.socket.readyState).toBe(WebSocket.OPEN)
  })
})

describe('another wish to upgrade', () => {
  const ask = (core: TestCore, method: string, path: string, body: string, more: Record<string, string> = {}) =>
    new Promise<{ status: number; json: unknown }>((resolve, reject) => {
      const outgoing = httpRequest(`${core.url()}${path}`, {
        method,
        headers: {
          connection: 'Upgrade, HTTP2-Settings',
          upgrade: 'h2c',
          'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
          'x-api-key': core.key().secret,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          ...more,
        },
      })
      outgoing.on('error', reject)
      outgoing.on('response', (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) }))
      })
      outgoing.end(body)
    })

  test('is ignored: the request is answered as any other, with its body', async () => {
    const core = await startTestCore()
    expect(await ask(core, 'GET', '/health', '')).toMatchObject({ status: 200, json: { status: 'ok' } })
    for (const name of ['short', 'x'.repeat(70)]) {
      const made = await ask(core, 'POST', '/access/keys', JSON.stringify({ name }))
      expect(made).toMatchObject({ status: 201, json: { key: { name } } })
    }
    expect(await ask(core, 'GET', '/health', '', { host: 'evil.example' })).toMatchObject({ status: 403 })
  })

  test('is ignored on a connection that goes on', async () => {
    const core = await startTestCore()
    const { hostname, port } = new URL(core.url())
    const connection = connect(Number(port), hostname)
    onTestFinished(() => void connection.destroy())
    const wish = 'Connection: Upgrade\r\nUpgrade: h2c\r\n'
    const get = (more: string) => `GET /health HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${more}\r\n`
    connection.write(get(wish) + get(''))
    let text = ''
    for await (const chunk of connection) {
      text += String(chunk)
      if (text.split('HTTP/1.1 200').length === 3) break
    }
    expect(text.split('HTTP/1.1 200')).toHaveLength(3)
  })

  test('to WebSocket without what belongs to one is an error in plain HTTP', async () => {
    const core = await startTestCore()
    const { hostname, port } = new URL(core.url())
    const connection = connect(Number(port), hostname)
    connection.write(
      `GET /events HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX-API-Key: ${core.key().secret}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    )
    let text = ''
    for await (const chunk of connection) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect((await core.rest('GET', '/health')).status).toBe(200)
  })
})

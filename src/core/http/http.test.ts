import { Agent } from 'node:http'
import { connect } from 'node:net'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { contract, listOperations, roleMay, Role } from '../../contract/index.ts'
import { type Reply, type TestCore, openSse, startTestCore, suiteCleanup } from '../testing/index.ts'
import { fileInside } from './dashboard.ts'

const LIMIT = 2048
const cleanup = suiteCleanup()
let shared: TestCore
let key: string

beforeAll(async () => {
  shared = await startTestCore({
    cleanup,
    env: { GANTRY_HTTP_MAX_BODY_BYTES: String(LIMIT), GANTRY_HTTP_ALLOWED_ORIGINS: 'http://localhost:3000' },
  })
  key = shared.key('admin').secret
})

const code = ({ status, json }: Reply) => [status, json?.code]
const isOneClearError = (reply: Reply) => {
  expect(reply.headers['content-type']).toBe('application/json')
  expect(reply.json).toEqual({
    code: expect.stringMatching(/^E_/),
    message: expect.stringMatching(/\S/),
    hint: expect.stringMatching(/\S/),
    ...(reply.json?.details === undefined ? {} : { details: expect.anything() }),
  })
}

describe('the key', () => {
  test('is needed for everything but health', async () => {
    expect((await shared.rest('GET', '/health')).status).toBe(200)
    for (const [method, path] of [
      ['GET', '/info'],
      ['GET', '/openapi.json'],
      ['POST', '/mcp'],
      ['GET', '/mcp'],
      ['DELETE', '/mcp'],
      ['POST', '/rpc/system/info'],
      ['GET', '/events'],
    ] as const) {
      const reply = await shared.rest(method, path, method === 'POST' ? { body: {} } : {})
      expect(code(reply), `${method} ${path}`).toEqual([401, path.startsWith('/rpc') ? undefined : 'E_AUTH'])
      if (path.startsWith('/rpc')) expect(reply.json.json).toMatchObject({ code: 'E_AUTH' })
      else isOneClearError(reply)
    }
  })

  test('is asked for before the input is looked at', async () => {
    expect(code(await shared.rest('PUT', '/settings/nonsense', { body: { value: 1 } }))).toEqual([401, 'E_AUTH'])
  })

  test('is taken as Authorization and as X-API-Key', async () => {
    for (const [name, value] of [
      ['authorization', `Bearer ${key}`],
      ['authorization', `bearer   ${key}`],
      ['x-api-key', key],
    ] as const) {
      const headers = { [name]: value }
      expect((await shared.rest('GET', '/access/whoami', { headers })).json).toMatchObject({
        kind: 'key',
        role: 'admin',
      })
    }
  })

  test.each([
    ['a wrong one', { authorization: 'Bearer gky_0123456789abcdef_wrong' }],
    ['a wrong one of any form', { 'x-api-key': 'x' }],
    ['a very long one', { 'x-api-key': 'x'.repeat(8000) }],
  ])('that is %s is refused, even where none is needed', async (_what, headers) => {
    for (const path of ['/health', '/info']) {
      const reply = await shared.rest('GET', path, { headers })
      expect(code(reply)).toEqual([401, 'E_AUTH'])
      expect(reply.headers['www-authenticate']).toBe('Bearer')
      isOneClearError(reply)
    }
  })

  test('in another scheme counts as none', async () => {
    expect(code(await shared.rest('GET', '/info', { headers: { authorization: `Basic ${key}` } }))).toEqual([
      401,
      'E_AUTH',
    ])
  })

  test('stops working at once when it is revoked, and when it expires', async () => {
    let time = Date.parse('2026-11-21T14:00:00Z')
    const core = await startTestCore({ now: () => new Date(time) })
    const { key: made, secret } = core.key('viewer')
    const short = core.key('viewer', 1).secret
    const status = async (credential: string) => (await core.rest('GET', '/info', { key: credential })).status
    expect([await status(secret), await status(short)]).toEqual([200, 200])
    core.core.access.keys.revoke(made.id)
    time += 86_400_000
    expect([await status(secret), await status(short)]).toEqual([401, 401])
  })

  test('that is wrong leaves a mark in the audit trail, a flood of them a few', async () => {
    const core = await startTestCore()
    for (let count = 0; count < 30; count += 1) await core.rest('GET', '/info', { key: 'x' })
    const { items } = core.core.access.audit.list({ limit: 100, outcome: 'refused' })
    expect(items.length).toBeGreaterThan(0)
    expect(items.length).toBeLessThanOrEqual(11)
    expect(items[0]).toMatchObject({ operation: 'access', code: 'E_AUTH', surface: 'rest', actor: 'nobody' })
  })
})

describe('roles', () => {
  const operations = listOperations(contract).filter(({ meta, stream }) => meta.permission !== 'public' && !stream)

  test.each(Role.options)('%s may call what its permissions say and nothing else', async (role) => {
    const { secret } = shared.key(role)
    for (const { name, method, route, meta, input } of operations) {
      // Only what is refused is really called with a role that may: nothing is changed by asking.
      const may = meta.permission !== 'public' && roleMay(role, meta.permission)
      if (may && meta.effect !== 'read') continue
      const reply = await shared.rest(method, route.replaceAll(/\{\w+\}/g, 'x'), {
        key: secret,
        ...(method === 'GET' ? {} : { body: {} }),
      })
      // What cannot do without input says so, once it is sure that the key may ask; so does what is not on this machine.
      const answered = input.safeParse({}).success ? [200, 503] : [400]
      expect(may ? answered : [403], `${role} ${name}: ${reply.text}`).toContain(reply.status)
      if (!may) {
        isOneClearError(reply)
        expect(reply.json.hint).toContain('admin')
      }
    }
  })

  test('that were refused are in the audit trail', async () => {
    await shared.rest('POST', '/access/keys', { key: shared.key('viewer').secret, body: { name: 'x' } })
    expect(shared.core.access.audit.list({ limit: 1 }).items).toMatchObject([
      { operation: 'access.keys.create', outcome: 'refused', code: 'E_FORBIDDEN', actor: 'viewer key' },
    ])
  })
})

describe('the rate limit', () => {
  test('answers 429 with Retry-After when a key is used too often, other keys are not touched', async () => {
    const core = await startTestCore({ now: () => new Date(0), env: { GANTRY_ACCESS_RATE_PER_MINUTE: '3' } })
    const { secret } = core.key('viewer')
    for (let count = 0; count < 3; count += 1)
      expect((await core.rest('GET', '/info', { key: secret })).status).toBe(200)
    const reply = await core.rest('GET', '/info', { key: secret })
    expect(code(reply)).toEqual([429, 'E_RATE'])
    expect(reply.headers['retry-after']).toBe('20')
    expect(reply.json.details).toEqual({ retryAfterSeconds: 20 })
    isOneClearError(reply)
    expect((await core.rest('GET', '/info', { key: core.key().secret })).status).toBe(200)
    expect((await core.rest('GET', '/info', { key: core.core.access.ownerToken })).status).toBe(200)
  })

  test('also counts what a key may not do, so that refusals cannot flood the trail', async () => {
    const core = await startTestCore({ now: () => new Date(0), env: { GANTRY_ACCESS_RATE_PER_MINUTE: '3' } })
    const { secret } = core.key('viewer')
    for (let count = 0; count < 10; count += 1)
      await core.rest('POST', '/access/keys', { key: secret, body: { name: 'x' } })
    expect(core.core.access.audit.list({ limit: 100, outcome: 'refused' }).items).toHaveLength(3)
  })

  test('slows down whoever guesses at login codes', async () => {
    const core = await startTestCore({ now: () => new Date(0) })
    const statuses: number[] = []
    for (let count = 0; count < 22; count += 1)
      statuses.push((await core.rest('POST', '/access/login', { body: { code: `glc_${count}` } })).status)
    expect(statuses.slice(0, 20)).toEqual(statuses.slice(0, 20).map(() => 401))
    expect(statuses.slice(20)).toEqual([429, 429])
    expect((await core.rest('GET', '/health')).status).toBe(200)
  })
})

describe('a dashboard link', () => {
  test('signs a browser in once, as an admin that is not limited', async () => {
    const link = await shared.rest('POST', '/access/login-links', { key, body: {} })
    expect(link.status).toBe(201)
    const loginCode = /code=(\S+)$/.exec(link.json.url)?.[1]
    const login = () =>
      shared.rest('POST', '/access/login', { body: { code: loginCode }, headers: { origin: shared.url() } })
    const { json } = await login()
    expect((await shared.rest('GET', '/access/whoami', { key: json.token })).json).toMatchObject({
      kind: 'session',
      role: 'admin',
    })
    const again = await login()
    expect(code(again)).toEqual([401, 'E_AUTH'])
    isOneClearError(again)
  })
})

describe('the address', () => {
  test.each([
    'evil.example',
    'evil.example:9090',
    'localhost',
    '127.0.0.1',
    'localhost:1',
    '127.0.0.1.evil.example:9090',
    '0.0.0.0:9090',
  ])('with Host %j is refused: a name that was pointed here (DNS rebinding) is not ours', async (host) => {
    for (const path of ['/health', '/dashboard/', '/mcp', '/nothing']) {
      const reply = await shared.rest('GET', path, { key, headers: { host } })
      expect(code(reply)).toEqual([403, 'E_FORBIDDEN'])
      isOneClearError(reply)
    }
  })

  test('is ours under each of its own names', async () => {
    const port = new URL(shared.url()).port
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      expect((await shared.rest('GET', '/health', { headers: { host } })).status).toBe(200)
    }
  })

  test.each([
    'null',
    'http://evil.example',
    'http://127.0.0.1:1',
    'http://localhost:3001',
    'https://localhost:3000',
    'http://localhost:3000.evil.example',
    'file://',
  ])('with Origin %j is refused, key or not', async (origin) => {
    for (const [method, path] of [
      ['GET', '/health'],
      ['GET', '/info'],
      ['OPTIONS', '/info'],
      ['GET', '/dashboard/'],
    ] as const) {
      const reply = await shared.rest(method, path, { key, headers: { origin } })
      expect(code(reply)).toEqual([403, 'E_FORBIDDEN'])
      expect(reply.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('lets its own pages in without CORS headers, and allowed origins with them', async () => {
    const own = await shared.rest('GET', '/info', { key, headers: { origin: shared.url() } })
    expect(own.status).toBe(200)
    expect(own.headers['access-control-allow-origin']).toBeUndefined()
    const allowed = await shared.rest('GET', '/info', { key, headers: { origin: 'http://localhost:3000' } })
    expect(allowed.status).toBe(200)
    expect(allowed.headers).toMatchObject({ 'access-control-allow-origin': 'http://localhost:3000', vary: 'origin' })
    const preflight = await shared.rest('OPTIONS', '/settings/http.port', {
      headers: { origin: 'http://localhost:3000' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-methods']).toContain('PUT')
    expect(preflight.headers['access-control-allow-headers']).toContain('x-api-key')
    expect(preflight.headers['access-control-allow-credentials']).toBeUndefined()
  })

  test('still asks an allowed origin for a key', async () => {
    expect(code(await shared.rest('GET', '/info', { headers: { origin: 'http://localhost:3000' } }))).toEqual([
      401,
      'E_AUTH',
    ])
  })

  test('is not asked of the socket, which needs the key all the same', async () => {
    const socketPath = shared.core.info().socket
    const headers = { host: 'gantry', origin: 'null' }
    expect(code(await shared.rest('GET', '/info', { socketPath, headers }))).toEqual([401, 'E_AUTH'])
    expect(
      (await shared.rest('GET', '/info', { socketPath, headers, key: shared.core.access.ownerToken })).status,
    ).toBe(200)
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
  })
})

describe('the body', () => {
  const post = (body: unknown, options: { headers?: Record<string, string>; chunked?: boolean; agent?: Agent } = {}) =>
    shared.rest('POST', '/access/keys', { key, body, ...options })
  const keptOpen = () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    return agent
  }

  test.each([
    ['over the cap', 'E_TOO_LARGE', { name: 'x'.repeat(LIMIT) }, {}],
    ['over the cap in chunks of unknown length', 'E_TOO_LARGE', { name: 'x'.repeat(LIMIT) }, { chunked: true }],
    ['far over the cap', 'E_TOO_LARGE', 'x'.repeat(20 * 1024 * 1024), {}],
    ['far over the cap in chunks', 'E_TOO_LARGE', 'x'.repeat(20 * 1024 * 1024), { chunked: true }],
    ['of another type', 'E_SCHEMA', 'name=x', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    [
      'of a type that a page may send unasked',
      'E_SCHEMA',
      '{"name":"x"}',
      { headers: { 'content-type': 'text/plain' } },
    ],
    ['that is not JSON', 'E_SCHEMA', '{"name": "x"', {}],
    ['of bytes that are no text', 'E_SCHEMA', Buffer.from([0xff, 0xfe, 0x00, 0x7b]), {}],
    ['nested deeper than anyone would', 'E_SCHEMA', `{"name":${'['.repeat(900)}${']'.repeat(900)}}`, {}],
    ['that is a list', 'E_SCHEMA', '[]', {}],
    ['that is null', 'E_SCHEMA', 'null', {}],
    ['that is a number', 'E_SCHEMA', '7', {}],
    ['with a wrong value', 'E_SCHEMA', { name: 7 }, {}],
    ['with a value missing', 'E_SCHEMA', {}, {}],
    ['that names a prototype', 'E_SCHEMA', '{"__proto__": {"name": "x"}}', {}],
  ] as const)(
    '%s is one clear error %s, and the connection is good for the next',
    async (_what, expected, body, options) => {
      const agent = keptOpen()
      const reply = await post(body, { ...options, agent })
      expect(reply.json?.code, reply.text).toBe(expected)
      isOneClearError(reply)
      expect((await shared.rest('GET', '/info', { key, agent })).status).toBe(200)
    },
  )

  test('nested a hundred thousand deep breaks nothing', async () => {
    const core = await startTestCore()
    const deep = `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    for (const path of ['/access/keys', '/rpc/access/keys/create', '/mcp']) {
      const reply = await core.rest('POST', path, {
        key: core.key().secret,
        body: path.startsWith('/rpc') ? `{"json":${deep}}` : deep,
        headers: { accept: 'application/json, text/event-stream' },
      })
      expect(reply.status, `${path} ${reply.text}`).toBe(400)
    }
    expect((await core.rest('GET', '/health')).json.status).toBe('ok')
  })

  test('that breaks off hurts nobody', async () => {
    const { hostname, port } = new URL(shared.url())
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST /access/keys HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${key}\r\nContent-Length: 500\r\n\r\n{"na`,
          () => socket.destroy(),
        )
      })
      socket.once('close', () => resolve())
    })
    expect((await shared.rest('GET', '/health')).status).toBe(200)
  })

  test('may be left out where there is nothing to say', async () => {
    expect((await shared.rest('POST', '/access/login-links', { key })).status).toBe(201)
  })
})

describe('a request', () => {
  test.each([
    ['GET', '/nothing', 404, 'E_NOT_FOUND'],
    ['PATCH', '/info', 404, 'E_NOT_FOUND'],
    ['GET', '/rpc/nothing', 404, 'E_NOT_FOUND'],
    ['GET', '/audit?limit=many', 400, 'E_SCHEMA'],
    ['GET', '/audit?limit=0', 400, 'E_SCHEMA'],
    ['GET', '/audit?outcome=good', 400, 'E_SCHEMA'],
    ['GET', '/%E0%A4%A', 404, 'E_NOT_FOUND'],
    ['PUT', '/settings/no.such', 400, 'E_SCHEMA'],
    ['POST', '/system/backups/..%2F..%2Fgantry.db/restore', 400, 'E_SCHEMA'],
  ])('%s %s is one clear error', async (method, path, status, expected) => {
    const reply = await shared.rest(method, path, { key, ...(method === 'GET' ? {} : { body: {} }) })
    expect(code(reply)).toEqual([status, expected])
    isOneClearError(reply)
  })

  test('over RPC changes nothing with GET, which caches and crawlers repeat', async () => {
    const reply = await shared.rest(
      'GET',
      '/rpc/access/keys/create?data=%7B%22json%22%3A%7B%22name%22%3A%22x%22%7D%7D',
      { key },
    )
    expect(reply.status).toBe(404)
    expect(shared.core.access.keys.list(true).filter(({ name }) => name === 'x')).toEqual([])
  })

  test.each([
    '{"json":{},"meta":[[0,"a","b"]]}',
    '{"json":{},"meta":"x"}',
    '{"json":{},"maps":[["__proto__","x"]]}',
    '7',
    '[]',
  ])('over RPC with the garbage %s is a clear error', async (body) => {
    const reply = await shared.rest('POST', '/rpc/access/keys/create', { key, body })
    expect(reply.status).toBe(400)
    expect(reply.json.json).toMatchObject({ code: 'E_SCHEMA', message: expect.stringMatching(/\S/) })
  })

  test('in the query may repeat a name for a list, or give it once', async () => {
    const since = '/events?since=0&types=system.started'
    for (const path of [`${since}&types=settings.changed`, since, '/events?since=0&types[]=system.started']) {
      const stream = await openSse(shared.url(), path, { key })
      expect((await stream.next())?.data, path).toMatchObject({ type: 'system.started' })
      stream.close()
    }
  })

  test('gets headers that keep its answer out of caches and guesses', async () => {
    for (const path of ['/health', '/info', '/nothing']) {
      expect((await shared.rest('GET', path, { key })).headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
    }
  })

  test('for the metrics is answered in the Prometheus text format', async () => {
    await shared.rest('GET', '/info', { key })
    const { headers, text } = await shared.rest('GET', '/metrics', { key })
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text).toMatch(/^# TYPE gantry_operations_total counter$/m)
    expect(text).toMatch(/^gantry_operations_total\{operation="system.info",surface="rest",outcome="ok"\} \d+$/m)
    for (const line of text.split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)*\})? [-+.\dea]+|)$/)
  })

  test('for the head only is answered like the whole, without its body', async () => {
    const whole = await shared.rest('GET', '/health')
    const head = await shared.rest('HEAD', '/health')
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers['content-type']).toBe(whole.headers['content-type'])
  })

  test('says on behalf of whom it comes, and no more than it may', async () => {
    for (const [claimed, seen] of [
      ['dashboard', 'dashboard'],
      // The command line comes by the socket.
      ['cli', 'rest'],
      ['window', 'rest'],
      ['system', 'rest'],
    ] as const) {
      await shared.rest('POST', '/rpc/access/loginLink', { key, body: {}, headers: { 'x-gantry-surface': claimed } })
      expect(shared.core.access.audit.list({ limit: 1 }).items[0]?.surface).toBe(seen)
    }
  })
})

describe('the dashboard', () => {
  beforeAll(() => {
    const folder = join(shared.home, 'renderer')
    mkdirSync(join(folder, 'assets'), { recursive: true })
    writeFileSync(join(folder, 'index.html'), '<!doctype html>')
    writeFileSync(join(folder, 'assets', 'a-123.js'), 'export {}')
    writeFileSync(join(folder, 'assets', 'a.bin'), 'x')
  })

  test('is served without a key, under a policy that allows nothing from elsewhere', async () => {
    const page = await shared.rest('GET', '/dashboard/')
    expect(page).toMatchObject({ status: 200, text: '<!doctype html>' })
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.headers['content-security-policy']).not.toContain('unsafe')
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-frame-options': 'DENY',
    })
    const script = await shared.rest('GET', '/dashboard/assets/a-123.js')
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    expect((await shared.rest('GET', '/dashboard/assets/a.bin')).headers['content-type']).toBe(
      'application/octet-stream',
    )
  })

  test.each([
    ['/', '/dashboard/'],
    ['/dashboard', '/dashboard/'],
    ['/docs', '/dashboard/#/api'],
  ])('is where %s leads', async (path, location) => {
    expect(await shared.rest('GET', path)).toMatchObject({ status: 302, headers: { location } })
  })

  test.each([
    'nothing.js',
    '../settings.json',
    '..%2fsettings.json',
    '%2e%2e/settings.json',
    '..%5csettings.json',
    '%00',
    '%',
    'assets',
    'assets/../../run/endpoint.json',
    '/etc/passwd',
  ])('has no file %s', async (path) => {
    const reply = await shared.rest('GET', `/dashboard/${path}`)
    expect(code(reply)).toEqual([404, 'E_NOT_FOUND'])
  })

  test('never leaves its folder', () => {
    expect(fileInside('/a/b', 'c/d.js')).toBe('/a/b/c/d.js')
    expect(fileInside('/a/b', '')).toBe('/a/b/index.html')
    for (const path of ['../c', '..', 'x/../../c', '%2e%2e/c', '../b-other/c', '%00', '%'])
      expect(fileInside('/a/b', path), path).toBeUndefined()
  })
})

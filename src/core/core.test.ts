import Database from 'better-sqlite3'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GantryError } from '../contract/index.ts'
import { readEndpoint } from './index.ts'
import {
  connectMcp,
  freePort,
  manualTimer,
  mcpCall,
  openSse,
  spawnCli,
  startTestCore,
  tempHome,
  testEnv,
  walk,
} from './testing/index.ts'

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('a core', () => {
  test('says where it is while it runs, and takes that back when it stops', async () => {
    const { core, home, stop, url } = await startTestCore()
    expect(readEndpoint(home)).toMatchObject({
      pid: process.pid,
      mode: 'headless',
      url: url(),
      token: core.access.ownerToken,
    })
    const { socket } = core.info()
    expect(existsSync(socket)).toBe(true)
    await stop()
    expect(readEndpoint(home)).toBeUndefined()
    expect(existsSync(socket)).toBe(false)
  })

  test('whose trail cannot be written changes nothing more, says so, and can still be stopped', async () => {
    const { core, home, client, stopRequested } = await startTestCore()
    const owner = client(core.access.ownerToken)
    const database = new Database(join(home, 'data', 'gantry.db'))
    onTestFinished(() => void database.close())
    database.exec('DROP TABLE audit_entries')
    expect(await owner.system.health({})).toMatchObject({ status: 'failed' })
    await expect(owner.settings.set({ key: 'log.level', value: 'debug' })).rejects.toThrow('Gantry failed to do this.')
    expect(core.settings.get('log.level')).toBe('info')
    expect(await owner.system.stop({})).toMatchObject({ stopping: true })
    await stopRequested
  })

  test('starts again in the same folder, with what was written there', async () => {
    const home = tempHome()
    const first = await startTestCore({ home })
    const { secret } = first.key('viewer')
    await first.stop()
    const second = await startTestCore({ home })
    expect((await second.rest('GET', '/info', { key: secret })).status).toBe(200)
    expect(second.core.access.ownerToken).not.toBe(first.core.access.ownerToken)
  })

  test('keeps a second one out of its folder', async () => {
    const { home } = await startTestCore()
    await expect(startTestCore({ home })).rejects.toMatchObject({
      code: 'E_CONFLICT',
      message: expect.stringContaining(`process ${process.pid}`),
    })
  })

  test('lets go of everything where it cannot be made', async () => {
    const home = tempHome()
    await expect(startTestCore({ home, env: { GANTRY_HTTP_PORT: 'ninety' } })).rejects.toBeInstanceOf(GantryError)
    mkdirSync(join(home, 'data'), { recursive: true })
    writeFileSync(join(home, 'data', 'gantry.db'), 'garbage '.repeat(100))
    await expect(startTestCore({ home })).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
    writeFileSync(join(home, 'data', 'gantry.db'), '')
    await startTestCore({ home })
  })

  test('takes the next port where the wanted one is in use, and says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as { port: number }
    const { core, url } = await startTestCore({ env: { GANTRY_HTTP_PORT: String(port) } })
    expect(Number(new URL(url()).port)).toBeGreaterThan(port)
    expect(core.health().checks.find(({ name }) => name === 'http')?.detail).toContain(`port ${port} is taken`)
  })

  test('runs without HTTP where it cannot listen, and says that it is not well', async () => {
    // After the last port there is no next one. Whoever has it already serves as well.
    const taken = createServer().on('error', () => undefined)
    await new Promise<void>((resolve) => taken.once('error', () => resolve()).listen(65_535, '127.0.0.1', resolve))
    onTestFinished(() => void taken.close())
    const { core, rest } = await startTestCore({ env: { GANTRY_HTTP_PORT: '65535' } })
    expect(core.health()).toMatchObject({ status: 'degraded' })
    expect(core.health().checks.at(-1)?.detail).toContain('cannot listen on 127.0.0.1:65535')
    expect(readEndpoint(core.info().home)?.url).toBeNull()
    expect((await rest('GET', '/info', { key: core.access.ownerToken, socketPath: core.info().socket })).status).toBe(
      200,
    )
  })

  test('tells in its health what was mended', async () => {
    const home = tempHome()
    const first = await startTestCore({ home })
    await first.client(first.core.access.ownerToken).system.backup({})
    await first.stop()
    writeFileSync(join(home, 'data', 'gantry.db'), 'garbage '.repeat(1000))
    const { core } = await startTestCore({ home })
    expect(core.health()).toMatchObject({ status: 'degraded' })
    expect(core.health().checks[0]?.detail).toContain('the backup of')
  })

  test('says in its health when its database does not answer, without falling over', async () => {
    const { core, stop, rest, url } = await startTestCore()
    expect((await rest('GET', '/health')).json.status).toBe('ok')
    const address = url()
    await stop()
    expect(core.health()).toMatchObject({ status: 'failed' })
    expect(address).toContain('127.0.0.1')
  })

  test('hands a request to stop on to its host, after the answer', async () => {
    const { core, rest, stopRequested } = await startTestCore()
    const { json } = await rest('POST', '/system/stop', { key: core.access.ownerToken, body: {} })
    expect(json).toEqual({ stopping: true, pid: process.pid })
    await stopRequested
  })

  test('backs up by itself', async () => {
    const timer = manualTimer()
    const { core, nextEvent } = await startTestCore({ every: timer.every })
    const backedUp = nextEvent('store.backed-up')
    timer.tick(60_000)
    const { name } = await backedUp
    expect(name).toContain('scheduled')
    expect(core.health().status).toBe('ok')
  })
})

describe('a change of settings while it runs', () => {
  const setUp = async () => {
    const first = await freePort()
    const home = tempHome()
    writeFileSync(join(home, 'settings.json'), JSON.stringify({ 'http.port': first }))
    const core = await startTestCore({ home, env: { GANTRY_HTTP_PORT: '' } })
    return { ...core, owner: core.core.access.ownerToken, first }
  }

  test('moves to another port, and the call that asked for it is answered on the old one', async () => {
    const { rest, url, owner, nextEvent, home, first } = await setUp()
    const before = url()
    expect(before).toContain(`:${first}`)
    const wanted = await freePort()
    const moved = nextEvent('system.endpoint')
    const { status, json } = await rest('PUT', '/settings/http.port', { key: owner, body: { value: wanted } })
    expect(status).toBe(200)
    expect(json.items.find(({ key }: { key: string }) => key === 'http.port')).toMatchObject({
      value: wanted,
      source: 'file',
    })
    expect((await moved).url).toBe(`http://127.0.0.1:${wanted}`)
    expect((await rest('GET', '/info', { key: owner })).json.url).toBe(`http://127.0.0.1:${wanted}`)
    expect(readEndpoint(home)?.url).toBe(`http://127.0.0.1:${wanted}`)
    await expect(fetch(`${before}/health`)).rejects.toThrow('fetch failed')
  })

  test('by an edit of the file moves as well', async () => {
    const { url, nextEvent, home } = await setUp()
    const wanted = await freePort()
    const moved = nextEvent('system.endpoint')
    writeFileSync(join(home, 'settings.json'), JSON.stringify({ 'http.port': wanted }))
    await moved
    expect(url()).toBe(`http://127.0.0.1:${wanted}`)
  })

  test('switches HTTP off and on, the socket stays', async () => {
    const { core, rest, nextEvent, owner, home } = await setUp()
    const off = nextEvent('system.endpoint')
    expect((await rest('PUT', '/settings/http.enabled', { key: owner, body: { value: false } })).status).toBe(200)
    expect((await off).url).toBeNull()
    expect(readEndpoint(home)?.url).toBeNull()
    expect(core.health().checks.at(-1)).toMatchObject({ status: 'ok', detail: 'switched off in the settings' })
    const { socket } = core.info()
    const link = await rest('POST', '/access/login-links', { key: owner, socketPath: socket, body: {} })
    expect(link.json).toMatchObject({ code: 'E_UNAVAILABLE', hint: expect.stringContaining('http.enabled') })
    const on = nextEvent('system.endpoint')
    expect(
      (await rest('PUT', '/settings/http.enabled', { key: owner, socketPath: socket, body: { value: null } })).status,
    ).toBe(200)
    expect((await on).url).toMatch(/^http:/)
    expect((await rest('GET', '/health')).status).toBe(200)
  })

  test('applies to the next request: origins, sizes, rates and the level of the log', async () => {
    const { core, rest, key, owner, home } = await setUp()
    const origin = 'http://localhost:3000'
    const health = async () => (await rest('GET', '/health', { headers: { origin } })).status
    expect(await health()).toBe(403)
    core.settings.set('http.allowedOrigins', [origin])
    expect(await health()).toBe(200)
    core.settings.set('http.maxBodyBytes', 1024)
    expect((await rest('POST', '/access/keys', { key: owner, body: { name: 'x'.repeat(2000) } })).json.code).toBe(
      'E_TOO_LARGE',
    )
    core.settings.set('access.ratePerMinute', 1)
    const { secret } = key()
    expect((await rest('GET', '/info', { key: secret })).status).toBe(200)
    expect((await rest('GET', '/info', { key: secret })).status).toBe(429)
    core.settings.set('log.level', 'debug')
    core.log.debug('seen')
    expect(readFileSync(join(home, 'logs', 'gantry.log'), 'utf8')).toContain('"msg":"seen"')
  })

  test('that is wrong is an event, a line in the log and a mark in the health, and changes nothing', async () => {
    const { core, nextEvent, home, url } = await setUp()
    const before = url()
    const told = nextEvent('settings.problem')
    writeFileSync(join(home, 'settings.json'), '{"http.port": "ninety"}')
    expect((await told).message).toContain('http.port')
    expect(url()).toBe(before)
    expect(core.health()).toMatchObject({ status: 'degraded' })
    expect(readFileSync(join(home, 'logs', 'gantry.log'), 'utf8')).toContain('settings file has a mistake')
  })
})

/** Everything a Gantry does that could write something down. */
const exerciseEverything = async () => {
  const core = await startTestCore({ env: { GANTRY_LOG_LEVEL: 'debug' } })
  const owner = core.core.access.ownerToken
  const { key: made, secret } = core.key('admin')
  const client = core.client(secret)
  const { url } = await client.access.loginLink({})
  const code = url.split('code=')[1] ?? ''
  const { token } = await client.access.login({ code })
  const secrets = { secret, owner, code, token }

  await client.settings.set({ key: 'log.level', value: 'debug' }).catch(() => undefined)
  await client.settings.set({ key: 'http.allowedOrigins', value: ['http://localhost:1'] })
  const backup = await client.system.backup({})
  await client.system.restore({ name: backup.name })
  const { client: mcp } = await connectMcp(core.url(), secret)
  for (const text of Object.values(secrets)) {
    await core.rest('GET', `/nothing/${text}?key=${text}`, { key: text })
    await core.rest('GET', '/info', { key: `${text}x` })
    await core.rest('POST', '/access/login', { body: { code: text } })
    await core.rest('POST', '/access/login', { body: { Code: text, nested: { text } } })
    await core.rest('POST', '/access/login', { body: `{"code": "${text}` })
    await core.rest('DELETE', `/access/keys/${text.slice(0, 64)}`, { key: owner })
    await core.rest('PUT', '/settings/log.level', { key: owner, body: { value: text } })
    await mcpCall(mcp, 'access_keys_revoke', { id: text.slice(0, 64) })
    core.core.log.error({ text, lines: `one\n${text}` }, `it failed with ${text}`)
  }
  const stream = await openSse(core.url(), '/events?since=0', { key: secret })
  core.core.access.keys.revoke(made.id)
  return { ...core, secrets, streamed: JSON.stringify(await stream.rest()) }
}

describe('what Gantry writes', () => {
  test('is readable by its owner only, every file and folder of it', async () => {
    const { home, core } = await exerciseEverything()
    core.settings.set('window.theme', 'dark')
    const wrong = walk(home)
      .filter((path) => statSync(path).isDirectory() || statSync(path).isFile() || statSync(path).isSocket())
      .filter((path) => modeOf(path) !== (statSync(path).isDirectory() ? '700' : '600'))
      .map((path) => `${path} ${modeOf(path)}`)
    expect(wrong).toEqual([])
    expect(walk(home).length).toBeGreaterThan(10)
  })

  test('holds no secret: not in a log, the database, its journal, a backup, the settings or an event', async () => {
    const { home, secrets, streamed, stop } = await exerciseEverything()
    const find = (skip: string) => {
      const found: string[] = []
      for (const path of walk(home)) {
        if (!statSync(path).isFile() || path.endsWith(skip)) continue
        const bytes = readFileSync(path)
        for (const [name, text] of Object.entries(secrets))
          if (bytes.includes(text.slice(-30, -1))) found.push(`${name} in ${path}`)
      }
      return found
    }
    // The endpoint file is how the owner's token is handed on; it goes with the process.
    expect(find('run/endpoint.json')).toEqual([])
    for (const text of Object.values(secrets)) expect(streamed).not.toContain(text)
    await stop()
    expect(find('none')).toEqual([])
    const database = new Database(join(home, 'data', 'gantry.db'), { readonly: true })
    expect(
      database.prepare("SELECT count(*) FROM audit_entries WHERE target LIKE '%***%'").pluck().get(),
    ).toBeGreaterThan(0)
    database.close()
  })

  test.runIf(process.platform === 'linux')('holds no secret in the list of processes either', async () => {
    const home = tempHome()
    const host = spawnCli(['serve', '--json'], { env: testEnv(home, await freePort()) })
    await host.line()
    const token = readEndpoint(home)?.token ?? ''
    const command = spawnCli(['events', 'watch', '--since', '0', '--json'], { env: testEnv(home, 0) })
    await command.line()
    for (const { child } of [host, command]) {
      const [words, environment] = ['cmdline', 'environ'].map((file) =>
        readFileSync(`/proc/${child.pid}/${file}`, 'utf8'),
      )
      expect(words).toContain('index.ts')
      expect(`${words}${environment}`).not.toContain(token)
    }
    expect(token).toMatch(/^gow_/)
  })
})

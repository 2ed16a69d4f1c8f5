import Database from 'better-sqlite3'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { GantryClient } from '../contract/index.ts'
import { type Endpoint, readEndpoint } from '../core/index.ts'
import { freePort, runCli, send, spawnCli, startTestCore, tempHome, testEnv } from '../core/testing/index.ts'

interface Announced {
  pid: number
  home: string
  url: string
  login: string
}

const serve = async (home: string, extra: Record<string, string> = {}) => {
  const host = spawnCli(['serve', '--json'], { env: { ...testEnv(home, await freePort()), ...extra } })
  const announced = JSON.parse(await host.line()) as Announced
  return { ...host, announced, endpoint: readEndpoint(home) as Endpoint }
}

const clientOf = ({ url, token }: Endpoint): GantryClient =>
  createORPCClient(new RPCLink({ url: `${url}/rpc`, headers: { authorization: `Bearer ${token}` } }))

describe('gantry serve', () => {
  test('prints a link that signs a browser in once', async () => {
    const home = tempHome()
    const { announced } = await serve(home)
    expect(announced).toMatchObject({ home, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
    const code = announced.login.split('code=')[1]
    const login = () => send(announced.url, 'POST', '/access/login', { body: { code } })
    const { json } = await login()
    expect((await send(announced.url, 'GET', '/info', { key: json.token })).json).toMatchObject({
      mode: 'headless',
      pid: announced.pid,
    })
    expect((await login()).status).toBe(401)
  })

  test('says to people where it is, and how to get in', async () => {
    const host = spawnCli(['serve'], { env: testEnv(tempHome(), await freePort()) })
    const lines = [await host.line(), await host.line(), await host.line(), await host.line()]
    expect(lines[0]).toContain('is running without a window')
    expect(lines[2]).toMatch(/HTTP +http:.*MCP http:.*\/mcp$/)
    expect(lines[3]).toMatch(/Dashboard +http:.*login\?code=glc_/)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends at %s within five seconds with exit code 0, streams open or not',
    async (signal) => {
      const home = tempHome()
      const { kill, ended, endpoint } = await serve(home)
      const stream = await clientOf(endpoint).events.watch({ since: 0 })
      await stream.next()
      const began = performance.now()
      kill(signal)
      expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' })
      expect(performance.now() - began).toBeLessThan(5000)
      expect(readEndpoint(home)).toBeUndefined()
      await stream.return(undefined).catch(() => undefined)
    },
  )

  test('refuses a folder in which another one works, says which, and ends with exit code 6', async () => {
    const core = await startTestCore()
    const { code, stdout, stderr } = await runCli(['serve', '--json'], { env: testEnv(core.home, core.port) })
    expect([code, stdout]).toEqual([6, ''])
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'E_CONFLICT',
        message: expect.stringContaining(`process ${process.pid}, headless`),
        hint: expect.stringContaining('gantry system stop'),
      },
    })
    expect((await core.rest('GET', '/health')).status).toBe(200)
  })

  test('takes over at once from a Gantry that a command started for itself', async () => {
    const home = tempHome()
    const env = testEnv(home, await freePort())
    const info = async () =>
      JSON.parse((await runCli(['system', 'info', '--json'], { env })).stdout) as { mode: string }
    expect(await info()).toMatchObject({ mode: 'attached' })
    const host = spawnCli(['serve', '--json'], { env })
    const { pid } = JSON.parse(await host.line()) as Announced
    expect(await info()).toMatchObject({ mode: 'headless', pid })
  })

  test.each<[string, string]>([
    ['exception', "throw new Error('planted')"],
    ['rejection', "void Promise.reject(new Error('planted'))"],
  ])('writes an %s that nobody caught to its log, and ends with exit code 1', async (_what, planted) => {
    const home = tempHome()
    const plant = `data:text/javascript,process.on('SIGUSR2',()=>{${planted}})`
    const { kill, ended } = await serve(home, { NODE_OPTIONS: `--import="${plant}"` })
    kill('SIGUSR2')
    expect(await ended).toMatchObject({ code: 1, signal: null, stderr: expect.stringContaining('its log has') })
    expect(readFileSync(join(home, 'logs', 'gantry.log'), 'utf8')).toContain('Error: planted')
  })

  test('keeps everything owner-only whatever the umask', async () => {
    const previous = process.umask(0)
    onTestFinished(() => void process.umask(previous))
    const home = tempHome()
    const { endpoint } = await serve(home)
    await clientOf(endpoint).system.backup({})
    const modes = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name)
        const mode = (statSync(path).mode & 0o777).toString(8)
        const wanted = entry.isDirectory() ? '700' : '600'
        return [...(mode === wanted ? [] : [`${path} ${mode}`]), ...(entry.isDirectory() ? modes(path) : [])]
      })
    expect(modes(home)).toEqual([])
  })
})

describe('a Gantry that is killed', () => {
  /** Whole, and with every key that was acknowledged before the kill. */
  const checkHome = async (home: string, acknowledged: readonly string[]) => {
    const database = new Database(join(home, 'data', 'gantry.db'))
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    database.close()
    const next = await startTestCore({ home })
    const client = next.client(next.core.access.ownerToken)
    const { items } = await client.access.keys.list({})
    expect(acknowledged.filter((id) => !items.some((key) => key.id === id))).toEqual([])
    expect((await client.system.health({})).status).toBe('ok')
    expect(readdirSync(join(home, 'backups')).filter((name) => name.endsWith('.partial'))).toEqual([])
    expect(existsSync(join(home, 'data', 'gantry.db.restoring'))).toBe(false)
    for (const { name } of (await client.system.backups({})).items) {
      const backup = new Database(join(home, 'backups', name), { readonly: true })
      expect([name, backup.pragma('integrity_check', { simple: true })]).toEqual([name, 'ok'])
      backup.close()
    }
    await next.stop()
  }

  const createKeys = async (client: GantryClient, count: number) => {
    const made = await Promise.all(
      Array.from({ length: count }, (_, index) => client.access.keys.create({ name: `key ${index}` })),
    )
    return made.map(({ key }) => key.id)
  }

  test('in the middle of writes loses nothing that it acknowledged', async () => {
    const home = tempHome()
    const { endpoint, kill, ended } = await serve(home)
    const client = clientOf(endpoint)
    const acknowledged: string[] = []
    const writing = Array.from({ length: 200 }, async (_, index) => {
      const { key } = await client.access.keys.create({ name: `key ${index}` })
      acknowledged.push(key.id)
      if (acknowledged.length === 40) kill('SIGKILL')
    })
    await Promise.allSettled(writing)
    await ended
    expect(acknowledged.length).toBeGreaterThanOrEqual(40)
    await checkHome(home, acknowledged)
  })

  // From before the worker has begun to after the last rename, by what is to be seen in the folder.
  const partial = (home: string) => readdirSync(join(home, 'backups')).some((name) => name.endsWith('.partial'))
  const backups = (home: string) => readdirSync(join(home, 'backups')).filter((name) => name.endsWith('.db')).length
  test.each<[string, (home: string) => boolean]>([
    ['begun', partial],
    ['whole', (home) => backups(home) > 0],
  ])(
    'in the middle of a backup that is %s keeps the database and what backups there are whole',
    async (_what, isReached) => {
      const home = tempHome()
      const { endpoint, kill, ended } = await serve(home)
      const client = clientOf(endpoint)
      const keys = await createKeys(client, 50)
      const backup = client.system.backup({}).catch(() => undefined)
      while (!isReached(home) && (await Promise.race([backup, tick()])) === TICK) continue
      kill('SIGKILL')
      await Promise.all([ended, backup])
      await checkHome(home, keys)
    },
  )

  test.each<[string, (home: string, before: number) => boolean]>([
    ['copying the present away', partial],
    ['about to swap', (home, before) => backups(home) > before],
    ['swapping', (home) => existsSync(join(home, 'data', 'gantry.db.restoring'))],
  ])('in the middle of a restore that is %s has the old or the new state, whole', async (_what, isReached) => {
    const home = tempHome()
    const { endpoint, kill, ended } = await serve(home)
    const client = clientOf(endpoint)
    const kept = await createKeys(client, 20)
    const { name } = await client.system.backup({})
    await createKeys(client, 20)
    const before = backups(home)
    const restore = client.system.restore({ name }).catch(() => undefined)
    while (!isReached(home, before) && (await Promise.race([restore, tick()])) === TICK) continue
    kill('SIGKILL')
    await Promise.all([ended, restore])
    const database = new Database(join(home, 'data', 'gantry.db'))
    const count = database.prepare('SELECT count(*) FROM api_keys').pluck().get()
    database.close()
    expect([20, 40]).toContain(count)
    await checkHome(home, kept)
  })

  test('leaves a socket, an endpoint file and a lock that keep nobody out', async () => {
    const home = tempHome()
    const { kill, ended, announced } = await serve(home)
    kill('SIGKILL')
    await ended
    expect(readEndpoint(home)?.pid).toBe(announced.pid)
    expect(existsSync(join(home, 'run', 'gantry.sock'))).toBe(true)
    const next = await serve(home)
    expect(readEndpoint(home)?.pid).toBe(next.announced.pid)
    expect(readFileSync(join(home, 'logs', 'gantry.log'), 'utf8').match(/"msg":"started"/g)).toHaveLength(2)
  })
})

const TICK = Symbol('tick')
const tick = () => new Promise<typeof TICK>((resolve) => setImmediate(() => resolve(TICK)))

import { mkdtempSync, rmSync } from 'node:fs'
import { type RequestListener, createServer } from 'node:http'
import { type Server, createServer as createPlainServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { specOf, testRuntime } from './testing.ts'

const listen = async (server: Server): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-engine-'))
  const file = join(folder, 'engine.sock')
  const sockets = new Set<{ destroy: () => void }>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(file, resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return `unix://${file}`
}

const VERSION = JSON.stringify({ Version: '28.2.1', Components: [{ Name: 'Engine' }] })
const QUICK = { limits: { probe: 100, look: 100, act: 100 } }

/** An engine that says what it is and does as it is told for the rest. */
const fakeEngine = (rest: RequestListener) =>
  listen(
    createServer((incoming, outgoing) =>
      incoming.url?.startsWith('/version') === true ? outgoing.end(VERSION) : rest(incoming, outgoing),
    ),
  )

describe('finding an engine', () => {
  test('says that nothing listens where it was told to look, and what to do', async () => {
    const { runtime } = testRuntime({ host: 'unix:///not/there.sock' })
    expect(await runtime.status()).toEqual({
      name: 'docker',
      available: false,
      reason:
        'No container engine: unix:///not/there.sock (from DOCKER_HOST): nothing listens there. Start Docker or Podman, or install one of them.',
      version: null,
      detail: 'Docker or Podman',
      boxes: 0,
    })
    const failures = [
      runtime.open(specOf(), { signal: new AbortController().signal }),
      runtime.list(),
      runtime.find('a'),
    ]
    for (const failure of failures) await expect(failure).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
  })

  test('says that there is none anywhere', async () => {
    const around = { env: {}, homeFolder: '/not/there', platform: 'win32', uid: undefined } as const
    const { reason } = await testRuntime({ around }).runtime.status()
    expect(reason).toBe('No container engine was found. Install Docker or Podman and start it, or set DOCKER_HOST.')
  })

  test('does not wait for one that hangs', async () => {
    const { runtime } = testRuntime({ host: await listen(createPlainServer()), ...QUICK })
    expect((await runtime.status()).reason).toContain('it does not answer')
  })

  test.each([
    ['ssh://me@far', 'is not spoken'],
    ['tcp://nowhere.invalid:2375', 'No container engine'],
    ['tcp://127.0.0.1:1', 'nothing answers there'],
    ['http://[', 'Invalid URL'],
  ])('says what is wrong with %s', async (host, words) => {
    const { available, reason } = await testRuntime({ host }).runtime.status()
    expect(available).toBe(false)
    expect(reason).toContain(words)
  })

  test('takes what is no engine for none', async () => {
    const host = await listen(createServer((_incoming, outgoing) => outgoing.writeHead(404).end('not here')))
    expect((await testRuntime({ host }).runtime.status()).reason).toContain('not here')
  })

  test('tries again when it is asked again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-engine-'))
    const file = join(folder, 'engine.sock')
    const { runtime } = testRuntime({ host: `unix://${file}` })
    expect((await runtime.status()).available).toBe(false)
    const server = createServer((incoming, outgoing) =>
      outgoing.end(incoming.url?.startsWith('/version') === true ? VERSION : '[]'),
    )
    await new Promise<void>((resolve) => server.listen(file, resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    })
    expect(await runtime.status()).toMatchObject({
      available: true,
      version: '28.2.1',
      detail: `Docker at unix://${file}, from DOCKER_HOST`,
    })
  })

  test('knows Podman by its name', async () => {
    const version = JSON.stringify({ Version: '5.2.0', Components: [{ Name: 'Podman Engine' }] })
    const server = createServer((incoming, outgoing) =>
      outgoing.end(incoming.url?.startsWith('/version') === true ? version : '[]'),
    )
    const { runtime } = testRuntime({ host: await listen(server) })
    expect((await runtime.status()).detail).toMatch(/^Podman at /)
  })
})

describe('an engine that hangs', () => {
  test('holds up nothing: every call has a time limit', async () => {
    const { runtime } = testRuntime({ host: await fakeEngine(() => undefined), ...QUICK })
    const signal = new AbortController().signal
    for (const call of [runtime.list(), runtime.find('a'), runtime.open(specOf(), { signal })]) {
      await expect(call).rejects.toMatchObject({
        code: 'E_UNAVAILABLE',
        message: expect.stringMatching(/^The container engine did not .+ within 0.1 s\.$/),
      })
    }
    expect((await runtime.status()).available).toBe(false)
  })

  test('in the middle of an answer is no different', async () => {
    const { runtime } = testRuntime({
      host: await fakeEngine((_incoming, outgoing) => outgoing.write('[{"Id":')),
      ...QUICK,
    })
    await expect(runtime.list()).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
  })

  test('does not keep Gantry from stopping', async () => {
    const asked = Promise.withResolvers<void>()
    const { runtime } = testRuntime({ host: await fakeEngine(() => asked.resolve()) })
    const status = runtime.status()
    await asked.promise
    await runtime.stop()
    expect((await status).available).toBe(false)
  })
})

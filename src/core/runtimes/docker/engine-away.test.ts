import { expect, test } from 'vitest'
import { startPrivateEngine, whyNoPrivateEngine } from './private-engine.ts'
import { connected, describeDocker, linesOf, testRuntime, until } from './testing.ts'

const COUNTS = `
  let seq = 0
  setInterval(() => { seq += 1; console.log(JSON.stringify({ seq })) }, 5)
  process.on('SIGTERM', () => process.exit(6))
`

const stopsAndStarts = () => {
  test('tells what ended with it, and what that had written', async () => {
    const { host, start, end } = await startPrivateEngine()
    const { open, runtime, events } = testRuntime({ host, script: COUNTS })
    const box = await open()
    const lines = linesOf(await box.connect())
    for (let seq = 1; seq <= 20; seq += 1) expect(await lines.next()).toBe(`{"seq":${seq}}`)

    await end('SIGTERM')
    await until(() => events.find(({ type }) => type === 'away'), 'it to be away')
    await until(async () => ((await lines.next()) === undefined ? true : undefined), 'the end of the link')
    const status = await runtime.status()
    expect(status).toMatchObject({ available: false, boxes: expect.any(Number) })
    expect(status.reason).toMatch(/nothing (listens|answers) there.* Start Docker or Podman/)
    for (const call of [box.state(), box.end(0), box.connect(), box.stats(), runtime.list()]) {
      await expect(call).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
    }

    await start()
    await until(() => events.find(({ type }) => type === 'back'), 'it to be back')
    await until(() => events.find(({ type }) => type === 'ended'), 'the end of the box')
    // It ended while the engine did; what was seen of it then is as good as what is seen now.
    const kinds = events.map(({ type }) => type).filter((type) => type !== 'ended')
    expect(kinds).toEqual(['away', 'back'])
    expect(events.filter(({ type }) => type === 'ended')).toMatchObject([{ boxId: box.boxId, state: { exitCode: 6 } }])
    expect(await box.state()).toMatchObject({ status: 'exited', exitCode: 6 })

    const again = linesOf(await box.connect())
    let last = 0
    for (let line = await again.next(); line !== undefined; line = await again.next()) {
      last += 1
      expect(line).toBe(`{"seq":${last}}`)
    }
    expect(last).toBeGreaterThanOrEqual(20)
    expect((await box.end(0)).left).toEqual([])
  }, 90_000)

  test('and was killed, goes on with the boxes that outlived it', async () => {
    const { host, start, end } = await startPrivateEngine(['--live-restore'])
    const { open, runtime, events } = testRuntime({ host })
    const box = await open()
    const { link, lines, ask } = await connected(box)
    await lines.next()
    expect(await ask('globalThis.seen = 1; say({ seen })')).toEqual({ seen: 1 })

    await end('SIGKILL')
    await until(() => events.find(({ type }) => type === 'away'), 'it to be away')
    await expect(link.write('say(0)\n')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })

    await start()
    await until(() => events.find(({ type }) => type === 'back'), 'it to be back')
    expect(await runtime.list()).toMatchObject([{ boxId: box.boxId, status: 'running' }])
    const again = await connected(box)
    expect(await again.lines.next()).toContain('hello')
    expect(await again.lines.next()).toBe('{"seen":1}')
    expect(await again.ask('seen += 1; say({ seen })')).toEqual({ seen: 2 })
    expect(events.map(({ type }) => type)).toEqual(['away', 'back'])
    expect((await box.end(100)).left).toEqual([])
    expect(events.map(({ type }) => type)).toEqual(['away', 'back', 'ended'])
  }, 90_000)
}

const why = whyNoPrivateEngine()

const sayWhyNot = () => {
  test('cannot be tried here, for a reason that is known', () => {
    expect(why).toMatch(/not/)
  })
}

describeDocker('an engine that stops and starts again', why === undefined ? stopsAndStarts : sayWhyNot)

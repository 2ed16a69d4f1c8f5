import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { boxName } from './labels.ts'
import { HOST, MIB, connected, describeDocker, plainEngine, specOf, testRuntime, until } from './testing.ts'

describeDocker('a box in a container', () => {
  test('says its first words to whoever started it, and obeys', async () => {
    const { open, runtime } = testRuntime()
    const box = await open()
    const { lines, ask } = await connected(box)
    expect(JSON.parse((await lines.next()) ?? '')).toHaveProperty('hello')
    expect(await ask(`say({ uid: process.getuid(), cwd: process.cwd(), home: process.env.HOME })`)).toEqual({
      uid: 10001,
      cwd: '/home/agent',
      home: '/home/agent',
    })
    expect(await runtime.status()).toMatchObject({ available: true, reason: null, boxes: 1 })
  })

  test('is closed in as the profile says, by the word of the engine and of the kernel', async () => {
    const box = await testRuntime().open()
    const checks = await box.isolation()
    expect(checks.filter(({ ok }) => !ok)).toEqual([])
    expect(checks.find(({ name }) => name === 'Memory')?.value).toBe('256 MiB')
    // Only where the engine runs on this machine; the engine for tests does.
    expect(checks.map(({ name }) => name)).toContain('Kernel: system calls filtered')
  })

  test('with a network of its own is marked for it', async () => {
    const box = await testRuntime().open({ network: 'bridge' })
    const bad = (await box.isolation()).filter(({ ok }) => !ok).map(({ name }) => name)
    expect(bad).toEqual(['Network', 'Kernel: network interfaces'])
  })

  test('is made once, however often it is asked for', async () => {
    const first = testRuntime()
    const spec = specOf()
    const box = await first.open(spec)
    const again = testRuntime({ owner: first.owner })
    const same = await again.open(spec)
    expect(same.ref).toBe(box.ref)
    expect(await again.runtime.list()).toHaveLength(1)
    const { lines } = await connected(same)
    expect(JSON.parse((await lines.next()) ?? '')).toHaveProperty('hello')
  })

  test('that has ended is not run a second time', async () => {
    const first = testRuntime({ script: 'process.exit(4)' })
    const spec = specOf()
    const box = await first.open(spec)
    await until(async () => ((await box.state()).status === 'exited' ? true : undefined), 'the end')
    const again = await testRuntime({ owner: first.owner, script: 'process.exit(4)' }).open(spec)
    expect(again.ref).toBe(box.ref)
    expect(await again.state()).toMatchObject({ status: 'exited', exitCode: 4 })
  })

  test('leaves a container of somebody else under its name alone', async () => {
    const { open, owner, plain } = testRuntime()
    const spec = specOf()
    const name = boxName(owner, spec.boxId)
    const foreign = await plain.createContainer({ name, Image: 'gantry-test/busybox' })
    try {
      await expect(open(spec)).rejects.toMatchObject({ code: 'E_CONFLICT' })
      expect((await foreign.inspect()).Name).toBe(`/${name}`)
    } finally {
      await foreign.remove({ force: true })
    }
  })

  test('says how to get an image that is not there', async () => {
    const failure = await testRuntime()
      .open({ image: 'gantry-test/nowhere:3' })
      .catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code: 'E_UNAVAILABLE', message: 'The image gantry-test/nowhere:3 is not there.' })
    expect(failure).toHaveProperty('hint', 'Build it: gantry runtimes build gantry-test/nowhere:3')
  })

  test('that cannot be started says why and leaves nothing', async () => {
    // With this list of system calls nothing can be run at all.
    const { open, runtime } = testRuntime({ seccomp: '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]}' })
    const failure: unknown = await open().catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code: 'E_RUNTIME' })
    expect(String(failure)).toMatch(/could not start a box: ./)
    expect(await runtime.list()).toEqual([])
  })

  test('whose program is not in its image tells so', async () => {
    const { open, events } = testRuntime({ command: ['/not/there'] })
    const box = await open()
    await until(() => events.find(({ type }) => type === 'ended'), 'the end')
    expect(await box.state()).toMatchObject({ status: 'exited', exitCode: 127 })
    expect(await box.lastOutput()).toContain('/not/there')
  })

  test('that nobody wants any more before it runs leaves nothing', async () => {
    const { runtime } = testRuntime()
    for (const step of ['Making the box', 'Starting the box']) {
      const controller = new AbortController()
      const progress = (said: string) => void (said === step && controller.abort(new Error('not wanted')))
      await expect(runtime.open(specOf(), { signal: controller.signal, progress })).rejects.toThrow('not wanted')
      expect(await runtime.list()).toEqual([])
    }
  })

  test('ends with its true exit code, and says so at once', async () => {
    const { open, events } = testRuntime()
    const box = await open()
    const { link, lines } = await connected(box)
    await lines.next()
    await link.write('process.exit(7)\n')
    expect(await lines.next()).toBeUndefined()
    const ended = await until(() => events.find(({ type }) => type === 'ended'), 'the end')
    expect(ended).toMatchObject({ boxId: box.boxId, state: { status: 'exited', exitCode: 7, reason: null } })
    expect(await box.state()).toMatchObject({ status: 'exited', exitCode: 7, endedAt: expect.any(Number) })
    await expect(link.write('more\n')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
    await expect(box.stats()).rejects.toMatchObject({ code: 'E_CONFLICT' })
  })

  test('tells what it wrote beside the wire, also after it has ended', async () => {
    const { open, events } = testRuntime({ script: 'console.error("no such model"); process.exit(1)' })
    const box = await open()
    await until(() => events.find(({ type }) => type === 'ended'), 'the end')
    expect(await box.lastOutput()).toBe('no such model\n')
  })

  test('stands still while it is paused', async () => {
    const box = await testRuntime().open()
    const { link, lines, ask } = await connected(box)
    await lines.next()
    await box.pause()
    await box.pause()
    expect((await box.state()).status).toBe('paused')
    await link.write('say("late")\n')
    await box.resume()
    await box.resume()
    expect((await box.state()).status).toBe('running')
    expect(await lines.next()).toBe('"late"')
    expect(await ask('say("again")')).toBe('again')
  })

  test('shows what it uses', async () => {
    const box = await testRuntime().open()
    const { lines, ask } = await connected(box)
    await lines.next()
    await box.stats()
    await ask(
      'const end = Date.now() + 700; while (Date.now() < end); globalThis.held = Buffer.alloc(64 * 1024 ** 2, 1); say(0)',
    )
    const stats = await box.stats()
    expect(stats.cpuPercent).toBeGreaterThan(10)
    expect(stats.cpuPercent).toBeLessThan(150)
    expect(stats.memoryBytes).toBeGreaterThan(64 * MIB)
    expect(stats.pids).toBeGreaterThan(1)
  })

  test('takes other limits, except for what cannot be changed', async () => {
    const box = await testRuntime().open()
    const limits = { cpus: 0.5, memoryBytes: 512 * MIB, pids: 32, diskBytes: 32 * MIB }
    await box.setLimits(limits)
    const { HostConfig } = await plainEngine().getContainer(box.ref).inspect()
    expect(HostConfig).toMatchObject({ Memory: 512 * MIB, MemorySwap: 512 * MIB, NanoCpus: 5e8, PidsLimit: 32 })
    await expect(box.setLimits({ ...limits, diskBytes: MIB })).rejects.toMatchObject({ code: 'E_CONFLICT' })
  })

  test('is found by its owner, and by nobody else', async () => {
    const { open, owner } = testRuntime()
    const box = await open()
    const same = testRuntime({ owner })
    const other = testRuntime({ owner: `${owner.slice(0, 8)}${randomBytes(4).toString('hex')}` })
    expect((await same.runtime.find(box.boxId))?.ref).toBe(box.ref)
    expect(await other.runtime.find(box.boxId)).toBeUndefined()
    expect(await other.runtime.list()).toEqual([])
    expect(await same.runtime.find('nothing')).toBeUndefined()
  })

  test('goes on when Gantry lets go of it', async () => {
    const { open, owner, runtime } = testRuntime()
    const box = await open()
    const { lines } = await connected(box)
    await lines.next()
    await runtime.stop()
    expect(await lines.next()).toBeUndefined()
    const found = await testRuntime({ owner }).runtime.find(box.boxId)
    expect(await found?.state()).toMatchObject({ status: 'running' })
  })

  test('carries the marks by which it is found and cleaned up', async () => {
    const { open, owner } = testRuntime()
    const spec = specOf()
    const box = await open(spec)
    const { Config, Name } = await plainEngine().getContainer(box.ref).inspect()
    expect(Name).toBe(`/gantry-${owner.slice(0, 8)}-${spec.boxId}`)
    expect(Config.Labels).toMatchObject({
      'app.gantry.owner': owner,
      'app.gantry.box': spec.boxId,
      'app.gantry.expires': new Date(spec.expiresAt).toISOString(),
    })
  })

  test('on an engine that is reached by TCP is no different', async () => {
    const server = createServer((socket) => {
      const onward = connect(HOST.replace(/^unix:\/\//, ''))
      socket.pipe(onward).pipe(socket)
      for (const end of [socket, onward]) end.on('error', () => end.destroy())
      sockets.push(socket)
    })
    const sockets: Socket[] = []
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { open } = testRuntime({ host: `tcp://127.0.0.1:${port}` })
    const { lines, ask } = await connected(await open())
    expect(await lines.next()).toContain('hello')
    expect(await ask('say({ far: true })')).toEqual({ far: true })
  })

  test('twenty at once all run', async () => {
    const { open, runtime } = testRuntime({ script: `console.log('{"ready":true}'); setInterval(() => {}, 1e9)` })
    const boxes = await Promise.all(Array.from({ length: 20 }, () => open({ limits: { memoryBytes: 64 * MIB } })))
    const words = await Promise.all(boxes.map(async (box) => (await connected(box)).lines.next()))
    expect(new Set(words)).toEqual(new Set(['{"ready":true}']))
    expect((await runtime.list()).filter(({ status }) => status === 'running')).toHaveLength(20)
  }, 60_000)
})

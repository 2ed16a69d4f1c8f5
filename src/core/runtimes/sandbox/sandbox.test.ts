import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { GantryError } from '../../../contract/index.ts'
import { type Facts, foldersOf, processesOf } from '../../../supervisor/index.ts'
import { createSandboxRuntime } from './index.ts'
import {
  MIB,
  SUPERVISOR_SOURCE,
  connected,
  describeSandbox,
  readAll,
  specOf,
  tempFolder,
  testRuntime,
  until,
} from './testing.ts'

const EXIT = 'process.stdout.write("bye\\n", () => process.exit(7))'
const DEAF = `process.on('SIGTERM', () => process.stdout.write('no\\n')); process.stdin.resume(); process.stdout.write('up\\n')`

const failure = async (promise: Promise<unknown>): Promise<GantryError> => {
  const seen = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(seen).toBeInstanceOf(GantryError)
  return seen as GantryError
}

const factsOf = (home: string, boxId: string) =>
  JSON.parse(readFileSync(join(home, 'run', 'boxes', boxId, 'state.json'), 'utf8')) as Facts

const isAlive = (pid: number | undefined) => pid !== undefined && processesOf('linux').see(pid) !== undefined

describeSandbox('a box of the sandbox runtime', () => {
  it('runs its program, wired by stdin and stdout, and is gone with proof when it is ended', async () => {
    const { runtime, home, open, events, ended } = testRuntime()
    const steps: string[] = []
    const spec = specOf()
    const box = await runtime.open(spec, { signal: new AbortController().signal, progress: (step) => steps.push(step) })
    expect(steps).toEqual(['Starting the sandbox'])
    const { ask, lines } = await connected(box)
    expect(JSON.parse((await lines.next()) ?? '')).toMatchObject({ hello: expect.any(Number) as number })
    expect(await ask('await say(6 * 7)')).toBe(42)
    expect(await box.state()).toEqual({
      boxId: spec.boxId,
      status: 'running',
      exitCode: null,
      reason: null,
      endedAt: null,
    })
    expect(await runtime.list()).toMatchObject([{ boxId: spec.boxId, status: 'running' }])
    expect((await runtime.status()).boxes).toBe(1)

    const facts = factsOf(home, spec.boxId)
    const pids = [facts.supervisor?.pid, facts.command?.pid, facts.init?.pid, facts.main?.pid]
    expect(pids.every(isAlive)).toBe(true)
    expect(box.ref).toBe(String(facts.main?.pid))
    const told = ended(spec.boxId)
    const proof = await box.end(5000)
    expect(proof).toEqual({
      steps: ['TERM', 'force remove'],
      gone: ['processes', 'supervisor', 'wire', 'control groups', 'folder'],
      left: [],
    })
    expect(pids.some(isAlive)).toBe(false)
    expect([facts.socket, ...foldersOf(facts.groups)].filter((path) => existsSync(path))).toEqual([])
    expect(readdirSync(join(home, 'run', 'boxes'))).toEqual([])
    expect(await told).toMatchObject({ status: 'exited', exitCode: 143, reason: 'ended by SIGTERM' })
    expect(await box.state()).toMatchObject({ status: 'gone', exitCode: 143 })
    expect(events.filter(({ type }) => type === 'ended')).toHaveLength(1)
    expect(await runtime.find(spec.boxId)).toBeUndefined()
    expect(await lines.next()).toBeUndefined()
    // Another one under the same name is another box.
    expect(await (await open({ boxId: spec.boxId })).state()).toMatchObject({ status: 'running' })
  })

  it('can be ended twice, at once and one after the other', async () => {
    const { open } = testRuntime()
    const box = await open()
    const [first, second] = await Promise.all([box.end(1000), box.end(1000)])
    expect(second).toEqual(first)
    expect(await box.end(1000)).toEqual({ ...first, steps: [] })
  })

  it('is killed when it does not listen', async () => {
    const { open, ended } = testRuntime({ script: DEAF })
    const box = await open()
    const { lines } = await connected(box)
    expect(await lines.next()).toBe('up')
    const told = ended(box.boxId)
    const ending = box.end(100)
    expect(await lines.next()).toBe('no')
    expect(await ending).toMatchObject({ steps: ['TERM', 'KILL', 'force remove'], left: [] })
    expect(await told).toMatchObject({ exitCode: 137, reason: 'ended by SIGKILL' })
  })

  it('tells how it ended by itself, and what it wrote last, until it is removed', async () => {
    const { runtime, open, ended } = testRuntime({ script: `process.stderr.write('oh dear\\n'); ${EXIT}` })
    const spec = specOf()
    const told = ended(spec.boxId)
    const box = await open(spec)
    expect(await told).toMatchObject({ status: 'exited', exitCode: 7, reason: null })
    expect(await box.state()).toMatchObject({ status: 'exited', exitCode: 7, endedAt: expect.any(Number) as number })
    expect(await box.lastOutput()).toBe('oh dear')
    expect(await readAll(box)).toBe('bye\n')
    expect(await runtime.list()).toHaveLength(1)
    expect((await failure(box.stats())).code).toBe('E_CONFLICT')
    expect((await failure(box.pause())).code).toBe('E_CONFLICT')
    const link = await box.connect()
    expect((await failure(link.write('hello\n'))).code).toBe('E_CONFLICT')
    expect(await box.end(0)).toMatchObject({ steps: [], left: [] })
    expect(await runtime.list()).toEqual([])
    expect((await failure(box.connect())).code).toBe('E_NOT_FOUND')
  })

  it('is not even tried where a part of Gantry is missing, and the status names it', async () => {
    const { runtime, home, open } = testRuntime({
      materials: { node: '/nonexistent/node', scripts: '/nonexistent', supervisor: SUPERVISOR_SOURCE },
    })
    const error = await failure(open())
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE', hint: expect.stringContaining('/nonexistent/node') as string })
    expect(await runtime.status()).toMatchObject({ available: false, reason: error.hint })
    expect(existsSync(join(home, 'run', 'boxes'))).toBe(false)
  })

  it('fails with the reason when what it is made of goes away after it was tried', async () => {
    const { runtime, deps, open } = testRuntime()
    expect((await runtime.status()).available).toBe(true)
    writeFileSync(join(deps.home, 'run', 'sandbox', 'seccomp.bpf'), 'not a filter')
    const error = await failure(open())
    expect(error.code).toBe('E_RUNTIME')
    expect(error.message).toMatch(/could not be started: .*seccomp/)
    expect(await runtime.list()).toEqual([])
  })

  it('fails with the reason, and leaves no control groups, when its supervisor misses something', async () => {
    const { runtime, deps, open } = testRuntime()
    await runtime.status()
    rmSync(join(deps.home, 'run', 'sandbox', 'passwd'))
    expect(await failure(open())).toMatchObject({
      code: 'E_RUNTIME',
      message: expect.stringContaining('passwd') as string,
    })
    const found = spawnSync('find', ['/sys/fs/cgroup', '-name', `gantry-${deps.owner}-*`], { encoding: 'utf8' })
    expect(found.stdout).toBe('')
  })

  it('ends when its folder is removed, as nobody could find it any more', async () => {
    const { runtime, home, open } = testRuntime()
    const box = await open()
    const facts = factsOf(home, box.boxId)
    rmSync(join(home, 'run', 'boxes'), { recursive: true })
    await runtime.stop()
    await until(() => (isAlive(facts.supervisor?.pid) ? undefined : true), 'its supervisor to go')
    expect([facts.command, facts.init, facts.main].some((ref) => isAlive(ref?.pid))).toBe(false)
    expect(foldersOf(facts.groups).filter((path) => existsSync(path))).toEqual([])
  })

  it('fails with the reason when its supervisor fails', async () => {
    const { runtime, home, deps } = testRuntime()
    await runtime.status()
    writeFileSync(join(home, 'broken.mjs'), 'throw new Error("broken supervisor")')
    const other = testRuntime({ home, materials: { ...deps.materials, supervisor: join(home, 'broken.mjs') } })
    const error = await failure(other.open())
    expect(error.code).toBe('E_RUNTIME')
    expect(error.message).toContain('broken supervisor')
    expect(await other.runtime.list()).toEqual([])
  })

  it('is not started when that is called off, and leaves nothing', async () => {
    const { runtime, open } = testRuntime()
    await runtime.status()
    const stop = new AbortController()
    const opening = open({}, stop.signal)
    stop.abort(new GantryError('E_CONFLICT', 'not wanted any more'))
    expect((await failure(opening)).message).toBe('not wanted any more')
    expect(await runtime.list()).toEqual([])
  })

  it('gets no network of its own, and no name that leads elsewhere', async () => {
    const { runtime, open } = testRuntime()
    expect(await failure(open({ network: 'bridge' }))).toMatchObject({
      code: 'E_UNAVAILABLE',
      hint: expect.stringContaining('docker') as string,
    })
    for (const boxId of ['../boxes', 'a/b', '', '.', 'a'.repeat(65)]) {
      expect((await failure(open({ boxId }))).code).toBe('E_SCHEMA')
    }
    expect(await runtime.list()).toEqual([])
  })

  it('is the same one when it is opened again under its name', async () => {
    const { open } = testRuntime()
    const spec = specOf()
    const first = await open(spec)
    expect((await open(spec)).ref).toBe(first.ref)
  })

  it('runs from the sources of the supervisor too', async () => {
    const { deps } = testRuntime()
    const { open } = testRuntime({ materials: { ...deps.materials, supervisor: SUPERVISOR_SOURCE } })
    const box = await open()
    const { ask, lines } = await connected(box)
    await lines.next()
    expect(await ask('await say("from source")')).toBe('from source')
  })

  it('runs the agent script of Gantry where nothing else is asked for, also from a folder that only root can enter', async () => {
    const home = tempFolder()
    const { deps } = testRuntime({ home })
    const { inside: _, ...shipped } = deps
    mkdirSync(deps.materials.scripts)
    writeFileSync(join(deps.materials.scripts, 'agent.mjs'), 'import { word } from "./hello.mjs"; console.log(word)')
    writeFileSync(join(deps.materials.scripts, 'hello.mjs'), 'export const word = import.meta.url')
    const stage = tempFolder()
    chmodSync(stage, 0o755)
    const runtime = createSandboxRuntime({ ...shipped, stage: join(stage, 'copies') })
    onTestFinished(() => runtime.stop())
    const box = await runtime.open(specOf(), { signal: new AbortController().signal })
    expect(await readAll(box)).toBe('file:///opt/gantry/hello.mjs\n')
  })

  it('has an environment, accounts and descriptors of its own, whatever Gantry was started with', async () => {
    process.env['GANTRY_TEST_SECRET'] = 'planted'
    const { open } = testRuntime()
    const box = await open()
    const { ask, lines } = await connected(box)
    await lines.next()
    expect(await ask('await say(process.env)')).toEqual({
      HOME: '/home/agent',
      USER: 'agent',
      LOGNAME: 'agent',
      SHELL: '/bin/sh',
      PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/gantry',
      LANG: 'C.UTF-8',
      TMPDIR: '/tmp',
      PWD: '/home/agent/work',
      // Node sets none, the shell before it does.
      ...((await ask('await say(process.env.OLDPWD ?? null)')) === null
        ? {}
        : { OLDPWD: expect.any(String) as string }),
    })
    expect(await ask('await say(require("os").userInfo().username)')).toBe('agent')
    expect(
      await ask('await say([process.getuid(), process.getgid(), process.getgroups(), require("os").hostname()])'),
    ).toEqual([10001, 10001, [10001], 'agent'])
    // Those of a shell started from here: its own three, and the one the folder is read with.
    expect(
      await ask(
        `await say(require('child_process').execSync('ls /proc/self/fd', { encoding: 'utf8' }).trim().split('\\n').length)`,
      ),
    ).toBe(4)
    expect(
      await ask(`await say(require('fs').readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length)`),
    ).toBe(2)
  })

  it('is stopped in all its parts while it is paused', async () => {
    for (const groups of ['found', 'none'] as const) {
      const { open } = testRuntime({ groups })
      const box = await open()
      const { link, ask, lines } = await connected(box)
      await lines.next()
      const count = `let n = 0; setInterval(() => n += 1, 1); globalThis.count = () => n; const { Worker } = require('worker_threads');`
      await ask(
        `${count} require('child_process').spawn('/bin/sh', ['-c', 'while :; do sleep 0.01; done']); await say(1)`,
      )
      await box.pause()
      expect(await box.state()).toMatchObject({ status: 'paused' })
      const before = await box.stats()
      await link.write('await say(count())\n')
      const after = await box.stats()
      expect(after.pids).toBe(before.pids)
      await box.resume()
      expect(await box.state()).toMatchObject({ status: 'running' })
      expect(Number(await lines.next())).toBeGreaterThan(0)
      await box.pause()
      expect(await box.end(2000)).toMatchObject({ steps: ['TERM', 'force remove'], left: [] })
    }
  })

  it('shows on its scorecard what the kernel holds it to', async () => {
    const { open } = testRuntime()
    const checks = await (await open()).isolation()
    const value = (name: string) => checks.find((check) => check.name === name)?.value
    expect(checks.filter(({ ok }) => !ok)).toEqual([])
    expect(value('Network interfaces')).toBe('lo')
    expect(value('Capabilities that can be had')).toBe('none')
    expect(value('System calls')).toBe('filtered')
    expect(value('Root folder')).toBe('read-only')
    expect(value('Memory')).toMatch(/^256 MiB/)
    expect(value('Processes')).toMatch(/^64/)
    expect(value('Writable folders')).toBe('/tmp (32768k), /run (16384k), /dev/shm (32768k), /home/agent (32768k)')
  })

  it('says so on its scorecard where nothing limits its share of the processors', async () => {
    const { open } = testRuntime({ groups: 'none' })
    const checks = await (await open()).isolation()
    expect(checks.filter(({ ok }) => !ok)).toMatchObject([
      { name: 'Processors', value: expect.stringMatching('not limited') as string },
    ])
    expect(checks).toContainEqual({ name: 'Memory', value: '256 MiB, watched by its supervisor', ok: true })
    expect(checks).toContainEqual({ name: 'Processes', value: '64, by a limit of its user', ok: true })
  })

  it('tells what it uses', async () => {
    for (const groups of ['found', 'none'] as const) {
      const { open } = testRuntime({ groups })
      const box = await open()
      const { ask, lines } = await connected(box)
      await lines.next()
      await box.stats()
      await ask(
        `globalThis.kept = Buffer.alloc(${50 * MIB}, 1); while (process.cpuUsage().user < 300_000); await say(1)`,
      )
      const stats = await box.stats()
      expect(stats.memoryBytes).toBeGreaterThan(50 * MIB)
      expect(stats.memoryBytes).toBeLessThan(256 * MIB)
      expect(stats.cpuPercent).toBeGreaterThan(0)
      expect(stats.pids).toBeGreaterThan(1)
    }
  })

  it('takes on the limits of who takes it, where they can still be changed', async () => {
    const { open } = testRuntime()
    const box = await open()
    const limits = specOf().limits
    await box.setLimits({ ...limits, memoryBytes: 512 * MIB, pids: 100, cpus: 0.5 })
    const value = async (name: string) => (await box.isolation()).find((check) => check.name === name)
    expect(await value('Memory')).toMatchObject({ value: expect.stringMatching(/^512 MiB/) as string, ok: true })
    expect(await value('Processes')).toMatchObject({ value: expect.stringMatching(/^100/) as string, ok: true })
    expect(await value('Processors')).toMatchObject({ value: expect.stringMatching(/^0.5/) as string, ok: true })
    await box.setLimits({ ...limits, memoryBytes: 128 * MIB })
    expect(await value('Memory')).toMatchObject({ value: expect.stringMatching(/^128 MiB/) as string, ok: true })
    expect((await failure(box.setLimits({ ...limits, diskBytes: MIB }))).code).toBe('E_RUNTIME')
  })

  it('goes with its supervisor, and its state says so', async () => {
    const { runtime, home, open, ended } = testRuntime()
    const box = await open()
    await box.pause()
    const facts = factsOf(home, box.boxId)
    const told = ended(box.boxId)
    process.kill(facts.supervisor?.pid ?? 0, 'SIGKILL')
    const state = { status: 'exited', exitCode: null, reason: 'its supervisor was killed, and the box with it' }
    expect(await told).toMatchObject(state)
    expect(await runtime.list()).toMatchObject([state])
    await until(() => (isAlive(facts.main?.pid) ? undefined : true), 'the end of the box')
    await until(async () => {
      await box.state()
      return foldersOf(facts.groups).some((path) => existsSync(path)) ? undefined : true
    }, 'its control groups to be put away')
    expect(await box.end(1000)).toMatchObject({ left: [] })
  })

  it('keeps its exit for a supervisor that was told to end', async () => {
    const { home, open, ended } = testRuntime()
    const box = await open()
    const told = ended(box.boxId)
    process.kill(factsOf(home, box.boxId).supervisor?.pid ?? 0, 'SIGTERM')
    expect(await told).toMatchObject({ exitCode: 143, reason: 'its supervisor was told to end (SIGTERM)' })
  })

  it('is ended at its time when no Gantry is there, and not before', async () => {
    const { runtime, deps, open } = testRuntime()
    const box = await open({ expiresAt: Date.now() + 1500 })
    // As long as somebody is there, that one decides.
    await deps.delay(1800)
    expect(await box.state()).toMatchObject({ status: 'running' })
    await runtime.stop()
    const state = await until(async () => {
      const facts = factsOf(deps.home, box.boxId)
      return facts.status === 'exited' ? facts : undefined
    }, 'its end')
    expect(state).toMatchObject({ reason: 'its time was up while no Gantry was there', exitCode: 143 })
  })

  it('is written off when its start was cut short before anybody took it on', async () => {
    const home = tempFolder()
    let now = Date.now()
    const { runtime } = testRuntime({ home, now: () => new Date(now) })
    execFileSync('mkdir', ['-p', join(home, 'run', 'boxes', 'half')])
    writeFileSync(join(home, 'run', 'boxes', 'half', 'plan.json'), '{}')
    expect(await runtime.list()).toMatchObject([{ boxId: 'half', status: 'created' }])
    now += 60_000
    expect(await runtime.list()).toMatchObject([
      { boxId: 'half', status: 'exited', reason: 'its start was interrupted' },
    ])
    expect(existsSync(join(home, 'run', 'boxes', 'half', 'plan.json'))).toBe(false)
    expect(await (await runtime.find('half'))?.end(0)).toMatchObject({ left: [] })
  })
})

/** Agents in containers, through engines that stop, containers that vanish, and bombs that go off inside. */
import { expect, onTestFinished, test } from 'vitest'
import type { AgentCreateInput, GantryClient } from '../contract/index.ts'
import { describeDocker, plainEngine } from './runtimes/docker/testing.ts'
import { startPrivateEngine, whyNoPrivateEngine } from './runtimes/docker/private-engine.ts'
import { type TestCoreOptions, provideImage, startTestCore } from './testing/index.ts'

const LIMITS = { memoryMb: 128, pids: 64, diskMb: 32 }

const opened = async (options: TestCoreOptions = {}) => {
  const core = await startTestCore({ ...options, env: { GANTRY_AGENTS_WARM: 'false', ...options.env } })
  const client = core.client(core.core.access.ownerToken)
  onTestFinished(async () => {
    await client.agents.cancelAll({ graceSeconds: 0 }).catch(() => undefined)
  })
  await provideImage(client)
  return { ...core, client }
}

const run = (client: GantryClient, line: string, more: Partial<AgentCreateInput> = {}) =>
  client.agents.create({ template: 'command', parameters: { line }, limits: LIMITS, runtime: 'docker', ...more })

const ended = async (client: GantryClient, id: string) => {
  await client.agents.wait({ ids: [id], needs: false, seconds: 60 })
  return client.agents.get({ id })
}

const wrote = async (client: GantryClient, id: string, words: string) => {
  for await (const { entries } of await client.agents.stream({ id })) {
    if (entries.some(({ text }) => text?.includes(words))) return
  }
  throw new Error(`it ended without writing "${words}"`)
}

describeDocker('an agent in a container', () => {
  test('whose container somebody else removes has failed, and says so', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'echo here; sleep 300')
    await wrote(client, id, 'here')
    const { ref } = await client.agents.get({ id })
    await plainEngine()
      .getContainer(ref ?? '')
      .remove({ force: true })
    const agent = await ended(client, id)
    expect(agent.state).toBe('failed')
    expect(agent.reason).toMatch(/removed by somebody else|killed|SIGKILL/)
    expect(agent.stopProof?.left).toEqual([])
  })

  test('that eats all its memory has failed, and the reason names it', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'echo eating; node -e "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))"')
    const agent = await ended(client, id)
    expect(agent.state).toBe('failed')
    expect(agent.exitCode === 137 || /memory|SIGKILL/.test(agent.reason ?? '')).toBe(true)
  })

  test('that fills its disk or its processes is told so, and Gantry goes on', async () => {
    const { client, rest, key } = await opened()
    const disk = await run(client, 'dd if=/dev/zero of=/home/agent/work/x bs=1M count=200; echo "disk $?"')
    const forks = await run(client, 'i=0; while [ $i -lt 500 ]; do sleep 20 & i=$((i+1)); done; echo forked')
    await ended(client, disk.id)
    const log = (await client.agents.logs({ id: disk.id })).items.map(({ text }) => text).join('\n')
    expect(log).toContain('disk 1')
    expect((await rest('GET', '/health', { key: key('viewer').secret })).status).toBe(200)
    await client.agents.cancel({ id: forks.id, graceSeconds: 0 })
    expect((await client.agents.get({ id: forks.id })).stopProof?.left).toEqual([])
  })

  test('is paused and resumed, and told things, as in the sandbox', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'echo ready; read word; echo "got $word"')
    await wrote(client, id, 'ready')
    await client.agents.pause({ id })
    expect((await client.agents.status({ id })).state).toBe('paused')
    await client.agents.sendInput({ id, text: 'through' })
    expect(await ended(client, id)).toMatchObject({ state: 'finished', exitCode: 0 })
  })

  test('gets the engine’s network only from an admin', async () => {
    const { client, rest, key } = await opened()
    const body = {
      template: 'command',
      parameters: { line: 'ls /sys/class/net' },
      limits: LIMITS,
      runtime: 'docker',
      network: { mode: 'bridge' },
    }
    expect((await rest('POST', '/agents', { key: key('operator').secret, body })).json.code).toBe('E_FORBIDDEN')
    const { id } = await run(client, 'ls /sys/class/net', { network: { mode: 'bridge' } })
    await ended(client, id)
    expect((await client.agents.logs({ id })).items.map(({ text }) => text)).toContain('eth0')
  })
})

const missing = whyNoPrivateEngine()

const sayWhyNot = () => {
  test('cannot be tried here, for a reason that is known', () => {
    expect(missing).toMatch(/not/)
  })
}

const stopsAndStarts = () => {
  test('takes its agents with it, truthfully, and serves new ones when it is back', { timeout: 120_000 }, async () => {
    const engine = await startPrivateEngine()
    const { client } = await opened({ env: { DOCKER_HOST: engine.host } })
    const { id } = await run(client, 'echo here; sleep 300')
    await wrote(client, id, 'here')
    await engine.end('SIGTERM')
    await engine.start()
    const agent = await ended(client, id)
    expect(agent.state).toBe('failed')
    expect(agent.stopProof?.left).toEqual([])
    const next = await run(client, 'echo again')
    expect(await ended(client, next.id)).toMatchObject({ state: 'finished' })
  })
}

describeDocker('an engine that stops', missing === undefined ? stopsAndStarts : sayWhyNot)

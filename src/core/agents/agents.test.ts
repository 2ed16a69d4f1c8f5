/** Agents in real sandboxes, under a real core: from the wish to the proof of the end. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, expect, test, describe } from 'vitest'
import type { AgentCreateInput, GantryClient, LogEntry } from '../../contract/index.ts'
import { materialsOf } from '../materials.ts'
import { type TestCore, type TestCoreOptions, NODE, ROOT, startTestCore, tempHome, until } from '../testing/index.ts'

const opened = async (options: TestCoreOptions = {}) => {
  const core = await startTestCore({ env: { GANTRY_AGENTS_WARM: 'false', ...options.env }, ...options })
  const client = core.client(core.core.access.ownerToken)
  onTestFinished(async () => {
    await client.agents.cancelAll({ graceSeconds: 0 }).catch(() => undefined)
  })
  return { ...core, client }
}

const run = (client: GantryClient, line: string, more: Partial<AgentCreateInput> = {}) =>
  client.agents.create({
    template: 'command',
    parameters: { line },
    limits: { memoryMb: 256 },
    runtime: 'sandbox',
    ...more,
  })

const ended = async (client: GantryClient, id: string) => {
  await client.agents.wait({ ids: [id], needs: false, seconds: 55 })
  return client.agents.get({ id })
}

/** The next time it is in this state. */
const untilState = async (client: GantryClient, id: string, state: string) => {
  const stream = await client.events.watch({ since: 0, types: ['agents.changed'] })
  if ((await client.agents.get({ id })).state === state) return stream.return(undefined)
  for await (const event of stream) {
    if (event.type === 'agents.changed' && event.agentId === id && event.state === state) break
  }
}

const written = (entries: readonly LogEntry[], stream = 'out') =>
  entries
    .filter((entry) => entry.stream === stream)
    .map(({ text = '', open }) => `${text}${open === true ? '' : '\n'}`)
    .join('')

const logOf = async (client: GantryClient, id: string, stream = 'out') =>
  written((await client.agents.logs({ id, limit: 10_000 })).items, stream)

describe('an agent', () => {
  test('says hello from a box with no network and no key, and is finished', async () => {
    const { client } = await opened()
    const { id, state } = await client.agents.create({ template: 'hello', task: 'Wave' })
    expect(state).toBe('pending')
    const agent = await ended(client, id)
    expect(agent).toMatchObject({ state: 'finished', group: 'done', exitCode: 0, reason: null, runtime: 'sandbox' })
    expect(agent.timeline.map(({ to }) => to)).toEqual(['pending', 'starting', 'running', 'finished'])
    expect(await logOf(client, id)).toContain('Wave')
    expect(agent.stopProof?.left).toEqual([])
    expect(agent.isolation.filter(({ ok }) => !ok)).toEqual([])
  })

  test('that ends with an error has failed, with its exit code and both its outputs apart', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'echo good; echo bad >&2; exit 3')
    expect(await ended(client, id)).toMatchObject({ state: 'failed', exitCode: 3, reason: 'exited with code 3' })
    expect(await logOf(client, id)).toBe('good\n')
    expect(await logOf(client, id, 'err')).toBe('bad\n')
  })

  test('is told by signal how it ended', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'kill -SEGV $$')
    expect(await ended(client, id)).toMatchObject({ state: 'failed', reason: 'ended by SIGSEGV' })
  })

  test('that cannot be started has failed, and says why in the words of what refused', async () => {
    const home = tempHome()
    const template = { id: 'broken', title: 'Broken', description: '', command: ['/no/such/program'] }
    writeFileSync(join(home, 'catalog.json'), JSON.stringify({ templates: [template] }))
    const { client } = await opened({ home })
    const { id } = await client.agents.create({ template: 'broken', runtime: 'sandbox', limits: { memoryMb: 256 } })
    const agent = await ended(client, id)
    expect(agent).toMatchObject({ state: 'failed', exitCode: null, startedAt: null })
    expect(agent.reason).toBe('There is no program "program" in this box.')
    expect(agent.timeline.map(({ to }) => to)).toEqual(['pending', 'starting', 'failed'])
    expect(agent.stopProof?.left).toEqual([])
  })

  test('whose box cannot start shows what the box itself wrote', async () => {
    const scripts = tempHome()
    cpSync(join(ROOT, 'out', 'agent'), scripts, { recursive: true })
    writeFileSync(join(scripts, 'agent.mjs'), "process.stderr.write('no heart in here\\n'); process.exit(9)\n")
    const { client } = await opened({ materials: { ...materialsOf({ checkout: ROOT, node: NODE }), scripts } })
    const { id } = await run(client, 'true')
    const agent = await ended(client, id)
    expect(agent.state).toBe('failed')
    expect(agent.reason).toContain('no heart in here')
  })
})

describe('stopping', () => {
  test('answers with the proof that box, wire and calls are gone', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'echo started; sleep 300')
    await untilState(client, id, 'running')
    const { state, proof } = await client.agents.cancel({ id })
    expect(state).toBe('cancelled')
    expect(proof?.left).toEqual([])
    expect(proof?.gone).toEqual(expect.arrayContaining(['processes', 'wire', 'model and tool calls']))
    expect(await client.agents.get({ id })).toMatchObject({ state: 'cancelled', reason: 'stopped by owner' })
  })

  test('one that does not listen takes a kill, and the proof says so', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'trap "" TERM INT HUP; echo deaf; while true; do sleep 1; done')
    for await (const { entries } of await client.agents.stream({ id })) if (written(entries).includes('deaf')) break
    const { proof } = await client.agents.cancel({ id, graceSeconds: 0.2 })
    expect(proof?.steps).toContain('KILL')
    expect(proof?.left).toEqual([])
  })

  test('twice is the same as once, and an ended agent stays as it ended', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'sleep 300')
    const both = await Promise.all([client.agents.cancel({ id }), client.agents.cancel({ id })])
    expect(both.map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
    const { id: other } = await run(client, 'true')
    await ended(client, other)
    expect(await client.agents.cancel({ id: other })).toMatchObject({ state: 'finished' })
  })

  test('many at once: first what would go, then what went', async () => {
    const { client } = await opened()
    const ids = await Promise.all(
      ['a', 'b', 'c'].map(async (team) => (await run(client, 'sleep 300', { labels: { team } })).id),
    )
    const plan = await client.agents.cancelAll({ label: 'team=a', dryRun: true })
    expect(plan.items).toMatchObject([{ id: ids[0], outcome: 'would-go' }])
    expect((await client.agents.status({ id: ids[0] ?? '' })).endedAt).toBeNull()
    const done = await client.agents.cancelAll({ graceSeconds: 0 })
    expect(done.items.map(({ outcome }) => outcome)).toEqual(['gone', 'gone', 'gone'])
  })

  test('an agent that has not ended cannot be removed; an ended one goes with all it wrote', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'echo x; sleep 300')
    await expect(client.agents.remove({ id })).rejects.toMatchObject({ code: 'E_CONFLICT' })
    await client.agents.cancel({ id, graceSeconds: 0 })
    expect(await client.agents.remove({ id })).toEqual({ removed: id })
    await expect(client.agents.get({ id })).rejects.toMatchObject({ code: 'E_NOT_FOUND' })
    await expect(client.agents.logs({ id })).rejects.toMatchObject({ code: 'E_NOT_FOUND' })
  })
})

describe('talking to it', () => {
  test('what is sent reaches its standard input, and the end of it too', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'while read line; do echo "heard $line"; done; echo over')
    await untilState(client, id, 'running')
    await client.agents.sendInput({ id, text: 'one' })
    await client.agents.sendInput({ id, text: 'two', end: true })
    await ended(client, id)
    expect(await logOf(client, id)).toBe('heard one\nheard two\nover\n')
    expect((await client.agents.messages({ id })).items.map(({ from, text }) => [from, text])).toEqual([
      ['person', 'one'],
      ['person', 'two'],
    ])
  })

  test('paused it stands still, resumed it goes on where it was', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo $i; sleep 0.05; done')
    await untilState(client, id, 'running')
    expect(await client.agents.pause({ id })).toMatchObject({ state: 'paused', group: 'idle' })
    await expect(client.agents.pause({ id })).resolves.toMatchObject({ state: 'paused' })
    expect(await client.agents.resume({ id })).toMatchObject({ state: 'running' })
    await ended(client, id)
    expect((await logOf(client, id)).trim().split('\n')).toHaveLength(20)
  })

  test('a paused agent can be stopped', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'sleep 300')
    await untilState(client, id, 'running')
    await client.agents.pause({ id })
    expect((await client.agents.cancel({ id, graceSeconds: 0 })).proof?.left).toEqual([])
  })
})

describe('logs', () => {
  test('are followed from the first line to the end of the agent', async () => {
    const { client } = await opened()
    const { id } = await run(
      client,
      'i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo "line $i"; done; sleep 0.2; echo last',
    )
    const seen: LogEntry[] = []
    for await (const { entries } of await client.agents.stream({ id })) seen.push(...entries)
    expect(written(seen).split('\n').slice(0, -1)).toEqual([
      ...Array.from({ length: 500 }, (_, i) => `line ${i + 1}`),
      'last',
    ])
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1))
  })

  test('are searched over all agents that one may see', async () => {
    const { client, key, client: owner, ...core } = await opened()
    const { id } = await run(owner, 'echo needle in hay')
    await ended(owner, id)
    expect((await client.agents.search({ grep: 'need.e' })).items).toMatchObject([
      { agentId: id, text: 'needle in hay' },
    ])
    const stranger = core.core && key('client').secret
    expect((await core.rest('GET', '/agents/logs/search?grep=needle', { key: stranger })).json.items).toEqual([])
  })
})

describe('limits', () => {
  test('at its end of time an agent is ended, and its state says so', async () => {
    const { client } = await opened()
    const { id } = await run(client, 'sleep 300', { limits: { ttlSeconds: 2, memoryMb: 256 } })
    expect(await ended(client, id)).toMatchObject({ state: 'expired', reason: 'its time of 2 s is over' })
  })

  test('a key has its share; the error names the limit and who holds it', async () => {
    const { key, client: owner, ...core } = await opened({ env: { GANTRY_AGENTS_PER_KEY: '1' } })
    const { secret } = key('client')
    const body = { template: 'command', parameters: { line: 'sleep 300' } }
    const first = await core.rest('POST', '/agents', { key: secret, body })
    expect(first.status).toBe(201)
    const second = await core.rest('POST', '/agents', { key: secret, body })
    expect([second.status, second.json.code]).toEqual([429, 'E_QUOTA'])
    expect(second.json.details).toMatchObject({ limit: 1, holders: [{ id: first.json.id }] })
    await owner.agents.cancelAll({ graceSeconds: 0 })
  })
})

describe('bad input', () => {
  const refusals: [string, AgentCreateInput, string][] = [
    ['a template that is not there', { template: 'nope' }, 'E_NOT_FOUND'],
    ['a parameter that is missing', { template: 'command' }, 'E_SCHEMA'],
    ['a parameter that is unknown', { template: 'hello', parameters: { colour: 'red' } }, 'E_SCHEMA'],
    ['a tool that is not allowed', { template: 'hello', tools: ['gantry-agents'] }, 'E_FORBIDDEN'],
    ['a model that is not there', { template: 'assistant', task: 'x', model: 'no-such-model' }, 'E_NOT_FOUND'],
    [
      'a key in the environment',
      { template: 'hello', environment: { OPENAI_API_KEY: `sk-${'a1B2'.repeat(12)}` } },
      'E_SCHEMA',
    ],
    ['a secret that is not kept', { template: 'hello', environment: { KEY: 'secret:nobody' } }, 'E_NOT_FOUND'],
    ['a limit out of range', { template: 'hello', limits: { memoryMb: 1 } }, 'E_SCHEMA'],
    [
      'a network the sandbox does not have',
      { template: 'hello', runtime: 'sandbox', network: { mode: 'bridge' } },
      'E_SCHEMA',
    ],
  ]

  test.each(refusals)('%s is refused, and nothing is left of it', async (_what, input, code) => {
    const { client } = await opened()
    await expect(client.agents.create(input)).rejects.toMatchObject({ code })
    expect((await client.agents.list({})).items).toEqual([])
  })

  test('a program may not hand folders of this machine to an agent, nor open the network', async () => {
    const { rest, key } = await opened()
    const { secret } = key('client')
    const ask = async (more: object) =>
      (await rest('POST', '/agents', { key: secret, body: { template: 'hello', ...more } })).json.code
    expect(await ask({ workspace: { kind: 'copy', path: '/tmp' } })).toBe('E_FORBIDDEN')
    expect(await ask({ network: { mode: 'bridge' } })).toBe('E_FORBIDDEN')
  })
})

describe('a restart of Gantry', () => {
  const again = async (former: Pick<TestCore, 'stop' | 'home'>) => {
    await former.stop()
    const next = await opened({ home: former.home })
    return next
  }

  test('finds an agent that goes on, with every line of it', async () => {
    const first = await opened()
    const { id } = await run(
      first.client,
      'i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo "line $i"; sleep 0.1; done; exit 4',
    )
    await untilState(first.client, id, 'running')
    const second = await again(first)
    expect(await ended(second.client, id)).toMatchObject({ state: 'failed', exitCode: 4 })
    expect((await logOf(second.client, id)).trim().split('\n')).toEqual(
      Array.from({ length: 30 }, (_, i) => `line ${i + 1}`),
    )
  })

  test('finds one that ended meanwhile, with its true exit code', async () => {
    const first = await opened()
    const { id } = await run(first.client, 'sleep 0.3; echo done; exit 7')
    await untilState(first.client, id, 'running')
    const { ref } = await first.client.agents.get({ id })
    await first.stop()
    // The script inside stays until it is heard; its program is its only child.
    await until(
      () => (readFileSync(`/proc/${ref}/task/${ref}/children`, 'utf8').trim() === '' ? true : undefined),
      'its program to end',
    )
    const second = await opened({ home: first.home })
    expect(await ended(second.client, id)).toMatchObject({ state: 'failed', exitCode: 7 })
    expect(await logOf(second.client, id)).toBe('done\n')
  })

  test('finds one that is paused, which can be resumed', async () => {
    const first = await opened()
    const { id } = await run(first.client, 'read x; echo "got $x"')
    await untilState(first.client, id, 'running')
    await first.client.agents.pause({ id })
    const second = await again(first)
    expect((await second.client.agents.status({ id })).state).toBe('paused')
    await second.client.agents.sendInput({ id, text: 'word' })
    await ended(second.client, id)
    expect(await logOf(second.client, id)).toBe('got word\n')
  })

  test('from a backup ends what the backup does not know, and says of the others what became of them', async () => {
    const { client } = await opened()
    const { id: known } = await run(client, 'sleep 300')
    await untilState(client, known, 'running')
    const { name } = await client.system.backup({})
    const { id: unknown } = await run(client, 'sleep 300')
    await untilState(client, unknown, 'running')
    const { ref } = await client.agents.get({ id: unknown })
    await client.system.restore({ name })
    await until(() => (existsSync(`/proc/${ref}`) ? undefined : true), 'the box that nobody knows to go')
    expect((await client.agents.list({})).items.map(({ id, state }) => [id, state])).toEqual([[known, 'running']])
    expect((await client.agents.cancel({ id: known, graceSeconds: 0 })).proof?.left).toEqual([])
  })
})

describe('boxes that are kept ready', () => {
  test('take an agent at once, also one that wants other limits, and never one after the other', async () => {
    const { client } = await opened({ env: { GANTRY_AGENTS_WARM: 'true' } })
    const hello = (limits: AgentCreateInput['limits']) =>
      client.agents.create({ template: 'hello', runtime: 'sandbox', ...(limits === undefined ? {} : { limits }) })
    const { id: first } = await hello(undefined)
    await ended(client, first)
    const boxes = async () => (await client.runtimes.list({})).items.find(({ name }) => name === 'sandbox')?.boxes
    await until(async () => ((await boxes()) === 2 ? true : undefined), 'two boxes to be ready')
    const made = await Promise.all([hello(undefined), hello({ memoryMb: 512 }), hello({ diskMb: 64 })])
    const seen = await Promise.all(made.map(({ id }) => ended(client, id)))
    expect(seen.map(({ state }) => state)).toEqual(['finished', 'finished', 'finished'])
    expect(new Set(seen.map(({ ref }) => ref)).size).toBe(3)
  })
})

/** How fast an agent runs from the wish to the work, many at once, and what many of them cost. Beside `docker run`. */
import { execFileSync } from 'node:child_process'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import type { AgentCreateInput, GantryClient } from '../../src/contract/index.ts'
import { endpointOf, launchHeadless } from '../support/launch.ts'
import { median, percentile, round } from '../support/numbers.ts'
import { cpuOfProcess } from '../support/processes.ts'
import { type Row, atMost } from '../support/report.ts'

const STARTS = 20
const AT_ONCE = 50
const MANY = 200
const LISTS = 300
const SLEEPER: AgentCreateInput = { template: 'command', parameters: { line: 'sleep 3600' }, limits: { memoryMb: 128 } }

interface Bench {
  client: GantryClient
  pid: number
}

const ended = async ({ client }: Bench, ids: readonly string[]) => {
  await client.agents.cancelAll({ ids: [...ids], graceSeconds: 0 })
}

/** From the call to the event that it runs. */
const timeStart = async ({ client }: Bench, input: AgentCreateInput): Promise<number> => {
  const watching = await client.events.watch({ types: ['agents.changed'] })
  const began = performance.now()
  const { id } = await client.agents.create(input)
  for await (const event of watching) {
    if (event.type !== 'agents.changed' || event.agentId !== id) continue
    if (event.state === 'running' || event.state === 'finished') break
    if (event.state === 'failed') throw new Error((await client.agents.get({ id })).reason ?? 'it failed')
  }
  const took = performance.now() - began
  await ended({ client, pid: 0 }, [id])
  return took
}

const timeStarts = async (bench: Bench, input: AgentCreateInput, between: () => Promise<void>): Promise<number[]> => {
  const times: number[] = []
  for (let start = 0; start < STARTS + 2; start += 1) {
    await between()
    times.push(await timeStart(bench, input))
  }
  return times.slice(2)
}

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim()

const timeDockerRun = (): number[] =>
  Array.from({ length: STARTS }, () => {
    const began = performance.now()
    const id = docker('run', '-d', '--network', 'none', 'gantry/agent:1', 'sleep', '3600')
    const took = performance.now() - began
    docker('rm', '-f', id)
    return took
  })

const soon = () => Promise.resolve()
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const withHost = async <T>(env: Record<string, string>, measure: (bench: Bench) => Promise<T>): Promise<T> => {
  const host = await launchHeadless({ GANTRY_ACCESS_RATE_PER_MINUTE: '0', GANTRY_AGENTS_IN_ALL: '1000', ...env })
  const { url, token } = endpointOf(host)
  const client: GantryClient = createORPCClient(
    new RPCLink({ url: `${url}/rpc`, headers: { authorization: `Bearer ${token}` } }),
  )
  try {
    return await measure({ client, pid: host.pid })
  } finally {
    await client.agents.cancelAll({ graceSeconds: 0 }).catch(() => undefined)
    await host.stop()
  }
}

const COLD = { GANTRY_AGENTS_WARM: 'false' }

const inSandbox = (): Promise<Row[]> =>
  withHost(COLD, async (bench) => {
    const times = await timeStarts(bench, { ...SLEEPER, runtime: 'sandbox' }, soon)
    return [
      atMost('Create to running, sandbox, p50', round(median(times), 0), 120, 'ms', {
        note: `p99 ${round(percentile(times, 0.99), 0)} ms`,
      }),
    ]
  })

const inDocker = async (): Promise<Row[]> => {
  const cold = await withHost(COLD, async (bench) => {
    for await (const step of await bench.client.runtimes.build({ image: 'gantry/agent:1' })) void step
    return timeStarts(bench, { ...SLEEPER, runtime: 'docker' }, soon)
  })
  const peer = timeDockerRun()
  // `hello` is kept ready; a moment for its shelf to be filled again.
  const warm = await withHost({}, (bench) =>
    timeStarts(bench, { template: 'hello', runtime: 'docker' }, () => pause(1500)),
  )
  return [
    atMost('Create to running, docker, cold, against `docker run -d`', round(median(cold) / median(peer)), 1.1, '×', {
      peer: `${round(median(peer), 0)} ms`,
      note: `${round(median(cold), 0)} ms`,
    }),
    atMost('Create to running, docker, from the warm pool, p50', round(median(warm), 0), 60, 'ms', {
      note: `p99 ${round(percentile(warm, 0.99), 0)} ms`,
    }),
  ]
}

const together = (): Promise<Row[]> =>
  withHost(COLD, async ({ client, pid }) => {
    const began = performance.now()
    const create = () => client.agents.create({ ...SLEEPER, runtime: 'sandbox' })
    const first = await Promise.all(Array.from({ length: AT_ONCE }, create))
    /** How many run when none of them is on its way any more. */
    const running = async (): Promise<number> => {
      for (;;) {
        const { items } = await client.agents.list({})
        if (items.every(({ state }) => state !== 'pending' && state !== 'starting')) {
          return items.filter(({ state }) => state === 'running').length
        }
        await pause(20)
      }
    }
    const lost = AT_ONCE - (await running())
    const took = (performance.now() - began) / 1000
    for (let made = first.length; made < MANY; made += 10) {
      await Promise.all(Array.from({ length: 10 }, create))
      await running()
    }
    const times: number[] = []
    for (let list = 0; list < LISTS; list += 1) {
      const start = performance.now()
      await client.agents.list({})
      times.push(performance.now() - start)
    }
    await pause(10_000)
    // Of Gantry's own process alone: what agents do is theirs.
    const cpu = await cpuOfProcess(pid, 20)
    return [
      atMost(`${AT_ONCE} agents at once: lost`, lost, 0, '', { note: `all ran after ${round(took, 1)} s` }),
      atMost(`agents.list with ${MANY} running, p99`, round(percentile(times, 0.99), 1), 50, 'ms', {
        note: `p50 ${round(median(times), 1)} ms`,
      }),
      atMost(`Processor of Gantry with ${MANY} quiet agents`, round(cpu), 5, '%'),
    ]
  })

export const agents = async (): Promise<Row[]> => [...(await inSandbox()), ...(await inDocker()), ...(await together())]

/**
 * `npm run bench:load`: the REST surface under load while agents come and go, with a report in Markdown.
 * `--write` keeps it in docs/BENCHMARKS.md; `--seconds=10`, `--connections=16` and `--agents=4` change the load.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endpointOf, launchHeadless } from '../support/launch.ts'
import { pssOf } from '../support/processes.ts'
import { machine } from '../support/report.ts'
import { startChurn } from './churn.ts'
import { asReport, keep, verdict } from './report.ts'
import { type Rest, createRest } from './rest.ts'
import { type Measured, measure } from './targets.ts'

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'BENCHMARKS.md')

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '16' },
    agents: { type: 'string', default: '4' },
    write: { type: 'boolean', default: false },
  },
})
const [seconds, connections, lanes] = [Number(values.seconds), Number(values.connections), Number(values.agents)]

const listOf = (json: unknown): Record<string, unknown>[] => (json as { items: Record<string, unknown>[] }).items

/** One that has run and is kept: what is looked at under load. */
const makeOne = async (rest: Rest): Promise<string> => {
  const { status, json } = await rest('POST', '/agents', { template: 'hello' })
  if (status !== 201) throw new Error(`no agent could be made: ${JSON.stringify(json)}`)
  const { id } = json as { id: string }
  await rest('GET', `/agents/wait?ids=${id}&seconds=60`)
  return id
}

/** What Gantry itself wrote down as a failure, of the file that it writes now. */
const faultsIn = (home: string): string[] =>
  readFileSync(join(home, 'logs', 'gantry.log'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"level":50'))

const countLeft = async (rest: Rest): Promise<number> => {
  await rest('POST', '/agents/cancel', { graceSeconds: 0 })
  const agents = listOf((await rest('GET', '/agents')).json)
  return agents.filter(({ group }) => group !== 'done').length
}

const gantry = await launchHeadless()
try {
  const endpoint = endpointOf(gantry)
  const rest = createRest(endpoint)
  const id = await makeOne(rest)
  const targets = [
    { name: 'GET /health', path: '/health' },
    { name: 'GET /agents', path: '/agents' },
    { name: 'GET /agents/{id}', path: `/agents/${id}` },
    { name: 'GET /agents/{id}/logs', path: `/agents/${id}/logs?tail=100` },
  ]
  const { runtimes } = (await rest('GET', '/info')).json as { runtimes: Record<string, string> }
  const churn = startChurn(rest, lanes)
  // What is only made once is made by then.
  for (const target of targets) await measure(endpoint, target, { connections, seconds: 2 })
  const memoryBefore = pssOf(gantry.pid)
  const measured: Measured[] = []
  for (const target of targets) {
    process.stdout.write(`… ${target.name}\n`)
    measured.push(await measure(endpoint, target, { connections, seconds }))
  }
  await churn.stop()
  const outcome = {
    machine: machine(runtimes),
    connections,
    lanes,
    seconds,
    measured,
    tally: churn.tally,
    left: await countLeft(rest),
    memoryBefore,
    memoryAfter: pssOf(gantry.pid),
    faults: faultsIn(gantry.home),
  }
  const report = asReport(outcome)
  process.stdout.write(`\n${report}\n`)
  if (values.write) keep(DOCUMENT, report)
  process.exitCode = verdict(outcome).every(({ met }) => met) ? 0 : 1
} finally {
  await gantry.stop()
}

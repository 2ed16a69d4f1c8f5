/**
 * `npm run bench`: every number of the product beside a peer, in one run, as a table.
 * `--write` puts the table into docs/BENCHMARKS.md; names of cases (cold-start, load, idle, logs, wire) narrow the run.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { agents } from './cases/agents.ts'
import { coldStart } from './cases/cold-start.ts'
import { idle } from './cases/idle.ts'
import { ipc } from './cases/ipc.ts'
import { logs } from './cases/logs.ts'
import { watchMainThread } from './cases/main-thread.ts'
import { models } from './cases/models.ts'
import { mcp } from './cases/mcp.ts'
import { repaint } from './cases/repaint.ts'
import { rest } from './cases/rest.ts'
import { wire } from './cases/wire.ts'
import { endpointOf, launchWindow } from './support/launch.ts'
import { type Row, asMarkdown, asTable, machine } from './support/report.ts'

const DOCUMENT = join(import.meta.dirname, '..', 'docs', 'BENCHMARKS.md')
const BEGIN = '<!-- bench:begin -->'
const END = '<!-- bench:end -->'

/** One app under everything at once: its window, REST, MCP; its main thread is watched all the while. */
const load = async (): Promise<Row[]> => {
  const app = await launchWindow()
  const mainThread = watchMainThread(app)
  try {
    const rows: Row[] = []
    for (const measure of [ipc, rest, mcp, repaint]) {
      process.stdout.write(`  ${measure.name}\n`)
      rows.push(...(await measure(app)))
    }
    return [...rows, await mainThread()]
  } finally {
    await app.stop()
  }
}

const CASES: Record<string, () => Promise<Row[]>> = { 'cold-start': coldStart, load, idle, logs, agents, models, wire }

const runtimes = async (): Promise<Record<string, string>> => {
  const app = await launchWindow()
  const { url, token } = endpointOf(app)
  const response = await fetch(`${url}/info`, { headers: { authorization: `Bearer ${token}` } })
  const info = (await response.json()) as { runtimes: Record<string, string> }
  await app.stop()
  return info.runtimes
}

const words = process.argv.slice(2)
const chosen = Object.keys(CASES).filter(
  (name) => words.filter((word) => !word.startsWith('--')).length === 0 || words.includes(name),
)
const where = machine(await runtimes())
process.stdout.write(`${where}\n`)
const rows: Row[] = []
for (const name of chosen) {
  process.stdout.write(`… ${name}\n`)
  rows.push(...((await CASES[name]?.()) ?? []))
}
process.stdout.write(`\n${asTable(rows)}\n`)
if (words.includes('--write')) {
  const document = readFileSync(DOCUMENT, 'utf8')
  const date = new Date().toISOString().slice(0, 10)
  const block = `${BEGIN}\n${where}, ${date}\n\n${asMarkdown(rows)}\n${END}`
  writeFileSync(
    DOCUMENT,
    document.replace(new RegExp(`${BEGIN}[^]*${END}`), () => block),
  )
}

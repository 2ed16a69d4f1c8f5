/**
 * The supervisor of one box: `node supervisor.mjs <folder of the box>`. It outlives the Gantry that started it, holds
 * the box's pipes and its output, and writes down how it ended. Its last word on stdout is that the box runs, or why not.
 */
import { appendFileSync, closeSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Facts, FILES, type Plan, readWhole, takePlan, writeWhole } from './facts.ts'
import { removeGroups } from './groups.ts'
import { closeInherited } from './inherited.ts'
import { processesOf } from './processes.ts'
import { supervise } from './supervise.ts'

const STDOUT = 1
const STDERR = 2

const tell = (facts: Facts): void => {
  try {
    writeSync(STDOUT, `${JSON.stringify(facts)}\n`)
    closeSync(STDOUT)
  } catch {
    // Who started this is gone: the next one reads the same from the folder.
  }
}

/** What the box wrote last is where its end is looked for. */
const note = (folder: string, cause: unknown): void => {
  const message = cause instanceof Error ? cause.message : String(cause)
  try {
    appendFileSync(join(folder, FILES.errors), `${message}\n`, { mode: 0o600 })
    const facts = readWhole(folder, 'state') as Facts | undefined
    if (facts === undefined) return
    const reason = `its supervisor failed: ${message}`
    writeWhole(join(folder, FILES.state), { ...facts, status: 'exited', reason, endedAt: Date.now() })
  } catch {
    // The disk is full or the folder gone: who looks for the box finds it without a supervisor.
  }
}

const run = async (folder: string): Promise<void> => {
  const fail = (cause: unknown): never => {
    if (box === undefined) removeGroups(plan?.groups ?? null)
    else box.abandon('its supervisor failed')
    note(folder, cause)
    writeSync(STDERR, `${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`)
    process.exit(1)
  }
  let plan: Plan | undefined
  let box: ReturnType<typeof supervise> | undefined
  process.on('uncaughtException', fail)
  try {
    if (process.platform === 'linux') closeInherited()
    if (!takePlan(folder)) return
    plan = readWhole(folder, 'taken') as Plan
    const running = Promise.withResolvers<Facts>()
    const started = supervise({ folder, plan, processes: processesOf(process.platform), report: running.resolve })
    box = started
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => started.end(`its supervisor was told to end (${signal})`))
    }
    process.on('SIGHUP', () => undefined)
    await started.listening
    tell(await running.promise)
    await started.done
  } catch (cause) {
    fail(cause)
  }
}

const [, , folder] = process.argv
if (folder === undefined) {
  writeSync(STDERR, 'usage: supervisor.mjs <folder>\n')
  process.exit(2)
}
await run(folder)
process.exit(0)

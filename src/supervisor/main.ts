/**
 * The supervisor of one box: `node supervisor.mjs <folder of the box>`. It outlives the Gantry that started it, holds
 * the box's pipes and its output, and writes down how it ended. Its last word on stdout is that the box runs, or why not.
 */
import { appendFileSync, closeSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Facts, FILES, type Plan, readWhole, takePlan, writeWhole } from './facts.ts'
import { closeInherited } from './inherited.ts'
import { processesOf } from './processes.ts'
import { supervise } from './supervise.ts'

const STDOUT = 1

const tell = (facts: Facts): void => {
  try {
    writeSync(STDOUT, `${JSON.stringify(facts)}\n`)
    closeSync(STDOUT)
  } catch {
    // Who started this is gone: the next one reads the same from the folder.
  }
}

const run = async (folder: string): Promise<void> => {
  if (process.platform === 'linux') closeInherited()
  if (!takePlan(folder)) return
  const plan = readWhole(folder, 'taken') as Plan
  const running = Promise.withResolvers<Facts>()
  const box = supervise({ folder, plan, processes: processesOf(process.platform), report: running.resolve })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => box.end(`its supervisor was told to end (${signal})`))
  }
  process.on('SIGHUP', () => undefined)
  await box.listening
  tell(await running.promise)
  await box.done
}

/** The box goes with its supervisor, so that is all there is to say. */
const fail = (folder: string, cause: unknown): never => {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  const message = cause instanceof Error ? cause.message : String(cause)
  appendFileSync(join(folder, FILES.errors), `${message}\n`, { mode: 0o600 })
  const facts = readWhole(folder, 'state') as Facts | undefined
  if (facts !== undefined) {
    const reason = `its supervisor failed: ${message}`
    writeWhole(join(folder, FILES.state), { ...facts, status: 'exited', reason, endedAt: Date.now() })
  }
  writeSync(2, `${text}\n`)
  process.exit(1)
}

const [, , folder] = process.argv
if (folder === undefined) {
  writeSync(2, 'usage: supervisor.mjs <folder>\n')
  process.exit(2)
}
process.on('uncaughtException', (cause) => fail(folder, cause))
await run(folder).catch((cause: unknown) => fail(folder, cause))
process.exit(0)

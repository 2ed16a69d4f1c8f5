/** For tests: a Gantry of its own process, that can be killed or be somebody else, and runs what it is told. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import type { SandboxDeps } from './index.ts'

const RUNTIME = join(import.meta.dirname, 'index.ts')

/** Its script finds `runtime`, `say(value)`, `lineEnd(buffer)` and `given`, and stays until it is killed. */
const frame = (script: string) => `
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSandboxRuntime } from ${JSON.stringify(RUNTIME)}
const { deps, given } = JSON.parse(process.argv[1])
const runtime = createSandboxRuntime({
  ...deps,
  now: () => new Date(),
  delay: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
})
const signal = new AbortController().signal
const say = (value) => void process.stdout.write(JSON.stringify(value) + '\\n')
const keep = appendFileSync
setInterval(() => {}, 1000)
try {
${script}
} catch (error) {
  say({ error: String(error), hint: error.hint })
}
`

export interface HostOptions {
  deps: SandboxDeps
  given?: unknown
  /** Who it is, where this process may choose. */
  uid?: number
}

export const startHost = (script: string, { deps, given = {}, uid }: HostOptions) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', frame(script), JSON.stringify({ deps, given })], {
    stdio: ['ignore', 'pipe', 'pipe'] as const,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', HOME: deps.home },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const { stdout, stderr } = child
  let errors = ''
  stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const closed = once(child, 'close')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await closed
  }
  onTestFinished(kill)

  async function* read(): AsyncGenerator<unknown, void, void> {
    for await (const line of createInterface({ input: stdout })) yield JSON.parse(line) as unknown
  }
  const said = read()
  /** The next thing it says. */
  const next = async (): Promise<unknown> => {
    const { value, done } = await said.next()
    if (done === true) throw new Error(`it said nothing more: ${errors}`)
    return value
  }
  return { next, kill }
}

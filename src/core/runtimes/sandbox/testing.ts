/** For tests: runtimes whose boxes are gone with the test, on the supervisor as the app carries it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { rolldown } from 'rolldown'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { OBEY, connected, linesOf } from '../docker/testing.ts'
import type { Box, BoxSpec, BoxState, RuntimeEvent } from '../types.ts'
import { type SandboxDeps, createSandboxRuntime } from './index.ts'
import { INSIDE_NODE } from './bubblewrap.ts'

export { connected, linesOf }

export const ROOT = join(import.meta.dirname, '..', '..', '..', '..')
export const SUPERVISOR_SOURCE = join(ROOT, 'src', 'supervisor', 'main.ts')
export const MIB = 1024 ** 2

/** Makes processes that make processes, and goes on when it is refused more. */
export const BOMB = `
const { spawn } = require('child_process')
const more = () => spawn('/bin/sh', ['-c', 'sleep 1000 & sleep 1000 & sleep 1000 & wait'], { stdio: 'ignore' }).on('error', () => {})
setInterval(() => { try { more() } catch {} }, 1)
process.stdout.write('up\\n')
`

type Cleanup = (task: () => void | Promise<void>) => void

export const tempFolder = (cleanup: Cleanup = onTestFinished): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-box-'))
  cleanup(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** One file, as the app carries it; others may read it. */
const buildSupervisor = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-supervisor-'))
  chmodSync(folder, 0o755)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'supervisor.mjs')
  const bundle = await rolldown({ input: SUPERVISOR_SOURCE, platform: 'node', external: [/^node:/] })
  await bundle.write({ file, format: 'es' })
  await bundle.close()
  return file
}
const SUPERVISOR = await buildSupervisor()

export type GivenSpec = Partial<Omit<BoxSpec, 'limits'>> & { limits?: Partial<BoxSpec['limits']> }

let made = 0

export const specOf = (given: GivenSpec = {}): BoxSpec => ({
  boxId: `box${(made += 1)}-${process.pid}`,
  image: '',
  network: 'none',
  expiresAt: Date.now() + 3_600_000,
  ...given,
  limits: { cpus: 1, memoryBytes: 256 * MIB, pids: 64, diskBytes: 32 * MIB, ...given.limits },
})

export interface TestRuntimeOptions extends Partial<SandboxDeps> {
  script?: string
}

export const sandboxDeps = (home: string, { script = OBEY, ...given }: TestRuntimeOptions = {}): SandboxDeps => {
  mkdirSync(join(home, 'run'), { recursive: true, mode: 0o700 })
  return {
    home,
    owner: `test${process.pid}`,
    materials: { node: process.execPath, scripts: join(home, 'scripts'), supervisor: SUPERVISOR },
    now: () => new Date(),
    delay: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    inside: [INSIDE_NODE, '-e', script],
    ...given,
  }
}

/** Every box of a folder, whoever made it. */
export const endBoxes = async (deps: SandboxDeps): Promise<void> => {
  const runtime = createSandboxRuntime(deps)
  for (const { boxId } of await runtime.list()) await (await runtime.find(boxId))?.end(0)
  await runtime.stop()
}

export const testRuntime = (options: TestRuntimeOptions = {}) => {
  const home = options.home ?? tempFolder()
  const deps = sandboxDeps(home, options)
  const runtime = createSandboxRuntime(deps)
  const events: RuntimeEvent[] = []
  runtime.on((event) => events.push(event))
  /** The state that the end of a box is told with. */
  const ended = (boxId: string) =>
    new Promise<BoxState>((resolve) => {
      runtime.on((event) => {
        if (event.type === 'ended' && event.boxId === boxId) resolve(event.state)
      })
    })
  onTestFinished(async () => {
    await runtime.stop()
    await endBoxes(deps)
  })
  const open = (given?: GivenSpec, signal = new AbortController().signal) => runtime.open(specOf(given), { signal })
  return { runtime, home, deps, events, ended, open }
}

/** For what nobody announces; fails with what was waited for. */
export const until = async <T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> => {
  const deadline = performance.now() + 50_000
  while (performance.now() < deadline) {
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`waited in vain for ${what}`)
}

/** All that comes over a new link until it ends; what came is kept elsewhere then. */
export const readAll = async (box: Box): Promise<string> => {
  const link = await box.connect()
  const chunks: Buffer[] = []
  for await (const chunk of link.incoming) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const findOut = async () => {
  const cleanups: (() => void | Promise<void>)[] = []
  const home = tempFolder((task) => cleanups.push(task))
  const status = await createSandboxRuntime(sandboxDeps(home)).status()
  for (const task of cleanups) await task()
  return status
}
const { available, reason } = await findOut()

/** Where boxes cannot run, the one test says why not, and fails where nobody knows. */
const sayWhyNot = (): void =>
  test('cannot be tried here, for a reason that is known', () => {
    expect(reason ?? 'these boxes are the ones of Linux').toMatch(/\w+ \w+/)
  })

export const describeSandbox = (name: string, body: () => void): void => {
  const suite = available && process.platform === 'linux' ? body : sayWhyNot
  describe(`${name}`, () => {
    suite()
  })
}

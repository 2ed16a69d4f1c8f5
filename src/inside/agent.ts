/**
 * The script inside the box. Owns the program that runs there, its output, its loopback and its workspace.
 * Promises that output is told whole and in order, and that it ends when it should, also when nobody is there.
 * Never knows a key, and never reaches further than its own stdin and stdout.
 */
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type FromHost,
  type HostNotice,
  type HostRequest,
  MAX_HOST_FRAME_BYTES,
  WIRE_VERSION,
  createLines,
  decodeBytes,
} from '../wire/index.ts'
import { environmentOf } from './environment.ts'
import { createLoopback } from './loopback.ts'
import { createOutbox } from './outbox.ts'
import { makePipes } from './pipes.ts'
import { createProgram } from './program.ts'
import { Refusal } from './refusal.ts'
import { createTunnel } from './tunnel.ts'
import { createWorkspace } from './workspace.ts'

const home = process.env['GANTRY_AGENT_HOME'] ?? '/home/agent'
const GRACE_MS = 1000
const FLUSH_MS = 2000
/** By then whoever wanted to be quick has started. */
const LEISURE_MS = 200
const LONGEST_TIMER_MS = 2 ** 31 - 1

const outbox = createOutbox(process.stdout)
outbox.keep({ method: 'hello', params: { version: WIRE_VERSION } })

const program = createProgram(outbox)
const tunnel = createTunnel(outbox)
const workspace = createWorkspace(join(home, 'work'))
let hasEgress = false
const loopback = createLoopback(tunnel, outbox, () => hasEgress)
const pipes = makePipes([tmpdir(), home])
const leisure = setTimeout(() => void loopback.load(), LEISURE_MS)

const within = (promise: Promise<unknown>, ms: number): Promise<unknown> =>
  Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms))])

/** As a shell would have it; what was killed may not be gone yet. */
const exitCode = (): number => {
  if (!program.wasStarted()) return 0
  const { code, signal } = program.ended() ?? { code: null, signal: 'SIGKILL' as const }
  return code ?? 128 + constants.signals[signal ?? 'SIGKILL']
}

/** With the program's own code, when all that it wrote is on its way; not for ever, where nobody takes it. */
const leave = async (): Promise<never> => {
  if (program.wasStarted()) await within(program.settled, FLUSH_MS)
  await within(outbox.whenEmpty(), FLUSH_MS)
  return process.exit(exitCode())
}

const endNow = () => {
  program.kill('SIGKILL')
  void leave()
}

const endSoon = async () => {
  program.kill('SIGTERM')
  if (program.wasStarted()) await within(program.settled, GRACE_MS)
  endNow()
}

let isStarted = false
const run = async (spec: Extract<HostRequest, { method: 'run' }>['params']) => {
  if (isStarted) throw new Refusal('E_CONFLICT', 'A program was started here already.')
  isStarted = true
  hasEgress = spec.egress
  clearTimeout(leisure)
  setTimeout(endNow, Math.min(Math.max(spec.deadline - Date.now(), 0), LONGEST_TIMER_MS))
  const env = environmentOf(spec, { port: await loopback.port, home, inherited: process.env })
  const pid = await program.run(spec.command, { env, cwd: spec.cwd, pipes: await pipes })
  setTimeout(() => void loopback.load(), LEISURE_MS)
  return { pid }
}

type Handlers<Frame extends { method: string; params: unknown }> = {
  [M in Frame['method']]: (params: Extract<Frame, { method: M }>['params']) => unknown
}

const requests: Handlers<HostRequest> = {
  run,
  resume: () => ({ running: program.pid() !== null, pid: program.pid() }),
  input: ({ end, ...bytes }) => program.input(decodeBytes(bytes), end ?? false),
  signal: ({ signal }) => program.signal(signal),
  put: ({ path, mode, part, last, ...bytes }) => workspace.put({ path, mode, part, last }, decodeBytes(bytes)),
  baseline: workspace.baseline,
  changes: ({ after }) => workspace.changes(after),
  read: ({ path, part }) => workspace.read(path, part),
  release: () => ({}),
  ping: () => ({}),
}

/** What follows once the answer is on its way. */
const afterwards: Partial<Record<HostRequest['method'], () => void>> = { resume: tunnel.again, release: endNow }

const notices: Handlers<HostNotice> = {
  head: tunnel.onHead,
  data: tunnel.onData,
  end: tunnel.onEnd,
  took: tunnel.onTook,
}

const errorOf = (error: unknown): { code: string; message: string } => {
  if (error instanceof Refusal) return { code: error.code, message: error.message }
  const { code, message } = error as NodeJS.ErrnoException
  return { code: 'E_RUNTIME', message: code === 'ENOSPC' ? 'There is no room left in the box.' : message }
}

const answer = async ({ id, method, params }: HostRequest): Promise<void> => {
  try {
    const handle = (requests as Record<string, ((params: unknown) => unknown) | undefined>)[method]
    if (handle === undefined) throw new Refusal('E_NOT_FOUND', `There is no request ${String(method)}.`)
    outbox.send({ id, result: (await handle(params)) ?? {} })
    afterwards[method]?.()
  } catch (error) {
    outbox.send({ id, error: errorOf(error) })
  }
}

const read = (line: string): FromHost | undefined => {
  try {
    return JSON.parse(line) as FromHost
  } catch {
    // A Gantry that was killed leaves half a line behind; the next one begins with a line end.
    return undefined
  }
}

const lines = createLines(MAX_HOST_FRAME_BYTES, (line) => {
  const frame = read(line)
  if (frame === undefined) return
  if (!('method' in frame)) tunnel.onAnswer(frame)
  else if ('id' in frame) void answer(frame)
  else (notices as Record<string, ((params: unknown) => unknown) | undefined>)[frame.method]?.(frame.params)
})

process.stdin.on('data', lines.push)
process.stdin.on('end', () => void endSoon())
process.stdout.on('error', () => {
  program.kill('SIGKILL')
  process.exit(1)
})
process.on('SIGTERM', () => {
  program.kill('SIGTERM')
  void program.settled.then(leave)
  if (!program.wasStarted()) void leave()
})

/** The one program that runs here: started once, in a process group of its own, so that signals reach its children. */
import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { Refusal } from './refusal.ts'
import type { Outbox } from './outbox.ts'
import type { Pipe } from './pipes.ts'
import { type Relay, createRelay } from './relay.ts'

/** What a program leaves behind may still write for so long after it. */
const QUIET_MS = 300
const AFTER_KILL_MS = 100
const SETTLE_MOST_MS = 5000
const LOOK_MS = 20
/** More input than this, and the program does not read. */
const INPUT_MOST = 1024 * 1024

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
}

const isSignal = (name: string): name is NodeJS.Signals => Object.hasOwn(constants.signals, name)

/** Those bundled beside this script; from source they lie as they are. */
const bundled = (name: string): string | undefined =>
  [`${name}.mjs`, `${name}.ts`, join(name, 'index.ts')]
    .map((file) => join(import.meta.dirname, file))
    .find((file) => existsSync(file))

const argvOf = (command: readonly string[]): [string, string[]] => {
  const [first = '', ...rest] = command
  if (first !== 'hello' && first !== 'assistant') return [first, rest]
  const script = bundled(first)
  if (script === undefined) throw new Refusal('E_NOT_FOUND', `The program "${first}" is not in this box.`)
  return [process.execPath, [script, ...rest]]
}

const whyNotStarted = (error: NodeJS.ErrnoException, file: string, cwd: string): Refusal => {
  if (!existsSync(cwd)) return new Refusal('E_NOT_FOUND', `There is no folder ${cwd} in this box.`)
  if (error.code === 'ENOENT') return new Refusal('E_NOT_FOUND', `There is no program "${basename(file)}" in this box.`)
  if (error.code === 'EACCES') return new Refusal('E_RUNTIME', `"${file}" may not be run.`)
  return new Refusal('E_RUNTIME', `"${file}" could not be started: ${error.message}`)
}

/** Only the last one of the path: with `recursive` Node goes round for ever where nothing can be made. */
const makeFolder = (folder: string) => {
  try {
    mkdirSync(folder)
  } catch {
    // It is there, or starting the program says that it is not.
  }
}

const readableOf = (pipe: Pipe | undefined, own: Readable | null): Readable => {
  if (pipe !== undefined) {
    closeSync(pipe.write)
    return new Socket({ fd: pipe.read, readable: true, writable: false })
  }
  if (own === null) throw new Error('a child without pipes')
  return own
}

export const createProgram = (outbox: Outbox) => {
  let child: ChildProcess | undefined
  let end: Ended | undefined
  const settled = Promise.withResolvers<Ended>()

  const signalGroup = (signal: NodeJS.Signals) => {
    if (child?.pid === undefined) return
    try {
      process.kill(-child.pid, signal)
    } catch {
      // Nobody of it is left.
    }
  }

  const quiet = (relays: readonly Relay[], ms: number): Promise<void> =>
    new Promise((resolve) => {
      let began = performance.now()
      const look = setInterval(() => {
        const now = performance.now()
        // While Gantry takes nothing, nothing is read, and no time passes here.
        if (relays.some((relay) => relay.isWaiting())) began = now
        const since = Math.max(...relays.map((relay) => relay.quietSince()))
        if (now - since < ms && now - began < SETTLE_MOST_MS) return
        clearInterval(look)
        resolve()
      }, LOOK_MS)
      void Promise.all(relays.map((relay) => relay.ended)).then(() => {
        clearInterval(look)
        resolve()
      })
    })

  const settle = async (ended: Ended, relays: readonly Relay[]) => {
    end = ended
    await quiet(relays, QUIET_MS)
    signalGroup('SIGKILL')
    await quiet(relays, AFTER_KILL_MS)
    for (const relay of relays) relay.finish()
    outbox.keep({ method: 'exited', params: { at: Date.now(), ...ended } })
    settled.resolve(ended)
  }

  return {
    run: async (
      command: readonly string[],
      { env, cwd, pipes }: { env: NodeJS.ProcessEnv; cwd: string; pipes: [Pipe, Pipe] | undefined },
    ): Promise<number> => {
      const [file, args] = argvOf(command)
      makeFolder(cwd)
      const { spawn } = process.getBuiltinModule('node:child_process')
      const started = spawn(file, args, {
        env,
        cwd,
        detached: true,
        stdio: ['pipe', pipes?.[0].write ?? 'pipe', pipes?.[1].write ?? 'pipe'],
      })
      const pid = await new Promise<number>((resolve, reject) => {
        started.once('error', (error) => reject(whyNotStarted(error, file, cwd)))
        started.once('spawn', () => resolve(started.pid ?? 0))
      })
      child = started
      started.stdin?.on('error', () => undefined)
      outbox.keep({ method: 'started', params: { at: Date.now(), pid } })
      const relays = [
        createRelay('out', readableOf(pipes?.[0], started.stdout), outbox),
        createRelay('err', readableOf(pipes?.[1], started.stderr), outbox),
      ]
      started.once('exit', (code, signal) => void settle({ code, signal: signal ?? null }, relays))
      return pid
    },
    input: (bytes: Buffer, isLast: boolean) => {
      const stdin = child?.stdin
      if (!stdin?.writable || end !== undefined) throw new Refusal('E_CONFLICT', 'The program takes no input any more.')
      if (stdin.writableLength > INPUT_MOST) {
        throw new Refusal('E_CONFLICT', 'The program does not read its input: much of it waits already.')
      }
      if (bytes.length > 0) stdin.write(bytes)
      if (isLast) stdin.end()
    },
    signal: (name: string) => {
      if (!isSignal(name)) throw new Refusal('E_SCHEMA', `There is no signal ${name}.`)
      if (child === undefined || end !== undefined) throw new Refusal('E_CONFLICT', 'No program is running.')
      signalGroup(name)
    },
    /** What is running now. */
    pid: () => (end === undefined ? (child?.pid ?? null) : null),
    wasStarted: () => child !== undefined,
    ended: () => end,
    kill: signalGroup,
    /** Resolves when it ended and all of its output was sent. */
    settled: settled.promise,
  }
}

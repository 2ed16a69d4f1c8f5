/** The command line as a real process, from source. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Cleanup } from './home.ts'

export const ROOT = join(import.meta.dirname, '..', '..', '..')
export const CLI = join(ROOT, 'src', 'cli', 'index.ts')

/** Node 24 runs TypeScript as it is; vitest may have been started by an older one. */
const findNode = (): string => {
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath
  return execFileSync(join(ROOT, 'node_modules', '.bin', 'node'), ['-p', 'process.execPath'], {
    encoding: 'utf8',
  }).trim()
}
export const NODE = findNode()

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface SpawnOptions {
  env: Record<string, string>
  cleanup?: Cleanup
}

/** A command that goes on: `line()` waits for its next line of output, `ended` for its end. */
export const spawnCli = (words: readonly string[], { env, cleanup = onTestFinished }: SpawnOptions) => {
  const child: ChildProcess = spawn(NODE, [CLI, ...words], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('a child without pipes')
  stdin.on('error', () => undefined)
  let out = ''
  let err = ''
  let taken = 0
  let wake = Promise.withResolvers<void>()
  stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    wake.resolve()
  })
  stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended: Promise<Ended> = once(child, 'close').then(([code, signal]) => {
    wake.resolve()
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout: out, stderr: err }
  })
  let isOver = false
  void ended.then(() => (isOver = true))
  const line = async (): Promise<string> => {
    for (;;) {
      const end = out.indexOf('\n', taken)
      if (end !== -1) {
        const text = out.slice(taken, end)
        taken = end + 1
        return text
      }
      if (isOver) throw new Error(`it ended before it wrote another line. stdout: ${out} stderr: ${err}`)
      wake = Promise.withResolvers()
      await Promise.race([wake.promise, ended])
    }
  }
  cleanup(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, stdin, stdout, line, ended, kill: (signal: NodeJS.Signals) => child.kill(signal) }
}

export const runCli = (words: readonly string[], options: SpawnOptions & { input?: string }): Promise<Ended> => {
  const running = spawnCli(words, options)
  running.stdin.end(options.input ?? '')
  return running.ended
}

/** Starts the supervisor of a box, and waits for its word. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GantryError } from '../../../contract/index.ts'
import { type Facts, FILES } from '../../../supervisor/index.ts'
import { parseFacts } from './records.ts'

const SHOWN = 2000

const tailOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim().slice(-SHOWN)
  } catch {
    // It wrote nothing.
    return ''
  }
}

/** What the box wrote beside the wire; where that is nothing, what its supervisor did. */
export const lastOutputOf = (folder: string): string =>
  tailOf(join(folder, FILES.errors)) || tailOf(join(folder, FILES.log))

/**
 * Resolves with the facts when the program inside runs or could not be started, with undefined when the supervisor
 * went without a word. In a session of its own, so that nothing that ends this process reaches it.
 */
export const startSupervisor = (
  { node, supervisor }: { node: string; supervisor: string },
  folder: string,
  signal: AbortSignal,
): Promise<Facts | undefined> => {
  const log = openSync(join(folder, FILES.log), 'a', 0o600)
  const child = spawn(node, [supervisor, folder], {
    detached: true,
    stdio: ['ignore', 'pipe', log],
    cwd: '/',
    env: {},
  })
  closeSync(log)
  child.unref()
  return new Promise((resolve, reject) => {
    const { stdout } = child
    let text = ''
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort)
      stdout?.destroy()
    }
    const onAbort = (): void => {
      settle()
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort)
    child.once('error', (cause) => {
      settle()
      reject(
        new GantryError('E_RUNTIME', `The supervisor of the box could not be started: ${cause.message}`, {
          hint: 'Look whether Gantry is installed completely.',
          cause,
        }),
      )
    })
    stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (!text.endsWith('\n')) return
      settle()
      resolve(parseFacts(JSON.parse(text)))
    })
    stdout?.once('end', () => {
      settle()
      if (!text.endsWith('\n')) resolve(undefined)
    })
  })
}

/** Finds the Gantry of a data folder, and starts one without a window where none runs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ERRORS, ErrorBody, GantryError } from '../contract/index.ts'
import { type Endpoint, endpointFile, lookUpEndpoint, readEndpoint, socketPath } from '../core/endpoint/index.ts'

const START_LIMIT_MS = 20_000
const LOOK_AGAIN_MS = 50
/** A Gantry that is updated or restarted is back long before this. */
const COME_BACK_LIMIT_MS = 60_000
/** From its open socket to its endpoint file a Gantry that starts needs a few milliseconds. */
const ANNOUNCE_LIMIT_MS = 1000

// Everything bundled lies in one folder; from source this file has neighbours.
const ENTRY = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './index.ts' : './cli.js', import.meta.url))

const answers = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(socket)
    probe.once('connect', () => resolve(true))
    probe.once('error', () => resolve(false))
    probe.once('close', () => resolve(false))
    probe.once('connect', () => probe.destroy())
  })

/** The running Gantry, if there is one that answers. */
const findHost = async (home: string): Promise<Endpoint | undefined> => {
  const endpoint = readEndpoint(home)
  return endpoint !== undefined && (await answers(endpoint.socket)) ? endpoint : undefined
}

/** Somebody answers at the socket of this home, but nothing says who, or with which token. */
const speechless = (home: string): GantryError => {
  const found = lookUpEndpoint(home)
  const problem = found.state === 'unusable' ? found.problem : 'it is not there'
  const file = endpointFile(home)
  return new GantryError('E_UNAVAILABLE', `A Gantry runs, but ${file} does not tell how to reach it: ${problem}.`, {
    hint: 'Stop that Gantry where it was started, and start it again: it writes the file anew.',
    details: { file },
  })
}

export const requireHost = async (home: string): Promise<Endpoint> => {
  const endpoint = await findHost(home)
  if (endpoint !== undefined) return endpoint
  if (await answers(socketPath(home))) throw speechless(home)
  throw new GantryError('E_UNAVAILABLE', `No Gantry is running for ${home}.`, {
    hint: 'Start it with `gantry serve`, or open the app.',
  })
}

/** For whoever follows something: starts none, since somebody may have stopped it on purpose. */
export const awaitHost = async (home: string, signal: AbortSignal, limitMs = COME_BACK_LIMIT_MS): Promise<Endpoint> => {
  const deadline = Date.now() + limitMs
  do {
    await pause(LOOK_AGAIN_MS, undefined, { signal })
    const endpoint = await findHost(home)
    if (endpoint !== undefined) return endpoint
  } while (Date.now() < deadline)
  throw new GantryError('E_UNAVAILABLE', 'Gantry stopped and did not come back.', {
    hint: 'The next command starts it again.',
  })
}

export const ensureHost = async (home: string): Promise<Endpoint> => {
  const deadline = Date.now() + START_LIMIT_MS
  let started = false
  let answeredSince: number | undefined
  while (Date.now() < deadline) {
    const endpoint = await findHost(home)
    if (endpoint !== undefined) return endpoint
    // Two programs may start one at the same moment: the one that comes second waits for the other's.
    if (!started) {
      started = await startHost(home)
      continue
    }
    answeredSince = (await answers(socketPath(home))) ? (answeredSince ?? Date.now()) : undefined
    if (answeredSince !== undefined && Date.now() - answeredSince > ANNOUNCE_LIMIT_MS) throw speechless(home)
    await pause(LOOK_AGAIN_MS)
  }
  throw new GantryError('E_TIMEOUT', 'Gantry did not start in time.', { hint: `See the log in ${home}/logs.` })
}

/** Resolves when the new Gantry listens, or when another one turned out to be there already. */
const startHost = async (home: string): Promise<boolean> => {
  const child = spawn(process.execPath, [ENTRY, 'serve', '--attached', '--home', home], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  })
  let problem = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problem += text))
  const ready = once(child.stdout, 'data').then(() => 'ready' as const)
  const ended = once(child, 'close').then(() => 'ended' as const)
  const outcome = await Promise.race([ready, ended])
  if (outcome === 'ready') {
    child.stdout.destroy()
    child.stderr.destroy()
    child.unref()
    return true
  }
  if (child.exitCode === ERRORS.E_CONFLICT.exit) return true
  throw startFailure(problem)
}

const startFailure = (stderr: string): GantryError => {
  try {
    const { code, message, ...extras } = ErrorBody.parse(JSON.parse(stderr).error)
    return new GantryError(code, message, extras)
  } catch {
    return new GantryError(
      'E_RUNTIME',
      `Gantry could not be started: ${stderr.trim().split('\n').at(-1) ?? 'it said nothing'}`,
      {
        hint: 'Run `gantry serve` to see what is wrong.',
      },
    )
  }
}

/**
 * Owns where a Gantry is to be found: its data folder, its socket, and the owner-only file that names both.
 * Promises that clients and hosts agree on this without asking each other.
 * Never opens anything: the shim and the command line load this and little else.
 */
import { createHash } from 'node:crypto'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export { type Endpoint, clearEndpoint, endpointFile, readEndpoint, removeEndpoint, writeEndpoint } from './file.ts'

type Env = Record<string, string | undefined>

/** `--home`, then GANTRY_HOME, then where the platform keeps the data of programs. */
export const findHome = (given: string | undefined, env: Env, platform: NodeJS.Platform = process.platform): string => {
  const chosen = given ?? env['GANTRY_HOME']
  if (chosen !== undefined && chosen !== '') return resolve(chosen)
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Gantry')
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Gantry')
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'gantry')
}

/** The longest path a unix socket may have is about a hundred bytes; a deep home gets one in the temporary folder. */
const LONGEST_SOCKET = 100

export const socketPath = (home: string, platform: NodeJS.Platform = process.platform): string => {
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 12)
  if (platform === 'win32') return `\\\\.\\pipe\\gantry-${digest}`
  const inHome = join(home, 'run', 'gantry.sock')
  return Buffer.byteLength(inHome) <= LONGEST_SOCKET ? inHome : join(tmpdir(), `gantry-${digest}`, 'gantry.sock')
}

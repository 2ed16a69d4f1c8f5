/**
 * Owns where a Gantry is to be found: its data folder, its socket, and the owner-only file that names both.
 * Promises that clients and hosts agree on this without asking each other.
 * Never starts anything, and knows no database: the shim and the command line load this and little else.
 */
import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

export {
  type Endpoint,
  clearEndpoint,
  endpointFile,
  lookUpEndpoint,
  readEndpoint,
  removeEndpoint,
  writeEndpoint,
} from './file.ts'
export { isConnectionLoss, neverArrived, socketFetch } from './socket-fetch.ts'

type Env = Record<string, string | undefined>

/** `--home`, then GANTRY_HOME, then where the platform keeps the data of programs. */
export const findHome = (given: string | undefined, env: Env, platform: NodeJS.Platform = process.platform): string => {
  const chosen = given ?? env['GANTRY_HOME']
  if (chosen !== undefined && chosen !== '') return resolve(chosen)
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Gantry')
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Gantry')
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'gantry')
}

/** The longest path a unix socket may have is about a hundred bytes; a deep home gets one in a folder for such things. */
const LONGEST_SOCKET = 100

const isOurs = (folder: string): boolean => {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === process.getuid?.()
}

/** The user's own folder for sockets where there is one; in the temporary folder others can be first with a name. */
const socketFolders = (env: Env): string[] => {
  const runtime = env['XDG_RUNTIME_DIR'] ?? ''
  return [...(isAbsolute(runtime) && isOurs(runtime) ? [runtime] : []), tmpdir()]
}

export const socketPath = (
  home: string,
  platform: NodeJS.Platform = process.platform,
  env: Env = process.env,
): string => {
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 12)
  if (platform === 'win32') return `\\\\.\\pipe\\gantry-${digest}`
  const elsewhere = socketFolders(env).map((folder) => join(folder, `gantry-${digest}`, 'gantry.sock'))
  const paths = [join(home, 'run', 'gantry.sock'), ...elsewhere]
  return paths.find((path) => Buffer.byteLength(path) <= LONGEST_SOCKET) ?? paths.at(-1) ?? ''
}

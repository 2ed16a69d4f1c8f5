/** Which folders of this machine may be handed to an agent. */
import { realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path'
import { GantryError } from '../../contract/index.ts'

/** Below the home folder: keys, passwords and what signs in elsewhere. */
const IN_HOME = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.kube',
  '.docker',
  '.netrc',
  '.npmrc',
  '.git-credentials',
  '.vault-token',
  '.password-store',
  '.mozilla',
  '.thunderbird',
  '.config/gcloud',
  '.config/gh',
  '.config/google-chrome',
  '.config/chromium',
  '.local/share/keyrings',
  'Library/Keychains',
  'Library/Application Support/Google/Chrome',
  'AppData/Roaming/Microsoft/Credentials',
]
const OF_THE_SYSTEM = [
  '/etc',
  '/proc',
  '/sys',
  '/dev',
  '/boot',
  '/run',
  '/var/run',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/System',
  '/Library/Keychains',
]

export interface PlacesOptions {
  /** Gantry's own data folder. */
  home: string
  /** The home folder of the person. */
  homeFolder: string
}

const isInside = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

const realOf = async (path: string): Promise<string> => {
  try {
    return await realpath(path)
  } catch {
    return path
  }
}

const refuse = (message: string, hint: string): never => {
  throw new GantryError('E_SCHEMA', message, { hint, details: [{ path: 'workspace.path', message }] })
}

const CHOOSE = 'Choose the folder of one project.'

/** The real path of a folder that may be given. */
export const checkPlace = async (path: string, { home, homeFolder }: PlacesOptions): Promise<string> => {
  if (path.includes('\0') || !isAbsolute(path)) {
    return refuse(
      `${JSON.stringify(path)} is not the full path of a folder.`,
      'Write it from the root of this machine.',
    )
  }
  const place = await realOf(resolve(path))
  let isFolder = false
  try {
    isFolder = (await stat(place)).isDirectory()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    return refuse(
      `${path} cannot be used as a workspace: ${code === 'ENOENT' ? 'it is not there' : (code ?? 'it cannot be looked at')}.`,
      CHOOSE,
    )
  }
  if (!isFolder) return refuse(`${path} is not a folder.`, CHOOSE)
  if (dirname(place) === place || place === parse(place).root) return refuse(`${path} is all of this machine.`, CHOOSE)
  if (isInside(await realOf(homeFolder), place)) return refuse(`${path} holds your whole home folder.`, CHOOSE)

  const secret = [home, ...IN_HOME.map((name) => join(homeFolder, name))]
  for (const kept of secret) {
    const real = await realOf(kept)
    if (isInside(place, real)) return refuse(`${path} belongs to what is kept secret in ${kept}.`, CHOOSE)
    if (isInside(real, place)) return refuse(`${path} holds ${kept}, which is not for agents.`, CHOOSE)
  }
  for (const kept of OF_THE_SYSTEM) {
    if (isInside(place, await realOf(kept))) return refuse(`${path} belongs to the system (${kept}).`, CHOOSE)
  }
  return place
}

/** What boxes stand on: the sandbox program of this machine, its control groups, and files that all boxes share. */
import { execFile } from 'node:child_process'
import { accessSync, constants, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { createHash } from 'node:crypto'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Groups } from '../../../supervisor/index.ts'
import { INSIDE_ID, INSIDE_NODE, type Material, PROGRAMS } from './bubblewrap.ts'
import type { SandboxDeps } from './deps.ts'
import { findGroups } from './groups-place.ts'
import { keepOnly, readableByAll } from './readable.ts'
import { seccompFilter } from './seccomp.ts'
import { ETC_FILES, type View, viewOf } from './view.ts'

const run = promisify(execFile)

export interface LinuxGround {
  kind: 'bubblewrap'
  program: string
  version: string
  canDisableUserns: boolean
  view: View
  materials: readonly Material[]
  filter: string
  etc: readonly { name: string; file: string }[]
  /** The user of boxes where Gantry itself is root. */
  identity: { uid: number; gid: number } | null
  groups: ((name: string) => Groups) | undefined
  /** Whether the number of processes is counted for each box apart, and not for all that the user runs. */
  countsOwnPids: boolean
}

export interface MacGround {
  kind: 'seatbelt'
  program: string
  version: string
}

export type Ground = LinuxGround | MacGround

/** Not an error: that it is so is what the status tells. */
export class Missing {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

const OLDEST = [0, 7] as const
const DISABLES_USERNS = [0, 8] as const
const COUNTS_APART = [5, 14] as const

const numbersIn = (text: string): readonly number[] => (/\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number)

export const isAtLeast = (text: string, [major, minor]: readonly [number, number]): boolean => {
  const [first = 0, second = 0] = numbersIn(text)
  return first > major || (first === major && second >= minor)
}

const canUse = (file: string, mode: number): boolean => {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}

const isProgram = (file: string) =>
  canUse(file, constants.X_OK) && statSync(file, { throwIfNoEntry: false })?.isFile() === true

export const findProgram = (name: string, env: Record<string, string | undefined>): string | undefined =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isProgram)

const INSTALL =
  'Install the package bubblewrap: `sudo apt install bubblewrap` (Debian, Ubuntu), `sudo dnf install bubblewrap` (Fedora, RHEL), ' +
  '`sudo pacman -S bubblewrap` (Arch), `sudo zypper install bubblewrap` (openSUSE), `sudo apk add bubblewrap` (Alpine).'

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const scriptsIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.mjs'))
  } catch {
    return []
  }
}

const missingPart = ({ materials, inside }: SandboxDeps): string | undefined =>
  [materials.node, materials.supervisor, ...(inside === undefined ? [join(materials.scripts, 'agent.mjs')] : [])].find(
    (file) => !canUse(file, constants.R_OK),
  )

/** Programs of Gantry's own, readable for the user that boxes have. */
const findMaterials = ({ materials, home, stage = stageOf(home) }: SandboxDeps, isRoot: boolean): Material[] => {
  const scripts = scriptsIn(materials.scripts).filter((name) => join(materials.scripts, name) !== materials.supervisor)
  const wanted = [
    { source: materials.node, path: INSIDE_NODE },
    ...scripts.map((name) => ({ source: join(materials.scripts, name), path: `${PROGRAMS}/${name}` })),
  ]
  if (!isRoot) return wanted
  const shown = wanted.map(({ source, path }) => ({ path, source: readableByAll(source, stage) }))
  keepOnly(
    stage,
    shown.map(({ source }) => source),
  )
  return shown
}

const stageOf = (home: string): string =>
  join(tmpdir(), `gantry-shared-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`)

/** Files that are handed down open, so that they may stay in a folder that only the owner can enter. */
const writeShared = (home: string, filter: Buffer): Pick<LinuxGround, 'filter' | 'etc'> => {
  const folder = join(home, 'run', 'sandbox')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  return {
    filter: write('seccomp.bpf', filter),
    etc: Object.entries(ETC_FILES).map(([name, content]) => ({ name, file: write(name, content) })),
  }
}

const groupsHere = (): LinuxGround['groups'] =>
  findGroups({
    mountinfo: readText('/proc/self/mountinfo'),
    own: readText('/proc/self/cgroup'),
    isWritable: (path) => canUse(path, constants.W_OK),
    read: readText,
  })

const findBubblewrap = async (deps: SandboxDeps, architecture: string): Promise<LinuxGround | Missing> => {
  const program = findProgram('bwrap', deps.env ?? process.env)
  if (program === undefined) return new Missing(`bubblewrap is not installed. ${INSTALL}`)
  const version = (await run(program, ['--version'])).stdout.trim().replace(/^bubblewrap /, '')
  if (!isAtLeast(version, OLDEST)) {
    return new Missing(
      `bubblewrap ${version} is too old: ${OLDEST.join('.')} or newer is needed, for its limit of sizes.`,
    )
  }
  const filter = seccompFilter(architecture)
  if (filter === undefined) return new Missing(`There is no filter of system calls for ${architecture} yet.`)
  const isRoot = process.getuid?.() === 0
  return {
    kind: 'bubblewrap',
    program,
    version,
    canDisableUserns: isAtLeast(version, DISABLES_USERNS),
    view: viewOf(),
    materials: findMaterials(deps, isRoot),
    ...writeShared(deps.home, filter),
    identity: isRoot ? { uid: INSIDE_ID, gid: INSIDE_ID } : null,
    groups: deps.groups === 'none' ? undefined : groupsHere(),
    countsOwnPids: isAtLeast(release(), COUNTS_APART),
  }
}

const SANDBOX_EXEC = '/usr/bin/sandbox-exec'

export const findGround = async (deps: SandboxDeps): Promise<Ground | Missing> => {
  const platform = deps.platform ?? process.platform
  const missing = missingPart(deps)
  if (missing !== undefined) return new Missing(`A part of Gantry is not there: ${missing}. Install it anew.`)
  if (platform === 'linux') return findBubblewrap(deps, deps.architecture ?? process.arch)
  if (platform !== 'darwin') {
    return new Missing('There is no sandbox for this system: it needs Linux or macOS. Use the docker runtime.')
  }
  if (!isProgram(SANDBOX_EXEC)) return new Missing(`${SANDBOX_EXEC} is missing, which belongs to macOS.`)
  return { kind: 'seatbelt', program: SANDBOX_EXEC, version: release() }
}

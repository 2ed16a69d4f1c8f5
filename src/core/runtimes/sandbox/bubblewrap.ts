/** The command line of bubblewrap for a box. Pure: what it says is what the box gets. */
import type { Limits } from '../../../supervisor/index.ts'
import type { View } from './view.ts'

export const INSIDE_ID = 10001
const HOME = '/home/agent'
const WORK = `${HOME}/work`
export const PROGRAMS = '/opt/gantry'
export const INSIDE_NODE = `${PROGRAMS}/node`

/** Descriptors that the supervisor hands down; files follow in their order. */
const STATUS = 4
const GO_ON = 5
const FILTER = 6
const FIRST_ETC = 7

const MIB = 1024 * 1024
const RUN = 16 * MIB
const SHARED_MEMORY = 64 * MIB
const OPEN_FILES = 4096
/** What Node reserves as data without ever using it, measured with some to spare. */
const DATA_SPARE = 768 * MIB

export interface Material {
  source: string
  path: string
}

export interface BoxRecipe {
  limits: Limits
  view: View
  /** Programs of Gantry's own that are shown in the box. */
  materials: readonly Material[]
  /** Files of /etc by their names. They are handed down as descriptors, after the filter of system calls. */
  etc: readonly string[]
  command: readonly string[]
  /** No processes in spaces of their own inside, by the sandbox itself: the filter refuses them too. */
  canDisableUserns: boolean
  /** Where no control groups hold the box, its processes carry what they can of the limits themselves. */
  ownLimits: { pids: boolean } | null
}

export const INSIDE_ENV: Readonly<Record<string, string>> = {
  HOME,
  USER: 'agent',
  LOGNAME: 'agent',
  SHELL: '/bin/sh',
  // Gantry's own Node last: where the machine has one of its own, programs find that.
  PATH: `/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:${PROGRAMS}`,
  LANG: 'C.UTF-8',
  TMPDIR: '/tmp',
}

/**
 * A limit that is already lower than asked for stays; one that cannot be set ends the box before it began. dash and
 * busybox call the number of processes p, bash calls it u.
 */
export const insideScript = ({ memoryBytes, pids }: Limits, ownLimits: BoxRecipe['ownLimits']): string =>
  [
    'hold() { ulimit "$1" "$2" 2>/dev/null || [ "$(ulimit "$1" 2>/dev/null)" -le "$2" ] 2>/dev/null; }',
    'refuse() { echo "the limit of $1 cannot be set" >&2; exit 126; }',
    'hold -c 0 || refuse "core dumps"',
    `hold -n ${OPEN_FILES} || refuse "open files"`,
    ...(ownLimits === null ? [] : [`hold -d ${Math.ceil((memoryBytes + DATA_SPARE) / 1024)} || refuse memory`]),
    ...(ownLimits?.pids === true ? [`hold -u ${pids} || hold -p ${pids} || refuse processes`] : []),
    // All of the sandbox stands: the supervisor waits for this.
    'echo ready >&3',
    'exec 3>&-',
    'exec "$@"',
  ].join('\n')

/** What the box may write to, and how much. */
export const writableOf = ({ diskBytes }: Limits): { path: string; size: number; mode: string }[] => [
  { path: '/tmp', size: diskBytes, mode: '1777' },
  { path: '/run', size: Math.min(RUN, diskBytes), mode: '0755' },
  { path: '/dev/shm', size: Math.min(SHARED_MEMORY, diskBytes), mode: '1777' },
  { path: HOME, size: diskBytes, mode: '0700' },
]

export const bubblewrapArgs = (recipe: BoxRecipe): string[] => {
  const { limits, view, materials, etc, command, canDisableUserns, ownLimits } = recipe
  const options: (readonly (string | number)[])[] = [
    ['--unshare-all'],
    ['--unshare-user'],
    ...(canDisableUserns ? [['--disable-userns']] : []),
    ['--new-session'],
    ['--die-with-parent'],
    ['--uid', INSIDE_ID],
    ['--gid', INSIDE_ID],
    ['--hostname', 'agent'],
    ['--cap-drop', 'ALL'],
    ['--json-status-fd', STATUS],
    ['--block-fd', GO_ON],
    ['--seccomp', FILTER],
    ...view.binds.map((path) => ['--ro-bind', path, path]),
    ...view.links.map(({ path, target }) => ['--symlink', target, path]),
    ...etc.map((name, index) => ['--perms', '0444', '--file', FIRST_ETC + index, `/etc/${name}`]),
    ...materials.map(({ source, path }) => ['--ro-bind', source, path]),
    ['--proc', '/proc'],
    ['--dev', '/dev'],
    ['--remount-ro', '/dev'],
    ...writableOf(limits).map(({ path, size, mode }) => ['--size', size, '--perms', mode, '--tmpfs', path]),
    ['--dir', WORK],
    ['--remount-ro', '/'],
    ['--chdir', WORK],
    ['--', '/bin/sh', '-c', insideScript(limits, ownLimits), 'gantry', ...command],
  ]
  return options.flat().map(String)
}

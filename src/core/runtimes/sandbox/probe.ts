/** Finds out whether boxes can run here, by running one that does nothing. */
import { GantryError } from '../../../contract/index.ts'
import { launch, makeGroups, membersOf, removeGroups } from '../../../supervisor/index.ts'
import { readFileSync } from 'node:fs'
import type { SandboxDeps } from './deps.ts'
import { type Ground, type LinuxGround, Missing, findGround } from './ground.ts'
import { planOf } from './plan.ts'

const TRY_LIMITS = { cpus: 1, memoryBytes: 256 * 1024 ** 2, pids: 64, diskBytes: 1024 ** 2 }
const SETTLE_MS = 5
const SETTLE_ROUNDS = 400

interface Switch {
  file: string
  isOff: (value: number) => boolean
  cure: string
}

/** What keeps ordinary users from making the spaces that a box is made of. */
const SWITCHES: readonly Switch[] = [
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    isOff: (value) => value === 1,
    cure: 'AppArmor restricts them: allow bwrap with a profile in /etc/apparmor.d, or run `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`.',
  },
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    isOff: (value) => value === 0,
    cure: 'Run `sudo sysctl kernel.unprivileged_userns_clone=1`.',
  },
  {
    file: '/proc/sys/user/max_user_namespaces',
    isOff: (value) => value === 0,
    cure: 'Run `sudo sysctl user.max_user_namespaces=10000`.',
  },
]

const FORBIDDEN = /namespace|uid map|gid map|Operation not permitted|Permission denied|No space left on device/i

const readNumber = (file: string): number | undefined => {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    // This kernel has no such switch.
    return undefined
  }
}

/** In the user's words, from what bubblewrap wrote and from the switches of the kernel. */
export const explainRefusal = (output: string, read: (file: string) => number | undefined = readNumber): string => {
  const said = output.trim().split('\n').at(-1) ?? ''
  const start = `bubblewrap cannot make a sandbox here: ${said === '' ? 'it wrote no reason' : said}`
  if (!FORBIDDEN.test(output)) return start
  const cures = SWITCHES.filter(({ file, isOff }) => {
    const value = read(file)
    return value !== undefined && isOff(value)
  }).map(({ cure }) => cure)
  const cure = cures.length > 0 ? cures.join(' ') : 'User namespaces seem to be forbidden, as in some containers.'
  return `${start}. ${cure}`
}

interface Outcome {
  isWell: boolean
  output: string
}

const tryBox = async (deps: SandboxDeps, ground: LinuxGround, name: string): Promise<Outcome> => {
  const spec = { boxId: name, image: '', limits: TRY_LIMITS, network: 'none', expiresAt: 0 } as const
  const place = { folder: '/nonexistent', socket: '/nonexistent' }
  const plan = planOf(spec, { ...deps, inside: ['/bin/sh', '-c', 'exit 0'] }, ground, place)
  let output = ''
  let failure: Error | undefined
  let isReady = false
  const onFailed = (cause: Error) => (failure ??= cause)
  try {
    if (plan.groups !== null) makeGroups(plan.groups, plan.limits)
    const { child, stdin, stdout, stderr } = launch(plan, {
      onInit: () => undefined,
      onReady: () => (isReady = true),
      onFailed: (cause) => {
        onFailed(cause)
        child.kill('SIGKILL')
      },
    })
    stdin.end()
    stdout.resume()
    stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    const code = await new Promise<number | null>((resolve) => {
      child.once('close', resolve)
      child.once('error', () => resolve(null))
    })
    return { isWell: isReady && code === 0 && failure === undefined, output: failure?.message ?? output }
  } catch (cause) {
    return { isWell: false, output: cause instanceof Error ? cause.message : String(cause) }
  } finally {
    for (let round = 0; round < SETTLE_ROUNDS && membersOf(plan.groups).length > 0; round += 1) {
      await deps.delay(SETTLE_MS)
    }
    removeGroups(plan.groups)
  }
}

/** With control groups where they work, else without: the scorecard of each box says which. */
const tryGround = async (deps: SandboxDeps, ground: LinuxGround): Promise<LinuxGround | Missing> => {
  const name = `probe-${process.pid}`
  const first = await tryBox(deps, ground, name)
  if (first.isWell) return ground
  if (ground.groups === undefined) return new Missing(explainRefusal(first.output))
  const bare = { ...ground, groups: undefined }
  const second = await tryBox(deps, bare, name)
  return second.isWell ? bare : new Missing(explainRefusal(second.output))
}

const probe = async (deps: SandboxDeps): Promise<Ground | Missing> => {
  const ground = await findGround(deps)
  // Nothing of the kind has been tried on macOS yet: there the first box is the trial.
  return ground instanceof Missing || ground.kind === 'seatbelt' ? ground : tryGround(deps, ground)
}

/** What was found stays found; what was missing is looked for again each time, as it may have been installed. */
export const createProber = (deps: SandboxDeps) => {
  let found: Promise<Ground | Missing> | undefined

  const look = (): Promise<Ground | Missing> => {
    const looking = (found ??= probe(deps))
    void looking.then(
      (ground) => {
        if (ground instanceof Missing) found = undefined
      },
      () => {
        found = undefined
      },
    )
    return looking
  }

  const ground = async (): Promise<Ground> => {
    const seen = await look()
    if (!(seen instanceof Missing)) return seen
    throw new GantryError('E_UNAVAILABLE', 'The sandbox runtime cannot be used on this machine.', { hint: seen.reason })
  }

  return { look, ground }
}

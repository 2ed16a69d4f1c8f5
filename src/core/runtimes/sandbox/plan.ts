/** From the wish for a box to the plan that its supervisor carries out. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { GantryError } from '../../../contract/index.ts'
import type { Plan } from '../../../supervisor/index.ts'
import type { BoxSpec } from '../types.ts'
import { INSIDE_ENV, INSIDE_NODE, PROGRAMS, bubblewrapArgs, writableOf } from './bubblewrap.ts'
import type { SandboxDeps } from './deps.ts'
import type { Ground, LinuxGround, MacGround } from './ground.ts'
import { seatbeltProfile } from './seatbelt.ts'

const SPOOL_BYTES = 64 * 1024 * 1024
const SHORT = 10

export const shortName = (boxId: string): string => createHash('sha256').update(boxId).digest('hex').slice(0, SHORT)

type Place = { folder: string; socket: string }

const common = (spec: BoxSpec, deps: SandboxDeps, { socket }: Place) => ({
  boxId: spec.boxId,
  socket,
  limits: spec.limits,
  spoolBytes: deps.spoolBytes ?? SPOOL_BYTES,
  expiresAt: spec.expiresAt,
})

const linuxPlan = (spec: BoxSpec, deps: SandboxDeps, ground: LinuxGround, place: Place): Plan => ({
  ...common(spec, deps, place),
  command: ground.program,
  args: bubblewrapArgs({
    limits: spec.limits,
    view: ground.view,
    materials: ground.materials,
    etc: ground.etc.map(({ name }) => name),
    command: deps.inside ?? [INSIDE_NODE, `${PROGRAMS}/agent.mjs`],
    canDisableUserns: ground.canDisableUserns,
    ownLimits: ground.groups === undefined ? { pids: ground.countsOwnPids } : null,
  }),
  // bubblewrap hands its own environment on: this is all there is of one.
  env: INSIDE_ENV,
  files: [ground.filter, ...ground.etc.map(({ file }) => file)],
  identity: ground.identity,
  handshake: true,
  stores: writableOf(spec.limits).map(({ path }) => path),
  groups: ground.groups?.(`gantry-${deps.owner}-${shortName(spec.boxId)}`) ?? null,
})

const FIRST_PORT = 49_152
const PORTS = 16_384

/** Of the range that nobody has to register for. Boxes there share the machine's loopback. */
export const loopbackPort = (boxId: string): number =>
  FIRST_PORT + (Number.parseInt(shortName(boxId).slice(0, 8), 16) % PORTS)

const macPlan = (spec: BoxSpec, deps: SandboxDeps, ground: MacGround, place: Place): Plan => {
  const folder = join(place.folder, 'home')
  const { node, scripts } = deps.materials
  const port = loopbackPort(spec.boxId)
  const profile = seatbeltProfile({ folder, node, scripts, loopbackPort: port })
  const start = 'cd "$HOME/work" && ulimit -c 0 && echo ready >&3 && exec 3>&- && exec "$@"'
  const inside = deps.inside ?? [node, join(scripts, 'agent.mjs')]
  return {
    ...common(spec, deps, place),
    command: ground.program,
    args: ['-p', profile, '/bin/sh', '-c', start, 'gantry', ...inside],
    env: { ...INSIDE_ENV, HOME: folder, TMPDIR: join(folder, 'tmp'), GANTRY_LOOPBACK_PORT: String(port) },
    files: [],
    identity: null,
    handshake: false,
    stores: [],
    groups: null,
  }
}

export const planOf = (spec: BoxSpec, deps: SandboxDeps, ground: Ground, place: Place): Plan => {
  if (spec.network !== 'none') {
    throw new GantryError('E_UNAVAILABLE', `The sandbox runtime cannot give a box the network "${spec.network}".`, {
      hint: 'Use the docker runtime for that, or the network "none" or "egress".',
    })
  }
  return ground.kind === 'bubblewrap' ? linuxPlan(spec, deps, ground, place) : macPlan(spec, deps, ground, place)
}

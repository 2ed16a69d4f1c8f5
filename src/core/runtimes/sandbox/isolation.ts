/** How closed in a box is, read from the kernel about the program that runs in it. */
import { readFileSync, readlinkSync } from 'node:fs'
import { type Facts, type Limits, type Processes, isAlive, limitsOf } from '../../../supervisor/index.ts'
import type { IsolationCheck } from '../types.ts'
import { writableOf } from './bubblewrap.ts'

const MIB = 1024 ** 2
const showBytes = (bytes: number) => `${Math.round((bytes / MIB) * 10) / 10} MiB`

const field = (text: string, name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim() ?? ''
const NO_CAPABILITIES = /^0+$/
const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']

/** Some kernels put the stumps of tunnels into every new network: they are down and lead nowhere. */
const STUMP = /^(tunl|gre|gretap|erspan|ip_vti|ip6_vti|sit|ip6tnl|ip6gre)0$/
/** Not files: what the kernel shows of itself and of the box's own processes and terminals. */
const KERNEL_OWN = ['proc', 'devpts', 'devtmpfs']

interface Mount {
  path: string
  isWritable: boolean
  isGuarded: boolean
  type: string
  size: string | undefined
}

const parseMounts = (mountinfo: string): Mount[] =>
  mountinfo
    .trim()
    .split('\n')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ')
      const [, , , , path = '', options = ''] = before.split(' ')
      const [type = '', , own = ''] = after.split(' ')
      const given = options.split(',')
      return {
        path,
        type,
        isWritable: given.includes('rw'),
        isGuarded: given.includes('nosuid') && given.includes('nodev'),
        size: /(?:^|,)size=([^,]+)/.exec(own)?.[1],
      }
    })

export interface Seen {
  status: string
  limits: string
  mountinfo: string
  netDev: string
  /** The box's and ours, by kind. */
  namespaces: readonly { name: string; inside: string; outside: string }[]
}

export const lookAt = (pid: number): Seen => {
  const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8')
  return {
    status: read('status'),
    limits: read('limits'),
    mountinfo: read('mountinfo'),
    netDev: read('net/dev'),
    namespaces: NAMESPACES.map((name) => ({
      name,
      inside: readlinkSync(`/proc/${pid}/ns/${name}`),
      outside: readlinkSync(`/proc/self/ns/${name}`),
    })),
  }
}

/** What no box may be without, whatever the machine can do. */
export const closedInChecks = ({ status, mountinfo, netDev, namespaces }: Seen): IsolationCheck[] => {
  const mounts = parseMounts(mountinfo)
  const root = mounts.findLast(({ path }) => path === '/')
  const writable = mounts.filter(({ isWritable, type }) => isWritable && !KERNEL_OWN.includes(type))
  const expected = writableOf({ cpus: 0, memoryBytes: 0, pids: 0, diskBytes: 0 }).map(({ path }) => path)
  const interfaces = [...netDev.matchAll(/^\s*([^\s:|]+):/gm)]
    .map(([, name]) => name ?? '')
    .filter((name) => !STUMP.test(name))
  const shared = namespaces.filter(({ inside, outside }) => inside === outside).map(({ name }) => name)
  const user = field(status, 'Uid').split(/\s+/)
  return [
    { name: 'Network interfaces', value: interfaces.join(', '), ok: interfaces.join() === 'lo' },
    {
      name: 'Spaces of its own',
      value: shared.length === 0 ? NAMESPACES.join(', ') : `shared with the machine: ${shared.join(', ')}`,
      ok: shared.length === 0,
    },
    { name: 'User on the machine', value: user[0] ?? '', ok: user.length === 4 && !user.includes('0') },
    ...['CapEff', 'CapPrm', 'CapBnd'].map((name, index) => ({
      name: ['Capabilities in effect', 'Capabilities held', 'Capabilities that can be had'][index] ?? name,
      value: NO_CAPABILITIES.test(field(status, name)) ? 'none' : field(status, name),
      ok: NO_CAPABILITIES.test(field(status, name)),
    })),
    {
      name: 'No new privileges',
      value: field(status, 'NoNewPrivs') === '1' ? 'yes' : 'no',
      ok: field(status, 'NoNewPrivs') === '1',
    },
    {
      name: 'System calls',
      value: field(status, 'Seccomp') === '2' ? 'filtered' : 'not filtered',
      ok: field(status, 'Seccomp') === '2',
    },
    {
      name: 'Root folder',
      value: root?.isWritable === false ? 'read-only' : 'writable',
      ok: root?.isWritable === false,
    },
    {
      name: 'Writable folders',
      value: writable.map(({ path, size }) => `${path} (${size ?? 'no limit'})`).join(', '),
      ok: writable.every(
        ({ path, type, size, isGuarded }) =>
          expected.includes(path) && type === 'tmpfs' && size !== undefined && isGuarded,
      ),
    },
  ]
}

const limitIn = (limits: string, name: string): string =>
  new RegExp(`^${name} +(\\S+)`, 'm').exec(limits)?.[1] ?? 'unknown'

const limitChecks = ({ groups }: Facts, wanted: Limits, seen: Seen): IsolationCheck[] => {
  const held = groups === null ? {} : limitsOf(groups)
  const by = groups === null ? '' : `, by control group version ${groups.version}`
  const ownPids = limitIn(seen.limits, 'Max processes')
  const memory =
    held.memoryBytes === undefined
      ? { value: `${showBytes(wanted.memoryBytes)}, watched by its supervisor`, ok: true }
      : { value: `${showBytes(held.memoryBytes)}${by}`, ok: held.memoryBytes <= wanted.memoryBytes }
  const processes =
    held.pids === undefined
      ? { value: `${ownPids}, by a limit of its user`, ok: Number(ownPids) <= wanted.pids }
      : { value: `${held.pids}${by}`, ok: held.pids <= wanted.pids }
  const cpus =
    held.cpus === undefined
      ? { value: 'not limited: there is no control group for it here', ok: false }
      : { value: `${held.cpus}${by}`, ok: held.cpus <= wanted.cpus }
  const openFiles = limitIn(seen.limits, 'Max open files')
  const core = limitIn(seen.limits, 'Max core file size')
  return [
    { name: 'Memory', ...memory },
    { name: 'Processes', ...processes },
    { name: 'Processors', ...cpus },
    { name: 'Open files', value: openFiles, ok: Number(openFiles) <= 8192 },
    { name: 'Core dumps', value: core === '0' ? 'none' : core, ok: core === '0' },
  ]
}

export const isolationOf = (facts: Facts, wanted: Limits, processes: Processes): IsolationCheck[] => {
  const { main } = facts
  if (main === null) return []
  const seen = lookAt(main.pid)
  // Another process under its number would be somebody else's scorecard.
  if (!isAlive(processes, main)) return []
  return [...closedInChecks(seen), ...limitChecks(facts, wanted, seen)]
}

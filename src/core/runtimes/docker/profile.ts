/**
 * How a box is closed in: one row a field. A row says what it should be, how the engine is told, how it is read back, and
 * how it reads on the scorecard; nothing is set that is not also read back.
 */
import { isDeepStrictEqual } from 'node:util'
import type { IsolationCheck } from '../types.ts'
import {
  type Draft,
  type Inspected,
  MIB,
  type Product,
  type Row,
  type Wanted,
  fixed,
  list,
  row,
  securityOption,
  showBytes,
  strings,
} from './row.ts'

export type { Draft, Inspected, Product, Wanted } from './row.ts'

/** The list itself, or the file it lies in: there are names as well, and they stand for less. */
const isList = (seccomp: string): boolean => /^([{/]|[A-Z]:\\)/i.test(seccomp)

const USER = '10001:10001'
const HOME = '/home/agent'

/** Run and shared memory are small whatever the limit: nothing of the agent's own belongs there. */
const RUN_BYTES = 16 * MIB

/**
 * Programs may be run from where an agent works, not from where only state is kept. All belong to the user: engines give
 * them the mode that the folder has in the image, whatever mode they are asked for. Podman gives none to a user.
 */
const writableFolders = ({ spec: { limits }, product }: Wanted): Record<string, string> => {
  const { diskBytes } = limits
  const isPodman = product === 'Podman'
  const options = (use: string, mode: string, bytes: number) =>
    `rw,nosuid,nodev,${use},mode=${isPodman ? '1777' : mode}${isPodman ? '' : ',uid=10001,gid=10001'},size=${bytes}`
  return {
    '/tmp': options('exec', '1777', diskBytes),
    '/run': options('noexec', '0755', Math.min(RUN_BYTES, diskBytes)),
    [HOME]: options('exec', '0700', diskBytes),
    // Podman makes it writable unasked, and then without a limit.
    ...(isPodman ? { '/var/tmp': options('exec', '1777', diskBytes) } : {}),
  }
}

const isGuarded = (options: string): boolean =>
  ['nosuid', 'nodev'].every((option) => options.split(',').includes(option)) && /(^|,)size=[1-9]/.test(options)

const addSecurityOption = (draft: Draft, option: string) => {
  draft.HostConfig.SecurityOpt = [...strings(draft.HostConfig.SecurityOpt), option]
}

const ULIMITS = [
  { Name: 'nofile', Soft: 4096, Hard: 8192 },
  { Name: 'core', Soft: 0, Hard: 0 },
]

interface Kept {
  Type: string
  Config: Record<string, string>
}

/** So that what an agent wrote while Gantry was away can be read, and the disk of the machine is not filled with it. */
const KEPT: Record<Product, Kept> = {
  Docker: { Type: 'local', Config: { 'max-file': '3', 'max-size': '10m' } },
  Podman: { Type: 'k8s-file', Config: { 'max-size': '30m' } },
}

const byName = (first: { Name?: string }, second: { Name?: string }) =>
  String(first.Name).localeCompare(String(second.Name))

/** What shows that the engine hides the dangerous parts of /proc: its own list is left as it is. */
const MASKED = ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware']
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

export const ROWS: readonly Row[] = [
  fixed({
    name: 'User',
    value: USER,
    set: (draft, value) => (draft.User = value),
    read: ({ Config }) => Config.User,
  }),
  fixed({
    name: 'Privileged',
    value: false,
    set: (draft, value) => (draft.HostConfig.Privileged = value),
    read: ({ HostConfig }) => HostConfig.Privileged ?? false,
  }),
  fixed({
    name: 'Dropped capabilities',
    value: ['ALL'],
    set: (draft, value) => (draft.HostConfig.CapDrop = value),
    read: ({ HostConfig }) => strings(HostConfig.CapDrop).map((name) => name.toUpperCase()),
  }),
  fixed<string[]>({
    name: 'Added capabilities',
    value: [],
    set: (draft, value) => (draft.HostConfig.CapAdd = value),
    read: ({ HostConfig }) => strings(HostConfig.CapAdd),
  }),
  fixed({
    name: 'No new privileges',
    value: true,
    set: (draft) => addSecurityOption(draft, 'no-new-privileges'),
    read: (inspected) => ['', 'true'].includes(securityOption(inspected, 'no-new-privileges') ?? 'no'),
  }),
  row<string>({
    name: 'System calls',
    want: ({ seccomp }) => seccomp,
    set: (draft, value) => addSecurityOption(draft, `seccomp=${value}`),
    read: (inspected) => securityOption(inspected, 'seccomp') ?? '',
    show: (value) => (isList(value) ? 'Gantry’s list of allowed calls' : value || 'the engine’s default'),
    isSafe: isList,
  }),
  fixed<string[]>({
    name: 'Other security options',
    value: [],
    read: ({ HostConfig }) =>
      strings(HostConfig.SecurityOpt).filter((option) => !/^(no-new-privileges|seccomp)/.test(option)),
  }),
  fixed({
    name: 'Read-only root',
    value: true,
    set: (draft, value) => (draft.HostConfig.ReadonlyRootfs = value),
    read: ({ HostConfig }) => HostConfig.ReadonlyRootfs ?? false,
  }),
  row<Record<string, string>>({
    name: 'Writable folders',
    want: writableFolders,
    set: (draft, value) => (draft.HostConfig.Tmpfs = value),
    read: ({ HostConfig }) => ({ ...HostConfig.Tmpfs }),
    show: (value) => Object.entries(value).map(showFolder).join(', '),
    isSafe: (value) =>
      isDeepStrictEqual(
        Object.keys(value)
          .filter((folder) => folder !== '/var/tmp')
          .toSorted(),
        [HOME, '/run', '/tmp'],
      ) && Object.values(value).every((options) => isGuarded(options)),
  }),
  fixed<unknown[]>({
    name: 'Folders of the host',
    value: [],
    read: ({ HostConfig, Mounts }) => [
      ...list(HostConfig.Binds),
      ...list(HostConfig.Mounts),
      ...list(HostConfig.VolumesFrom),
      ...list(Mounts).map((mount) => mountName(mount)),
    ],
  }),
  row<string>({
    name: 'Network',
    want: ({ spec }) => spec.network,
    set: (draft, value) => (draft.HostConfig.NetworkMode = value),
    read: ({ HostConfig }) => HostConfig.NetworkMode ?? '',
    show: (value) => (value === 'none' ? 'none' : `${value}: it can reach what the engine’s network reaches`),
    isSafe: (value) => value === 'none',
  }),
  fixed<string[]>({
    name: 'Published ports',
    value: [],
    read: ({ HostConfig }) => [
      ...Object.keys((HostConfig.PortBindings ?? {}) as object),
      ...(HostConfig.PublishAllPorts === true ? ['all'] : []),
    ],
  }),
  fixed({
    name: 'IPC namespace',
    value: 'private',
    set: (draft, value) => (draft.HostConfig.IpcMode = value),
    read: ({ HostConfig }) => HostConfig.IpcMode ?? '',
  }),
  fixed({
    name: 'Cgroup namespace',
    value: 'private',
    set: (draft, value) => (draft.HostConfig.CgroupnsMode = value),
    read: ({ HostConfig }) => HostConfig.CgroupnsMode ?? '',
  }),
  fixed<string[]>({
    name: 'Namespaces shared with the host',
    value: [],
    // Podman writes `private` where Docker leaves them empty; anything else is a namespace of someone else.
    read: ({ HostConfig: { PidMode, UTSMode, UsernsMode } }) =>
      Object.entries({ pid: PidMode, uts: UTSMode, user: UsernsMode })
        .filter(([, mode]) => !['', 'private', undefined].includes(mode))
        .map(([name, mode]) => `${name} ${mode}`),
  }),
  row<number>({
    name: 'Memory',
    want: ({ spec }) => spec.limits.memoryBytes,
    set: (draft, value) => (draft.HostConfig.Memory = value),
    read: ({ HostConfig }) => HostConfig.Memory ?? 0,
    show: (value) => (value === 0 ? 'unlimited' : showBytes(value)),
    isSafe: (value) => value > 0,
    changes: true,
  }),
  row<number>({
    name: 'Swap',
    // In the engine's terms memory and swap together: equal to memory means none.
    want: () => 0,
    set: (draft) => (draft.HostConfig.MemorySwap = draft.HostConfig.Memory),
    read: ({ HostConfig }) => (HostConfig.MemorySwap ?? 0) - (HostConfig.Memory ?? 0),
    show: (value) => (value === 0 ? 'none' : value < 0 ? 'unlimited' : showBytes(value)),
    isSafe: (value) => value === 0,
    changes: true,
  }),
  row<number>({
    name: 'Processors',
    want: ({ spec }) => Math.round(spec.limits.cpus * 1e9),
    set: (draft, value) => (draft.HostConfig.NanoCpus = value),
    read: ({ HostConfig }) => HostConfig.NanoCpus ?? 0,
    show: (value) => (value === 0 ? 'unlimited' : String(value / 1e9)),
    isSafe: (value) => value > 0,
    changes: true,
  }),
  row<number>({
    name: 'Processes',
    want: ({ spec }) => spec.limits.pids,
    set: (draft, value) => (draft.HostConfig.PidsLimit = value),
    read: ({ HostConfig }) => HostConfig.PidsLimit ?? 0,
    show: (value) => (value <= 0 ? 'unlimited' : String(value)),
    isSafe: (value) => value > 0,
    changes: true,
  }),
  fixed({
    name: 'Open files and core dumps',
    value: ULIMITS.toSorted(byName),
    set: (draft, value) => (draft.HostConfig.Ulimits = value),
    read: ({ HostConfig }) =>
      (HostConfig.Ulimits ?? [])
        .filter(({ Name }) => ULIMITS.some((ours) => ours.Name === Name))
        .map(({ Name, Soft, Hard }) => ({ Name: String(Name), Soft: Number(Soft), Hard: Number(Hard) }))
        .toSorted(byName),
    show: (value) => value.map(({ Name, Soft, Hard }) => `${Name} ${Soft}:${Hard}`).join(', ') || 'unlimited',
  }),
  fixed({
    name: 'Reaper of dead processes',
    value: true,
    set: (draft, value) => (draft.HostConfig.Init = value),
    read: ({ HostConfig }) => HostConfig.Init ?? false,
  }),
  fixed({
    name: 'Started again by the engine',
    value: 'no',
    set: (draft, value) => (draft.HostConfig.RestartPolicy = { Name: value }),
    read: ({ HostConfig }) => HostConfig.RestartPolicy?.Name || 'no',
  }),
  fixed({
    name: 'Removed by the engine',
    value: false,
    set: (draft, value) => (draft.HostConfig.AutoRemove = value),
    read: ({ HostConfig }) => HostConfig.AutoRemove ?? false,
  }),
  row<Kept>({
    name: 'Kept output',
    want: ({ product }) => KEPT[product],
    set: (draft, value) => (draft.HostConfig.LogConfig = value),
    read: ({ HostConfig: { LogConfig } }) => ({
      Type: LogConfig?.Type ?? '',
      Config: { ...(LogConfig?.Config as Record<string, string> | undefined) },
    }),
    show: ({ Type, Config }) => `${Type}, ${Config['max-size'] ?? '?'} × ${Config['max-file'] ?? '1'}`,
    isSafe: (value) => Object.values(KEPT).some((kept) => isDeepStrictEqual(kept, value)),
  }),
  fixed<unknown[]>({
    name: 'Devices',
    value: [],
    set: (draft) => (draft.HostConfig.Devices = []),
    read: ({ HostConfig }) => [
      ...list(HostConfig.Devices),
      ...list(HostConfig.DeviceRequests),
      ...list(HostConfig.DeviceCgroupRules),
    ],
  }),
  fixed<string[]>({
    name: 'Hidden parts of /proc and /sys',
    only: 'Docker',
    value: MASKED,
    read: ({ HostConfig }) => MASKED.filter((path) => strings(HostConfig.MaskedPaths).includes(path)),
  }),
  fixed<string[]>({
    name: 'Read-only parts of /proc',
    only: 'Docker',
    value: READ_ONLY,
    read: ({ HostConfig }) => READ_ONLY.filter((path) => strings(HostConfig.ReadonlyPaths).includes(path)),
  }),
  row<string[]>({
    name: 'What runs',
    want: ({ command }) => [...command],
    set: (draft, value) => {
      draft.Entrypoint = value
      draft.Cmd = []
    },
    read: ({ Config }) => [
      ...(typeof Config.Entrypoint === 'string' ? [Config.Entrypoint] : (Config.Entrypoint ?? [])),
    ],
    show: (value) => value.join(' ') || 'what the image says',
    isSafe: (value) => value.length > 0,
  }),
  fixed({
    name: 'Link to it',
    value: 'stdin and stdout, no terminal',
    set: (draft) => {
      Object.assign(draft, { AttachStdin: true, AttachStdout: true, AttachStderr: true })
      Object.assign(draft, { OpenStdin: true, StdinOnce: false, Tty: false })
    },
    read: ({ Config: { OpenStdin, StdinOnce, Tty } }) =>
      OpenStdin && !StdinOnce && !Tty ? 'stdin and stdout, no terminal' : 'another one',
  }),
]

const showFolder = ([folder, options]: [string, string]): string => {
  const size = /(?:^|,)size=(\d+)/.exec(options)?.[1]
  return `${folder} ${size === undefined ? 'without a limit' : showBytes(Number(size))}`
}

const mountName = (mount: unknown): string => {
  const { Source, Destination } = mount as { Source?: string; Destination?: string }
  return `${Source ?? ''} at ${Destination ?? ''}`
}

const rowsOf = (product: Product): readonly Row[] => ROWS.filter(({ only }) => only === undefined || only === product)

/** What the engine is asked for. */
export const draftBox = (wanted: Wanted): Draft => {
  const draft: Draft = { HostConfig: {}, WorkingDir: HOME, Env: [`HOME=${HOME}`] }
  for (const { set } of rowsOf(wanted.product)) set(draft, wanted)
  return draft
}

/** The scorecard, by the word of the engine. */
export const checks = (inspected: Inspected, product: Product): IsolationCheck[] =>
  rowsOf(product).map(({ check }) => check(inspected))

export interface Difference {
  name: string
  wanted: unknown
  found: unknown
}

/** The rows in which a box is not what was asked for. */
export const differences = (inspected: Inspected, wanted: Wanted, onlyChanging = false): Difference[] =>
  rowsOf(wanted.product)
    .filter(({ changes }) => changes || !onlyChanging)
    .flatMap(({ name, differs }) => {
      const difference = differs(inspected, wanted)
      return difference === undefined ? [] : [{ name, ...difference }]
    })

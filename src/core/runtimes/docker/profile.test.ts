import { describe, expect, test } from 'vitest'
import { boxName } from './labels.ts'
import { type Draft, type Inspected, ROWS, type Wanted, differences, draftBox } from './profile.ts'
import { MIB, SECCOMP, describeDocker, plainEngine, specOf, tamperedEngine, testRuntime } from './testing.ts'

const wanted: Wanted = {
  product: 'Docker',
  spec: specOf(),
  command: ['/usr/local/bin/node', '/opt/gantry/agent.mjs'],
  seccomp: SECCOMP,
}

/** What an engine that does all it is told says afterwards. */
const faithful = (): Inspected => {
  const { HostConfig, ...config } = structuredClone(draftBox(wanted))
  const paths = {
    MaskedPaths: ['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
    ReadonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
  }
  return { HostConfig: { ...HostConfig, ...paths }, Config: config, Mounts: [] } as unknown as Inspected
}

/** What could be wrong with each row. A row that nobody can get wrong proves nothing. */
const WRONG: Record<string, (inspected: Inspected) => void> = {
  User: ({ Config }) => (Config.User = ''),
  Privileged: ({ HostConfig }) => (HostConfig.Privileged = true),
  'Dropped capabilities': ({ HostConfig }) => (HostConfig.CapDrop = ['NET_RAW']),
  'Added capabilities': ({ HostConfig }) => (HostConfig.CapAdd = ['SYS_ADMIN']),
  'No new privileges': ({ HostConfig }) => (HostConfig.SecurityOpt = [`seccomp=${SECCOMP}`, 'no-new-privileges:false']),
  'System calls': ({ HostConfig }) => (HostConfig.SecurityOpt = ['no-new-privileges', 'seccomp=unconfined']),
  'Other security options': ({ HostConfig }) =>
    (HostConfig.SecurityOpt = ['no-new-privileges', `seccomp=${SECCOMP}`, 'apparmor=unconfined']),
  'Read-only root': ({ HostConfig }) => (HostConfig.ReadonlyRootfs = false),
  'Writable folders': ({ HostConfig }) => (HostConfig.Tmpfs = { ...HostConfig.Tmpfs, '/tmp': 'rw,nodev,size=1' }),
  'Folders of the host': (inspected) =>
    (inspected.Mounts = [{ Type: 'bind', Source: '/', Destination: '/host', Mode: '', RW: true, Propagation: '' }]),
  Network: ({ HostConfig }) => (HostConfig.NetworkMode = 'host'),
  'Published ports': ({ HostConfig }) => (HostConfig.PortBindings = { '22/tcp': [{ HostPort: '22' }] }),
  'IPC namespace': ({ HostConfig }) => (HostConfig.IpcMode = 'host'),
  'Cgroup namespace': ({ HostConfig }) => (HostConfig.CgroupnsMode = 'host'),
  'Namespaces shared with the host': ({ HostConfig }) => (HostConfig.PidMode = 'host'),
  Memory: ({ HostConfig }) => Object.assign(HostConfig, { Memory: 0, MemorySwap: 0 }),
  Swap: ({ HostConfig }) => (HostConfig.MemorySwap = -1),
  Processors: ({ HostConfig }) => (HostConfig.NanoCpus = 0),
  Processes: ({ HostConfig }) => (HostConfig.PidsLimit = -1),
  'Open files and core dumps': ({ HostConfig }) => (HostConfig.Ulimits = []),
  'Reaper of dead processes': ({ HostConfig }) => delete HostConfig.Init,
  'Started again by the engine': ({ HostConfig }) => (HostConfig.RestartPolicy = { Name: 'always' }),
  'Removed by the engine': ({ HostConfig }) => (HostConfig.AutoRemove = true),
  'Kept output': ({ HostConfig }) => (HostConfig.LogConfig = { Type: 'none', Config: {} }),
  Devices: ({ HostConfig }) => (HostConfig.Devices = [{ PathOnHost: '/dev/kvm' }]),
  'Hidden parts of /proc and /sys': ({ HostConfig }) => (HostConfig.MaskedPaths = []),
  'Read-only parts of /proc': ({ HostConfig }) => (HostConfig.ReadonlyPaths = []),
  'What runs': ({ Config }) => (Config.Entrypoint = []),
  'Link to it': ({ Config }) => (Config.Tty = true),
}

describe('the profile of a box', () => {
  test('is read back as it was set, and all of it is safe', () => {
    expect(differences(faithful(), wanted)).toEqual([])
    expect(ROWS.map(({ check }) => check(faithful())).filter(({ ok }) => !ok)).toEqual([])
  })

  test('has no row that cannot be wrong', () => {
    expect(Object.keys(WRONG).toSorted()).toEqual(ROWS.map(({ name }) => name).toSorted())
  })

  test.each(Object.entries(WRONG))('tells when this is not as it should be: %s', (name, spoil) => {
    const inspected = faithful()
    spoil(inspected)
    expect(differences(inspected, wanted).map((difference) => difference.name)).toEqual([name])
    const bad = ROWS.map(({ check }) => check(inspected)).filter(({ ok }) => !ok)
    expect(bad.map((check) => check.name)).toEqual([name])
    expect(bad[0]?.value).not.toBe('')
  })

  test('asks for what the issue lists, field for field', () => {
    const { spec } = wanted
    expect(draftBox(wanted)).toMatchObject({
      User: '10001:10001',
      Entrypoint: ['/usr/local/bin/node', '/opt/gantry/agent.mjs'],
      OpenStdin: true,
      StdinOnce: false,
      Tty: false,
      HostConfig: {
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP}`],
        ReadonlyRootfs: true,
        NetworkMode: 'none',
        IpcMode: 'private',
        CgroupnsMode: 'private',
        Memory: spec.limits.memoryBytes,
        MemorySwap: spec.limits.memoryBytes,
        NanoCpus: spec.limits.cpus * 1e9,
        PidsLimit: spec.limits.pids,
        Init: true,
        RestartPolicy: { Name: 'no' },
        AutoRemove: false,
        LogConfig: { Type: 'local', Config: { 'max-size': '10m', 'max-file': '3' } },
        Devices: [],
        Privileged: false,
      },
    })
    const { HostConfig } = draftBox(wanted)
    expect(HostConfig.Binds ?? HostConfig.Mounts ?? HostConfig.MaskedPaths ?? HostConfig.ReadonlyPaths).toBeUndefined()
    expect(Object.keys(HostConfig.Tmpfs ?? {}).toSorted()).toEqual(['/home/agent', '/run', '/tmp'])
  })
})

const CHANGES: { name: string; create: (draft: Draft) => void }[] = [
  { name: 'Dropped capabilities', create: ({ HostConfig }) => (HostConfig.CapDrop = []) },
  { name: 'System calls', create: ({ HostConfig }) => (HostConfig.SecurityOpt = ['no-new-privileges']) },
  { name: 'Network', create: ({ HostConfig }) => (HostConfig.NetworkMode = 'bridge') },
  { name: 'Folders of the host', create: ({ HostConfig }) => (HostConfig.Binds = ['/tmp:/mnt']) },
  { name: 'Read-only root', create: ({ HostConfig }) => delete HostConfig.ReadonlyRootfs },
  { name: 'Memory', create: ({ HostConfig }) => Object.assign(HostConfig, { Memory: 2 ** 40, MemorySwap: 2 ** 40 }) },
  { name: 'Cgroup namespace', create: ({ HostConfig }) => (HostConfig.CgroupnsMode = 'host') },
  { name: 'Labels', create: (draft) => (draft.Labels = { ...draft.Labels, 'app.gantry.expires': 'never' }) },
]

describeDocker('an engine that does something else than it was asked', () => {
  test.each(CHANGES)('is found out, and the box removed: $name', async ({ name, create }) => {
    const { open, runtime, owner, plain } = testRuntime({ host: await tamperedEngine({ create }) })
    const failure: unknown = await open().catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({
      code: 'E_RUNTIME',
      message: `The engine did not make the box as it was asked to: ${name}.`,
      details: { fields: [{ name }] },
    })
    expect(await runtime.list()).toEqual([])
    // By its name: a label may be what was tampered with. Other tests have boxes of their own at the same time.
    const all = await plain.listContainers({ all: true })
    expect(all.filter(({ Names }) => Names.some((one) => one.includes(boxName(owner, ''))))).toEqual([])
  })

  test('with limits is found out as well', async () => {
    const { open } = testRuntime({
      host: await tamperedEngine({ inspect: ({ HostConfig }) => (HostConfig.PidsLimit = 64) }),
    })
    const box = await open()
    const limits = { cpus: 1, memoryBytes: 256 * MIB, pids: 32, diskBytes: 32 * MIB }
    await expect(box.setLimits(limits)).rejects.toMatchObject({
      code: 'E_RUNTIME',
      details: { fields: [{ name: 'Processes' }] },
    })
  })

  test('leaves a box alone that is as it should be, through the same door', async () => {
    const { open } = testRuntime({ host: await tamperedEngine({}) })
    const box = await open()
    expect((await plainEngine().getContainer(box.ref).inspect()).State.Running).toBe(true)
  })
})

import { describe, expect, test } from 'vitest'
import { keptLines } from './kept-output.ts'
import { fromPodman } from './podman.ts'
import { type Inspected, type Wanted, checks, differences, draftBox } from './profile.ts'
import { specOf } from './testing.ts'

const SECCOMP_FILE = '/opt/gantry/resources/seccomp.json'
const wanted: Wanted = {
  product: 'Podman',
  spec: specOf({ limits: { memoryBytes: 268_435_456, pids: 64, cpus: 1, diskBytes: 33_554_432 } }),
  command: ['/usr/local/bin/node', '/opt/gantry/agent.mjs'],
  seccomp: SECCOMP_FILE,
}

/** What Podman 4.3.1 answered in Docker's form about a box that it made as it was asked to. */
const inDockersForm = () =>
  ({
    Mounts: [],
    Config: {
      User: '10001:10001',
      OpenStdin: true,
      StdinOnce: false,
      Tty: false,
      Entrypoint: ['/usr/local/bin/node', '/opt/gantry/agent.mjs'],
    },
    HostConfig: {
      Binds: [],
      LogConfig: { Type: 'json-file', Config: null },
      NetworkMode: 'none',
      PortBindings: {},
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      AutoRemove: false,
      VolumesFrom: null,
      CapAdd: [],
      CapDrop: ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'NET_RAW', 'SETUID', 'SYS_CHROOT'],
      CgroupnsMode: '',
      IpcMode: 'shareable',
      PidMode: 'private',
      UTSMode: 'private',
      UsernsMode: '',
      Privileged: false,
      PublishAllPorts: false,
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP_FILE}`],
      Tmpfs: {
        '/home/agent': 'rw,nosuid,nodev,exec,mode=1777,size=33554432,rprivate,tmpcopyup',
        '/run': 'rw,nosuid,nodev,noexec,mode=1777,size=16777216,rprivate,tmpcopyup',
        '/tmp': 'rw,nosuid,nodev,exec,mode=1777,size=33554432,rprivate,tmpcopyup',
        '/var/tmp': 'rw,nosuid,nodev,exec,mode=1777,size=33554432,rprivate,tmpcopyup',
      },
      Memory: 268_435_456,
      MemorySwap: 268_435_456,
      NanoCpus: 1_000_000_000,
      PidsLimit: 64,
      Ulimits: [
        { Name: 'RLIMIT_NOFILE', Hard: 8192, Soft: 4096 },
        { Name: 'RLIMIT_CORE', Hard: 0, Soft: 0 },
        { Name: 'RLIMIT_NPROC', Hard: 1_048_576, Soft: 1_048_576 },
      ],
      Devices: [],
      DeviceCgroupRules: null,
      DeviceRequests: null,
      MaskedPaths: null,
      ReadonlyPaths: null,
      Init: true,
    },
  }) as unknown as Inspected

/** And in its own form. */
const inItsOwn = (given: object = {}, host: object = {}) => ({
  EffectiveCaps: null,
  BoundingCaps: null,
  ...given,
  HostConfig: {
    CgroupMode: 'private',
    LogConfig: { Type: 'k8s-file', Config: null, Path: '/var/lib/ctr.log', Tag: '', Size: '30MB' },
    ...host,
  },
})

describe('a box on Podman', () => {
  test('is understood as what it was asked to be', () => {
    const box = fromPodman(inDockersForm(), inItsOwn())
    expect(differences(box, wanted)).toEqual([])
    expect(checks(box, 'Podman').filter(({ ok }) => !ok)).toEqual([])
  })

  test.each([
    ['Dropped capabilities', inItsOwn({ BoundingCaps: ['CAP_NET_RAW'] })],
    ['Dropped capabilities', inItsOwn({ EffectiveCaps: ['CAP_CHOWN'] })],
    // As on machines with the first version of groups.
    ['Cgroup namespace', inItsOwn({}, { CgroupMode: 'host' })],
    ['Kept output', inItsOwn({}, { LogConfig: { Type: 'none' } })],
  ])('is refused when it differs: %s', (name, own) => {
    const box = fromPodman(inDockersForm(), own)
    expect(differences(box, wanted).map((difference) => difference.name)).toEqual([name])
    expect(checks(box, 'Podman').filter(({ ok }) => !ok)).toMatchObject([{ name }])
  })

  test('is asked for in words that Podman takes', () => {
    const { HostConfig } = draftBox(wanted)
    expect(HostConfig.SecurityOpt).toEqual(['no-new-privileges', `seccomp=${SECCOMP_FILE}`])
    expect(HostConfig.LogConfig).toEqual({ Type: 'k8s-file', Config: { 'max-size': '30m' } })
    // It makes /var/tmp writable unasked, and knows no users of mounts.
    expect(Object.keys(HostConfig.Tmpfs ?? {}).toSorted()).toEqual(['/home/agent', '/run', '/tmp', '/var/tmp'])
    expect(JSON.stringify(HostConfig.Tmpfs)).not.toContain('uid=')
  })

  test('has lines that are put together by their ends: their pieces have times of their own', async () => {
    const source = (async function* () {
      for (const text of [
        '2026-11-21T14:12:58Z {"a":',
        '2026-11-21T14:12:59Z 1}\n',
        '2026-11-21T14:12:59Z {"b":2}\n',
      ]) {
        const header = Buffer.alloc(8)
        header[0] = 1
        header.writeUInt32BE(text.length, 4)
        yield Buffer.concat([header, Buffer.from(text)])
      }
    })()
    const lines: string[] = []
    for await (const some of keptLines(source, 'Podman')) lines.push(...some.map(({ bytes }) => bytes.toString()))
    expect(lines).toEqual(['{"a":1}\n', '{"b":2}\n'])
  })
})

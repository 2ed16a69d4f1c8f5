import { expect, it } from 'vitest'
import { type Seen, closedInChecks } from './isolation.ts'

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']

/** As the kernel shows a box that is closed in. */
const CLOSED: Seen = {
  status: [
    'Uid:\t10001\t10001\t10001\t10001',
    'CapPrm:\t0000000000000000',
    'CapEff:\t0000000000000000',
    'CapBnd:\t0000000000000000',
    'NoNewPrivs:\t1',
    'Seccomp:\t2',
    '',
  ].join('\n'),
  limits: '',
  mountinfo: [
    '67 43 0:40 /newroot / ro,nosuid,nodev,relatime - tmpfs tmpfs rw,uid=10001,gid=10001',
    '68 67 254:0 /usr /usr ro,nosuid,nodev,relatime - ext4 /dev/vda rw,discard',
    '70 69 0:6 /null /dev/null rw,nosuid,relatime - devtmpfs devtmpfs rw,size=12334524k',
    '76 69 0:42 / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,mode=620',
    '78 67 0:44 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw',
    '79 67 0:45 / /tmp rw,nosuid,nodev,relatime - tmpfs tmpfs rw,size=1024k,mode=1777',
  ].join('\n'),
  netDev: 'Inter-|   Receive\n face |bytes\n    lo:       0 0\n  sit0:       0 0\n',
  namespaces: NAMESPACES.map((name) => ({ name, inside: `${name}:[1]`, outside: `${name}:[2]` })),
}

const open = (change: Partial<Seen>) =>
  closedInChecks({ ...CLOSED, ...change })
    .filter(({ ok }) => !ok)
    .map(({ name }) => name)

const status = (from: string, to: string) => ({ status: CLOSED.status.replace(from, to) })
const mounts = (from: string, to: string) => ({ mountinfo: CLOSED.mountinfo.replace(from, to) })

it('a box that is closed in passes', () => {
  expect(open({})).toEqual([])
})

const HOLES: [string, Partial<Seen>][] = [
  ['Network interfaces', { netDev: `${CLOSED.netDev}  eth0:       0 0\n` }],
  [
    'Spaces of its own',
    { namespaces: CLOSED.namespaces.map((one) => (one.name === 'net' ? { ...one, outside: one.inside } : one)) },
  ],
  ['User on the machine', status('Uid:\t10001', 'Uid:\t0')],
  ['User on the machine', status('Uid:\t10001\t10001\t10001\t10001', '')],
  ['Capabilities in effect', status('CapEff:\t0000000000000000', 'CapEff:\t0000000000200000')],
  ['Capabilities held', status('CapPrm:\t0000000000000000', 'CapPrm:\t0000000000200000')],
  ['Capabilities that can be had', status('CapBnd:\t0000000000000000', 'CapBnd:\t0000000000200000')],
  ['Capabilities that can be had', status('CapBnd:\t0000000000000000', '')],
  ['No new privileges', status('NoNewPrivs:\t1', 'NoNewPrivs:\t0')],
  ['System calls', status('Seccomp:\t2', 'Seccomp:\t0')],
  ['Root folder', mounts('/newroot / ro', '/newroot / rw')],
  ['Writable folders', mounts('/usr /usr ro', '/usr /usr rw')],
  ['Writable folders', mounts('size=1024k,', '')],
  ['Writable folders', mounts('/ /tmp rw,nosuid,nodev', '/ /tmp rw,nodev')],
  ['Writable folders', mounts('/ /tmp rw', '/ /srv rw')],
]

it.each(HOLES)('a hole is seen: %s (%#)', (name, change) => {
  expect(open(change)).toContain(name)
})

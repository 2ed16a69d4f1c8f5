/**
 * What an agent might try in order to get out of its box, for the tests of every runtime: each attempt says for itself
 * whether it was refused. One that cannot be tried counts as neither, so that a missing tool is not taken for a wall.
 */
import { type Argument, type Architecture, callProgram } from './escape-program.ts'

/** What there is outside, to be reached from inside. Made by the test. */
export interface Outside {
  architecture: Architecture
  /** A file whose text is `secret`, and a folder as a home is. */
  file: string
  secret: string
  homeFolder: string
  /** A process that has `secret` in its environment. */
  pid: number
  /** An address of the machine that is not its loopback, and a port on it that answers TCP and UDP. */
  address: string
  port: number
  engineSocket: string
}

export interface Escape {
  name: string
  /** The body of an async function; returns `refused(why)` or `escaped(how)`. */
  script: (outside: Outside) => string
  /** It cannot be shown to succeed anywhere: the machine lacks what it is about, or it would do harm. */
  unprovable?: true
}

export interface EscapeOutcome {
  name: string
  outcome: 'refused' | 'escaped' | 'broken'
  detail: string
}

const json = (value: unknown) => JSON.stringify(value)

/** What the scripts are written in. */
const PRELUDE = `
const fs = require('node:fs'), net = require('node:net'), os = require('node:os'), dgram = require('node:dgram')
const { spawnSync } = require('node:child_process')
const refused = (detail) => ({ outcome: 'refused', detail: String(detail) })
const escaped = (detail) => ({ outcome: 'escaped', detail: String(detail) })
const attempt = (run, how) => { try { const result = run(); return escaped(how ?? result) } catch (error) { return error.code === undefined ? { outcome: 'broken', detail: String(error) } : refused(error.code) } }
/** Of several ways the first that leads out, or why none does. */
const anyOf = (results) => results.find(({ outcome }) => outcome !== 'refused') ?? refused(results.map(({ detail }) => detail).join(' '))
const openFor = (flags, paths) => anyOf(paths.map((path) => attempt(() => fs.closeSync(fs.openSync(path, flags)), path)))
const reach = (options) => new Promise((done) => {
  const socket = net.connect(options)
  const end = (result) => { socket.destroy(); done(result) }
  socket.setTimeout(2000, () => end(refused('silence')))
  socket.once('connect', () => end(escaped('connected')))
  socket.once('error', (error) => end(refused(error.code)))
})
const send = (type, port, address) => new Promise((done) => {
  const socket = dgram.createSocket(type)
  const end = (result) => { clearTimeout(timer); socket.close(); done(result) }
  const timer = setTimeout(() => end(refused('silence')), 2000)
  socket.once('message', () => end(escaped('answered')))
  socket.once('error', (error) => end(refused(error.code)))
  socket.send('x', port, address, (error) => error && end(refused(error.code)))
})
let calls = 0
// Not where the programs lie: a mount that succeeds would hide them.
fs.mkdirSync('/tmp/target', { recursive: true })
/** Makes a system call by a program of its own. Every answer but a refusal means that the kernel looked at it. */
const call = (program, refusals) => {
  const file = os.tmpdir() + '/call-' + process.pid + '-' + calls++
  fs.writeFileSync(file, Buffer.from(program, 'base64'), { mode: 0o755 })
  try {
    const { status, signal, error } = spawnSync(file)
    if (error) return { outcome: 'broken', detail: String(error) }
    if (signal === 'SIGSYS') return refused(signal)
    if (signal) return { outcome: 'broken', detail: signal }
    const name = status === 0 ? 'done' : Object.entries(os.constants.errno).find(([, number]) => number === status)?.[0] ?? 'error ' + status
    return refusals.includes(name) ? refused(name) : escaped(name)
  } finally { fs.rmSync(file) }
}
`

const REFUSALS = ['EPERM', 'EACCES', 'ENOSYS']

/** Numbers on x64 and on arm64. */
const CALLS = {
  socket: [41, 198],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  fsopen: [430, 430],
  open_tree: [428, 428],
  mount_setattr: [442, 442],
  open_by_handle_at: [304, 265],
  mknodat: [259, 33],
  unshare: [272, 97],
  clone: [56, 220],
  clone3: [435, 435],
  setns: [308, 268],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  pidfd_getfd: [438, 438],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  reboot: [169, 142],
  swapon: [167, 224],
  acct: [163, 89],
  syslog: [103, 116],
  sethostname: [170, 161],
  clock_settime: [227, 112],
  settimeofday: [164, 170],
  personality: [135, 92],
} as const satisfies Record<string, readonly [number, number]>

const call =
  (name: keyof typeof CALLS, args: readonly Argument[], alsoRefusals: readonly string[] = []): Escape['script'] =>
  ({ architecture }) => {
    const number = CALLS[name][architecture === 'x64' ? 0 : 1]
    const program = callProgram(architecture, number, args).toString('base64')
    return `return call(${json(program)}, ${json([...REFUSALS, ...alsoRefusals])})`
  }

const NEW = {
  mounts: 0x20000,
  cgroup: 0x2000000,
  uts: 0x4000000,
  ipc: 0x8000000,
  user: 0x10000000,
  pid: 0x20000000,
  net: 0x40000000,
}
const SIGCHLD = 17
const AT_FDCWD = -100
const NO_SUCH_FAMILY = ['EAFNOSUPPORT']

const network: Escape[] = [
  {
    name: 'a connection to the machine',
    script: ({ address, port }) => `return reach(${json({ host: address, port })})`,
  },
  {
    name: 'a connection to what listens on the machine’s loopback',
    script: ({ port }) => `return reach(${json({ host: '127.0.0.1', port })})`,
  },
  {
    name: 'a connection to the internet',
    script: () => `return reach({ host: '1.1.1.1', port: 443 })`,
    unprovable: true,
  },
  {
    name: 'a connection to the internet by IPv6',
    script: () => `return reach({ host: '2606:4700:4700::1111', port: 443 })`,
    unprovable: true,
  },
  {
    name: 'the metadata of a cloud',
    script: () => `return reach({ host: '169.254.169.254', port: 80 })`,
    unprovable: true,
  },
  { name: 'a datagram', script: ({ address, port }) => `return send('udp4', ${port}, ${json(address)})` },
  { name: 'a datagram to all neighbours', script: () => `return send('udp6', 9, 'ff02::1')`, unprovable: true },
  {
    name: 'looking up a name',
    script: () =>
      `return new Promise((done) => require('node:dns').resolve4('example.com', (error, found) => done(error ? refused(error.code) : escaped(found))))`,
    unprovable: true,
  },
  {
    name: 'a ping',
    script: ({
      address,
    }) => `const { status, error, stderr } = spawnSync('busybox', ['ping', '-c', '1', '-W', '1', ${json(address)}], { encoding: 'utf8' })
      if (error) return { outcome: 'broken', detail: String(error) }
      return status === 0 ? escaped('answered') : refused(stderr.trim())`,
  },
  {
    name: 'an interface beside the loopback',
    script: () =>
      `const others = Object.keys(os.networkInterfaces()).filter((name) => name !== 'lo'); return others.length > 0 ? escaped(others) : refused('lo alone')`,
  },
  { name: 'a raw socket', script: call('socket', [2, 3, 1]) },
  { name: 'a packet socket', script: call('socket', [17, 3, 0x0300], NO_SUCH_FAMILY) },
  { name: 'a socket to the hypervisor', script: call('socket', [40, 1, 0], NO_SUCH_FAMILY) },
  {
    name: 'a socket into the kernel’s cryptography',
    script: call('socket', [38, 5, 0], NO_SUCH_FAMILY),
    unprovable: true,
  },
  { name: 'a socket to the audit of the kernel', script: call('socket', [16, 3, 9], NO_SUCH_FAMILY) },
]

/** The same file by all the paths that might lead to it. */
const roads = (path: string) => [
  path,
  `/proc/1/root${path}`,
  `/proc/self/root/../..${path}`,
  `/proc/self/cwd/../../../../../..${path}`,
  `/host${path}`,
]

const files: Escape[] = [
  {
    name: 'a file of the machine',
    script: ({ file, secret }) =>
      `return anyOf(${json(roads(file))}.map((path) => { try { return fs.readFileSync(path, 'utf8').includes(${json(secret)}) ? escaped(path) : refused('another file') } catch (error) { return refused(error.code) } }))`,
  },
  {
    name: 'the passwords of the machine',
    script: () =>
      `return anyOf(${json(roads('/etc/shadow'))}.map((path) => { try { return /^root:/m.test(fs.readFileSync(path, 'utf8')) ? escaped(path) : refused('another file') } catch (error) { return refused(error.code) } }))`,
  },
  {
    name: 'the home folder of the user',
    script: ({ homeFolder }) =>
      `return anyOf(${json(roads(homeFolder))}.map((path) => { try { const found = fs.readdirSync(path); return found.length > 0 ? escaped(found) : refused('empty') } catch (error) { return refused(error.code) } }))`,
  },
  {
    name: 'the keys of the user',
    script: ({ homeFolder }) => `return openFor('r', ${json(roads(`${homeFolder}/.ssh/id_ed25519`))})`,
  },
  {
    name: 'the socket of the engine',
    script: ({ engineSocket }) => `const results = []
      for (const path of ${json([...roads(engineSocket), '/var/run/docker.sock', '/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock'])}) results.push(await reach({ path }))
      return anyOf(results)`,
  },
  {
    name: 'writing to the root of the box',
    script: () =>
      `return anyOf(['/x', '/etc/x', '/usr/x', '/usr/local/bin/x'].map((path) => attempt(() => fs.writeFileSync(path, ''), path)))`,
  },
  {
    name: 'the memory and the disks of the machine',
    script: () =>
      `return openFor('r', ['/dev/mem', '/dev/kmem', '/dev/port', '/dev/kmsg', '/dev/sda', '/dev/vda', '/dev/kvm', '/dev/fuse', '/dev/net/tun'])`,
  },
  {
    name: 'making a device',
    script: ({ architecture }) =>
      `fs.rmSync('/tmp/device', { force: true }); ${call('mknodat', [AT_FDCWD, { text: '/tmp/device' }, 0x6000 | 0o666, 0x801])({ architecture } as Outside)}`,
  },
  {
    name: 'what the kernel keeps in /proc for root',
    script:
      () => `return anyOf(['/proc/kcore', '/proc/keys', '/proc/timer_list', '/proc/sched_debug', '/proc/kallsyms', '/proc/kmsg'].map((path) => {
      try {
        const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
        const bytes = Buffer.alloc(4096)
        const text = bytes.toString('latin1', 0, fs.readSync(file, bytes))
        // Without the right to see them all addresses are zero.
        return text === '' || /^0{8,} /.test(text) ? refused('empty') : escaped(path)
      } catch (error) { return refused(error.code) }
    }))`,
  },
  {
    name: 'the settings of the kernel',
    script: () =>
      `return openFor('r+', ['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/modprobe', '/proc/sys/kernel/hostname', '/proc/sys/vm/overcommit_memory', '/proc/sys/net/ipv4/ip_forward'])`,
  },
  {
    name: 'the trigger that halts the machine',
    script: () => `return openFor('w', ['/proc/sysrq-trigger'])`,
    // Some kernels have none.
    unprovable: true,
  },
  {
    name: 'the settings of devices',
    script: () =>
      `return openFor('r+', ['/sys/kernel/mm/transparent_hugepage/enabled', '/sys/power/state', '/sys/kernel/uevent_helper', '/sys/module/printk/parameters/time'])`,
  },
  {
    name: 'the release agent of a group of processes',
    script:
      () => `const found = (folder, depth) => { try { return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => entry.name === 'release_agent' ? [folder + '/release_agent'] : entry.isDirectory() && depth > 0 ? found(folder + '/' + entry.name, depth - 1) : []) } catch { return [] } }
      const agents = found('/sys/fs/cgroup', 2)
      return agents.length === 0 ? refused('none to be seen') : openFor('r+', agents)`,
  },
  {
    name: 'a group of processes of one’s own',
    script:
      () => `const groups = ['/sys/fs/cgroup', ...['memory', 'pids', 'cpu', 'unified', 'systemd'].map((name) => '/sys/fs/cgroup/' + name)]
      return anyOf(groups.map((group) => attempt(() => { fs.mkdirSync(group + '/gantry-escape'); fs.rmdirSync(group + '/gantry-escape') }, group)))`,
  },
]

const mounts: Escape[] = [
  {
    name: 'mounting a file system',
    script: call('mount', [{ text: 'none' }, { text: '/tmp/target' }, { text: 'tmpfs' }]),
  },
  { name: 'mounting the root elsewhere', script: call('mount', [{ text: '/' }, { text: '/tmp/target' }, 0, 4096]) },
  { name: 'making the root writable', script: call('mount', [{ text: 'none' }, { text: '/' }, 0, 32 | 4096]) },
  { name: 'mounting /proc anew', script: call('mount', [{ text: 'proc' }, { text: '/tmp/target' }, { text: 'proc' }]) },
  { name: 'uncovering what is hidden in /proc', script: call('umount2', [{ text: '/proc/kcore' }, 2]) },
  { name: 'taking a folder away', script: call('umount2', [{ text: '/dev/shm' }, 2]) },
  {
    name: 'another root by pivot_root',
    script: call('pivot_root', [{ text: '/dev/null' }, { text: '/dev/null' }]),
  },
  { name: 'another root by chroot', script: call('chroot', [{ text: '/tmp/target' }]) },
  { name: 'a file system by its handle', script: call('fsopen', [{ text: 'tmpfs' }, 0]) },
  { name: 'a copy of the tree of mounts', script: call('open_tree', [AT_FDCWD, { text: '/' }, 1]) },
  { name: 'other rules for a mount', script: call('mount_setattr', [AT_FDCWD, { text: '/' }, 0, { room: 32 }, 32]) },
  { name: 'a file by its handle', script: call('open_by_handle_at', [AT_FDCWD, { room: 64 }, 0]) },
]

const spaces: Escape[] = [
  { name: 'a user namespace', script: call('unshare', [NEW.user]) },
  { name: 'namespaces of its own', script: call('unshare', [NEW.mounts | NEW.net | NEW.pid | NEW.uts | NEW.ipc]) },
  { name: 'a process in a user namespace', script: call('clone', [NEW.user | SIGCHLD]) },
  { name: 'a process in a network namespace', script: call('clone', [NEW.net | SIGCHLD]) },
  { name: 'a process by the call that hides its flags', script: call('clone3', [{ room: 88 }, 88]) },
  { name: 'entering the namespace of another process', script: call('setns', [0, 0]) },
]

const processes: Escape[] = [
  {
    name: 'the environment of other processes',
    script: ({
      secret,
    }) => `const results = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map((pid) => { try { return fs.readFileSync('/proc/' + pid + '/environ', 'latin1').includes(${json(secret)}) ? escaped(pid) : refused('nothing') } catch (error) { return refused(error.code) } })
      return results.find(({ outcome }) => outcome === 'escaped') ?? refused('seen ' + results.length)`,
  },
  {
    name: 'killing a process of the machine',
    // Only one that is the one that is meant: here another one may have its number.
    script: ({
      pid,
      secret,
    }) => `try { if (!fs.readFileSync('/proc/${pid}/environ', 'latin1').includes(${json(secret)})) return refused('another one') } catch (error) { return refused(error.code) }
      return attempt(() => process.kill(${pid}, 'SIGKILL'), 'killed')`,
  },
  { name: 'watching another process', script: call('ptrace', [0]) },
  {
    name: 'reading the memory of another process',
    script: call('process_vm_readv', [1, { room: 16 }, 1, { room: 16 }, 1]),
  },
  { name: 'a file of another process', script: call('pidfd_getfd', [0, 0]) },
]

const rights: Escape[] = [
  { name: 'becoming root', script: () => `return attempt(() => { process.setgid(0); process.setuid(0) }, 'root')` },
  {
    name: 'becoming root by a program that lends its rights',
    script: () =>
      `return /^NoNewPrivs:\\t1$/m.test(fs.readFileSync('/proc/self/status', 'utf8')) ? refused('no new privileges') : escaped('new privileges')`,
  },
  {
    name: 'capabilities, now or later',
    script:
      () => `const held = [...fs.readFileSync('/proc/self/status', 'utf8').matchAll(/^(Cap(?:Eff|Prm|Inh|Bnd|Amb)):\\t(.*)$/gm)].filter(([, , mask]) => !/^0+$/.test(mask)).map(([line]) => line)
      return held.length > 0 ? escaped(held) : refused('none')`,
  },
  { name: 'going before all others', script: () => `return attempt(() => os.setPriority(-10), 'priority -10')` },
  {
    name: 'more open files than are allowed',
    script: () =>
      `const { status, stderr } = spawnSync('/bin/sh', ['-c', 'ulimit -Hn 2000000'], { encoding: 'utf8' }); return status === 0 ? escaped('2000000') : refused(stderr.trim())`,
    // Machines have a limit of their own, which may be lower.
    unprovable: true,
  },
  {
    name: 'being spared when memory runs out',
    script: () => `return attempt(() => fs.writeFileSync('/proc/self/oom_score_adj', '-900'), 'spared')`,
    // Some machines do not have the capability themselves.
    unprovable: true,
  },
]

/** Many kernels are built without modules or without a way to start another kernel. */
const kernel: Escape[] = [
  { name: 'a program in the kernel', script: call('bpf', [0, { room: 128 }, 128]) },
  { name: 'the events of the processor', script: call('perf_event_open', [{ room: 128 }, 0, -1, -1, 0]) },
  { name: 'handling one’s own page faults', script: call('userfaultfd', [0]) },
  { name: 'a ring of requests to the kernel', script: call('io_uring_setup', [1, { room: 128 }]) },
  { name: 'the keys of the kernel', script: call('keyctl', [0, -3, 0]) },
  { name: 'adding a key', script: call('add_key', [{ text: 'user' }, { text: 'gantry' }, { text: 'x' }, 1, -2]) },
  { name: 'asking for a key', script: call('request_key', [{ text: 'user' }, { text: 'gantry-none' }, 0, 0]) },
  { name: 'loading a module', script: call('init_module', [{ room: 8 }, 8, { text: '' }]), unprovable: true },
  { name: 'loading a module from a file', script: call('finit_module', [0, { text: '' }, 0]), unprovable: true },
  { name: 'unloading a module', script: call('delete_module', [{ text: 'gantry-none' }, 0]), unprovable: true },
  { name: 'another kernel', script: call('kexec_load', [0, 99, 0, 0]), unprovable: true },
  { name: 'restarting the machine', script: call('reboot', [0, 0, 0]) },
  { name: 'swapping to a file', script: call('swapon', [{ text: '/gantry-none' }, 0]) },
  { name: 'an account of all processes', script: call('acct', [{ text: '/gantry-none' }]) },
  { name: 'the log of the kernel', script: call('syslog', [3, { room: 64 }, 64]) },
  { name: 'another name for the machine', script: call('sethostname', [{ text: 'escaped' }, 7]) },
  { name: 'another time', script: call('clock_settime', [0, 0]) },
  { name: 'another time by the older call', script: call('settimeofday', [1, 0]) },
  { name: 'memory that lies where it can be foreseen', script: call('personality', [0x40000]) },
  {
    name: 'the 32-bit door of the kernel',
    script: ({ architecture }) =>
      architecture === 'x64'
        ? `return call(${json(callProgram('x64', 20, [], 32).toString('base64'))}, ${json(REFUSALS)})`
        : `return refused('this processor has none')`,
    unprovable: true,
  },
]

export const ESCAPES: readonly Escape[] = [
  ...network,
  ...files,
  ...mounts,
  ...spaces,
  ...processes,
  ...rights,
  ...kernel,
]

/** A program for Node that tries all of them, and says of each how it went: a line of JSON each, then it ends. */
export const escapeProgram = (outside: Outside, escapes: readonly Escape[] = ESCAPES): string =>
  `${PRELUDE}
const attempts = [${escapes.map(({ name, script }) => `[${json(name)}, async () => { ${script(outside)} }]`).join(',\n')}]
void (async () => {
  for (const [name, run] of attempts) {
    const result = await run().catch((error) => ({ outcome: 'broken', detail: String(error) }))
    fs.writeSync(1, JSON.stringify({ name, ...result }) + '\\n')
  }
})()
`

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { callProgram } from '../escape-program.ts'
import { refusedCalls } from '../sandbox/syscalls.ts'
import { SECCOMP, connected, describeDocker, testRuntime } from './testing.ts'

const Condition = z.strictObject({
  index: z.int().min(0).max(5),
  value: z.int().min(0),
  valueTwo: z.int().min(0).optional(),
  op: z.enum(['SCMP_CMP_EQ', 'SCMP_CMP_MASKED_EQ']),
})

/** The form that the engines take, and no more of it than is needed. */
const Profile = z.strictObject({
  defaultAction: z.literal('SCMP_ACT_ERRNO'),
  defaultErrnoRet: z.literal(1),
  archMap: z.array(
    z.strictObject({ architecture: z.enum(['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64']), subArchitectures: z.tuple([]) }),
  ),
  syscalls: z.array(
    z.strictObject({
      comment: z.string().min(5),
      names: z.array(z.string().regex(/^[a-z0-9_]+$/)).min(1),
      action: z.enum(['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO']),
      errnoRet: z.literal(38).optional(),
      args: z.array(Condition).optional(),
    }),
  ),
})

const { archMap, syscalls } = Profile.parse(JSON.parse(SECCOMP))
const allowed = syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW')
const always = allowed.filter(({ args }) => args === undefined).flatMap(({ names }) => names)
const sometimes = allowed.filter(({ args }) => args !== undefined).flatMap(({ names }) => names)

describe('the list of system calls', () => {
  test('holds for both processors, and for no 32-bit program', () => {
    expect(archMap.map(({ architecture }) => architecture)).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'])
  })

  test('names each call once, and lets none through that it also judges', () => {
    expect(always.filter((name, index) => always.indexOf(name) !== index)).toEqual([])
    expect(sometimes.filter((name) => always.includes(name))).toEqual([])
    expect([...new Set(sometimes)].toSorted()).toEqual([
      'clone',
      'mknod',
      'mknodat',
      'personality',
      'socket',
      'socketpair',
    ])
  })

  test('lets nothing through that the sandbox refuses', () => {
    const refused = new Set(
      (['x64', 'arm64'] as const).flatMap((processor) => refusedCalls(processor).map(({ name }) => name)),
    )
    expect([...always, ...sometimes].filter((name) => refused.has(name))).toEqual([])
    expect(refused.size).toBeGreaterThan(40)
  })

  test('lets none of those through that lead out', () => {
    const out =
      'mount umount2 pivot_root chroot fsopen open_tree move_mount mount_setattr ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd bpf perf_event_open keyctl add_key request_key unshare setns clone3 kexec_load kexec_file_load init_module finit_module delete_module open_by_handle_at userfaultfd io_uring_setup io_uring_enter io_uring_register reboot swapon swapoff acct quotactl syslog sethostname setdomainname settimeofday clock_settime iopl ioperm modify_ldt vmsplice'
    expect(out.split(' ').filter((name) => [...always, ...sometimes].includes(name))).toEqual([])
  })

  test('knows every flag that makes a namespace', () => {
    const [mask] = syscalls.find(({ names }) => names.includes('clone'))?.args ?? []
    const flags = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
    expect(mask).toEqual({
      index: 0,
      op: 'SCMP_CMP_MASKED_EQ',
      value: flags.reduce((all, flag) => all | flag, 0),
      valueTwo: 0,
    })
  })
})

/** What agents do all day: each says something when it works. */
const NODE_WORK: Record<string, string> = {
  threads: `new Promise((done) => new (require('node:worker_threads').Worker)('require("node:worker_threads").parentPort.postMessage(1)', { eval: true }).on('message', done))`,
  processes: `require('node:child_process').execFileSync('sh', ['-c', 'echo 1 | cat | tr 1 2'], { encoding: 'utf8' }).trim()`,
  'a server on the loopback': `new Promise((done) => { const server = require('node:http').createServer((_, answer) => answer.end('well')).listen(0, '127.0.0.1', async () => { done(await (await fetch('http://127.0.0.1:' + server.address().port)).text()); server.close() }) })`,
  'a socket in a folder': `new Promise((done) => { const server = require('node:net').createServer((socket) => { socket.end('x'); server.close() }).listen('/tmp/s', () => require('node:net').connect('/tmp/s').on('data', (data) => done(String(data)))) })`,
  datagrams: `new Promise((done) => { const socket = require('node:dgram').createSocket('udp4').bind(0, '127.0.0.1', () => socket.send('x', socket.address().port, '127.0.0.1')); socket.on('message', () => { socket.close(); done(1) }) })`,
  'watching files': `new Promise((done) => { const watcher = fs.watch('/tmp', () => { watcher.close(); done(1) }); setImmediate(() => fs.writeFileSync('/tmp/seen', 'x')) })`,
  'files as git uses them': `(() => { fs.mkdirSync('/home/agent/work/a', { recursive: true }); process.chdir('/home/agent/work'); fs.writeFileSync('lock', 'x', { flag: 'wx' }); fs.linkSync('lock', 'a/link'); fs.renameSync('lock', 'head'); fs.symlinkSync('head', 'now'); fs.chmodSync('head', 0o755); fs.utimesSync('head', 1, 1); fs.cpSync('a', 'b', { recursive: true }); fs.fsyncSync(fs.openSync('head', 'r+')); return fs.readdirSync('.').join() })()`,
  interfaces: `Object.keys(os.networkInterfaces()).join()`,
  'compressing, hashing, chance': `require('node:zlib').gunzipSync(require('node:zlib').gzipSync(require('node:crypto').randomBytes(64))).length + require('node:crypto').scryptSync('a', 'b', 32).length`,
}

const SHELL_WORK: Record<string, [command: string, output: string]> = {
  archives: ['mkdir -p /tmp/t && echo x > /tmp/t/f && tar -C /tmp -czf /tmp/t.tgz t && tar -tzf /tmp/t.tgz', 't/\nt/f'],
  pipes: ['mkfifo /tmp/p && (echo through > /tmp/p & cat /tmp/p)', 'through'],
  jobs: ['sleep 100 & kill -TERM $! && wait $!; echo $?', '143'],
  limits: ['timeout 1 sleep 5; echo $?', '143'],
  searching: ['find /bin -name busybox | sort | head -n 1', '/bin/busybox'],
}

describeDocker('under the list of system calls', () => {
  test('Node does all that it is used for', async () => {
    const box = await testRuntime().open()
    const { lines, ask } = await connected(box)
    await lines.next()
    const prelude = `globalThis.fs = require('node:fs'); globalThis.os = require('node:os');`
    const answers: Record<string, unknown> = {}
    for (const [name, code] of Object.entries(NODE_WORK)) answers[name] = await ask(`${prelude} say(await ${code})`)
    expect(answers).toEqual({
      threads: 1,
      processes: '2',
      'a server on the loopback': 'well',
      'a socket in a folder': 'x',
      datagrams: 1,
      'watching files': 1,
      'files as git uses them': 'a,b,head,now',
      interfaces: 'lo',
      'compressing, hashing, chance': 96,
    })
  })

  test('a shell does what it is used for', async () => {
    const box = await testRuntime().open()
    const { lines, ask } = await connected(box)
    await lines.next()
    const answers: Record<string, unknown> = {}
    for (const [name, [command]] of Object.entries(SHELL_WORK)) {
      const run = `require('node:child_process').spawnSync('sh', ['-c', ${JSON.stringify(command)}], { encoding: 'utf8' })`
      answers[name] = await ask(`say(${run}.stdout.trim())`)
    }
    expect(answers).toEqual(Object.fromEntries(Object.entries(SHELL_WORK).map(([name, [, output]]) => [name, output])))
  })

  test('a call that is not on it is refused, and one that is too new is unknown', async () => {
    const processor = process.arch === 'arm64' ? 'arm64' : 'x64'
    const numbers = processor === 'x64' ? { keyctl: 250, clone3: 435 } : { keyctl: 219, clone3: 435 }
    const box = await testRuntime().open()
    const { lines, ask } = await connected(box)
    await lines.next()
    const errnoOf = (number: number, args: number[]) => {
      const program = callProgram(processor, number, args).toString('base64')
      return ask(
        `const file = '/tmp/call'; require('node:fs').writeFileSync(file, Buffer.from('${program}', 'base64'), { mode: 0o755 }); say(require('node:child_process').spawnSync(file).status)`,
      )
    }
    expect(await errnoOf(numbers.keyctl, [0, -3, 0])).toBe(1)
    expect(await errnoOf(numbers.clone3, [0, 0])).toBe(38)
    // One that no kernel has yet: programs have to see that it is not there, instead of that they may not.
    expect(await errnoOf(9_999, [])).toBe(38)
  })
})

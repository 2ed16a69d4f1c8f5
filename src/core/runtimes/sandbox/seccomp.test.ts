import { describe, expect, it } from 'vitest'
import { seccompFilter } from './seccomp.ts'
import { type Architecture, LAST_KNOWN, refusedCalls } from './syscalls.ts'

const AUDIT_ARCH = { x64: 0xc000003e, arm64: 0xc00000b7 }
const ALLOWED = 'allowed'
const ERRORS: Record<number, string> = { 1: 'EPERM', 38: 'ENOSYS', 97: 'EAFNOSUPPORT' }

/** What the kernel does with such a program, for the few instructions it is made of. */
const judge = (program: Buffer, record: Buffer): string => {
  let accumulator = 0
  for (let at = 0; at < program.length; at += 8) {
    const code = program.readUInt16LE(at)
    const [jumpTrue, jumpFalse] = [program.readUInt8(at + 2), program.readUInt8(at + 3)]
    const value = program.readUInt32LE(at + 4)
    if (code === 0x20) accumulator = record.readUInt32LE(value)
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0
    else if (code === 0x15) at += 8 * (accumulator === value ? jumpTrue : jumpFalse)
    else if (code === 0x35) at += 8 * (accumulator >= value ? jumpTrue : jumpFalse)
    else if (code === 0x06) {
      if (value === 0x7fff0000) return ALLOWED
      if (value === 0x80000000) return 'killed'
      return ERRORS[value & 0xffff] ?? `error ${value & 0xffff}`
    } else throw new Error(`an instruction that is not known here: ${code.toString(16)}`)
  }
  throw new Error('the program ran past its end')
}

const call = (
  architecture: Architecture,
  number: number,
  args: readonly bigint[] = [],
  arch = AUDIT_ARCH[architecture],
) => {
  const record = Buffer.alloc(64)
  record.writeUInt32LE(number, 0)
  record.writeUInt32LE(arch, 4)
  for (const [index, value] of args.entries()) record.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + index * 8)
  const program = seccompFilter(architecture)
  if (program === undefined) throw new Error('no program')
  return judge(program, record)
}

const NUMBERS = {
  x64: {
    read: 0,
    openat: 257,
    execve: 59,
    clone: 56,
    clone3: 435,
    ioctl: 16,
    socket: 41,
    personality: 135,
    mount: 165,
  },
  arm64: {
    read: 63,
    openat: 56,
    execve: 221,
    clone: 220,
    clone3: 435,
    ioctl: 29,
    socket: 198,
    personality: 92,
    mount: 40,
  },
} as const

describe.each(['x64', 'arm64'] as const)('the filter of system calls on %s', (architecture) => {
  const numbers = NUMBERS[architecture]

  it('lets programs read, open and start others', () => {
    expect(call(architecture, numbers.read)).toBe(ALLOWED)
    expect(call(architecture, numbers.openat)).toBe(ALLOWED)
    expect(call(architecture, numbers.execve)).toBe(ALLOWED)
    expect(call(architecture, LAST_KNOWN)).toBe(ALLOWED)
  })

  it('refuses each call of the table, and no number of it stands there twice', () => {
    const refused = refusedCalls(architecture)
    expect(refused.length).toBeGreaterThan(45)
    expect(new Set(refused.map(({ number }) => number)).size).toBe(refused.length)
    for (const { name, number, answer } of refused) {
      expect(`${name} ${call(architecture, number)}`).toBe(`${name} ${answer === 'denied' ? 'EPERM' : 'ENOSYS'}`)
    }
    expect(call(architecture, numbers.mount)).toBe('EPERM')
  })

  it('answers a call that is newer than the table as a kernel without it', () => {
    expect(call(architecture, LAST_KNOWN + 1)).toBe('ENOSYS')
    expect(call(architecture, 10_000)).toBe('ENOSYS')
  })

  it('kills who calls in the numbers of another architecture', () => {
    expect(call(architecture, numbers.read, [], 0x40000003)).toBe('killed')
    expect(call(architecture, numbers.read, [], AUDIT_ARCH[architecture === 'x64' ? 'arm64' : 'x64'])).toBe('killed')
  })

  it('lets threads and processes be made, but none with a space of its own', () => {
    const THREAD = 0x3d0f00n
    expect(call(architecture, numbers.clone, [THREAD])).toBe(ALLOWED)
    expect(call(architecture, numbers.clone, [17n])).toBe(ALLOWED)
    for (const flag of [0x20000n, 0x2000000n, 0x4000000n, 0x8000000n, 0x10000000n, 0x20000000n, 0x40000000n]) {
      expect(call(architecture, numbers.clone, [flag | 17n])).toBe('EPERM')
    }
    expect(call(architecture, numbers.clone3)).toBe('ENOSYS')
  })

  it('lets terminals be asked and not typed into, however the request is written', () => {
    const [TCGETS, TIOCSTI, TIOCLINUX] = [0x5401n, 0x5412n, 0x541cn]
    expect(call(architecture, numbers.ioctl, [0n, TCGETS])).toBe(ALLOWED)
    expect(call(architecture, numbers.ioctl, [0n, TIOCSTI])).toBe('EPERM')
    expect(call(architecture, numbers.ioctl, [0n, TIOCSTI | (7n << 32n)])).toBe('EPERM')
    expect(call(architecture, numbers.ioctl, [0n, TIOCLINUX])).toBe('EPERM')
  })

  it('lets sockets of its own network be made and no others', () => {
    const [UNIX, INET, INET6, NETLINK, PACKET, ALG, VSOCK] = [1n, 2n, 10n, 16n, 17n, 38n, 40n]
    for (const family of [UNIX, INET, INET6]) expect(call(architecture, numbers.socket, [family, 1n])).toBe(ALLOWED)
    expect(call(architecture, numbers.socket, [NETLINK, 3n, 0n])).toBe(ALLOWED)
    expect(call(architecture, numbers.socket, [NETLINK, 3n, 9n])).toBe('EPERM')
    for (const family of [PACKET, ALG, VSOCK]) {
      expect(call(architecture, numbers.socket, [family, 1n])).toBe('EAFNOSUPPORT')
    }
  })

  it('lets a program ask for its personality and not change it', () => {
    expect(call(architecture, numbers.personality, [0xffffffffn])).toBe(ALLOWED)
    expect(call(architecture, numbers.personality, [0n])).toBe(ALLOWED)
    expect(call(architecture, numbers.personality, [0x0040000n])).toBe('EPERM')
  })
})

describe('the filter of system calls', () => {
  it('answers calls of the x32 kind on x64 as unknown', () => {
    expect(call('x64', 0x40000000 + 165)).toBe('ENOSYS')
  })

  it('is not there for an architecture that has no table', () => {
    expect(seccompFilter('riscv64')).toBeUndefined()
  })
})

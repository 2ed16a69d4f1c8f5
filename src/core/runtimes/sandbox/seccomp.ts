/** The filter of system calls that every box runs under, as the program that the kernel takes: classic BPF. */
import { type Architecture, LAST_KNOWN, numberOf, refusedCalls } from './syscalls.ts'

interface Instruction {
  code: number
  jumpTrue: number
  jumpFalse: number
  value: number
}

/** Load a word, mask it, compare it, return. */
const LOAD = 0x20
const AND = 0x54
const IF_EQUAL = 0x15
const IF_AT_LEAST = 0x35
const RETURN = 0x06

const ALLOW = 0x7fff0000
const KILL = 0x80000000
const ERROR = 0x00050000
const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97

/** Where things are in the record that the kernel shows the filter; of arguments the half that the calls look at. */
const CALL = 0
const ARCHITECTURE = 4
const argument = (index: number) => 16 + index * 8

const AUDIT_ARCH: Record<Architecture, number> = { x64: 0xc000003e, arm64: 0xc00000b7 }
/** Calls of the 32-bit kind on a 64-bit kernel carry this bit. */
const X32_BIT = 0x40000000

/** Mount, cgroup, uts, ipc, user, pid, net and time: every flag that makes a space of its own. */
const NEW_SPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x80

const TIOCSTI = 0x5412
const TIOCLINUX = 0x541c

const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10
const AF_NETLINK = 16
const NETLINK_ROUTE = 0

/** Linux, with or without its answers of version 2.6, and the question which it is. */
const PERSONALITIES = [0, 0x20000, 0xffffffff]

const instruction = (code: number, value: number, jumpTrue = 0, jumpFalse = 0): Instruction => ({
  code,
  value: value >>> 0,
  jumpTrue,
  jumpFalse,
})
const load = (place: number) => instruction(LOAD, place)
const answer = (what: number) => instruction(RETURN, what)
const refuse = (error: number) => answer(ERROR | error)

/** What to do for one call; the number is loaded before and has to be after. */
const whenCall = (number: number, judge: readonly Instruction[]): Instruction[] => [
  instruction(IF_EQUAL, number, 0, judge.length),
  ...judge,
]

const refuseWhenEqual = (value: number, error: number): Instruction[] => [
  instruction(IF_EQUAL, value, 0, 1),
  refuse(error),
]

const allowWhenEqual = (value: number): Instruction[] => [instruction(IF_EQUAL, value, 0, 1), answer(ALLOW)]

const cloneRules: readonly Instruction[] = [
  load(argument(0)),
  instruction(AND, NEW_SPACES),
  instruction(IF_EQUAL, 0, 1, 0),
  refuse(EPERM),
  answer(ALLOW),
]

const ioctlRules: readonly Instruction[] = [
  load(argument(1)),
  ...refuseWhenEqual(TIOCSTI, EPERM),
  ...refuseWhenEqual(TIOCLINUX, EPERM),
  answer(ALLOW),
]

/** Families that belong to the box's own network; others reach devices, the kernel's crypto, or the host of a VM. */
const socketRules: readonly Instruction[] = [
  load(argument(0)),
  ...allowWhenEqual(AF_UNIX),
  ...allowWhenEqual(AF_INET),
  ...allowWhenEqual(AF_INET6),
  instruction(IF_EQUAL, AF_NETLINK, 1, 0),
  refuse(EAFNOSUPPORT),
  load(argument(2)),
  ...allowWhenEqual(NETLINK_ROUTE),
  refuse(EPERM),
]

const personalityRules: readonly Instruction[] = [
  load(argument(0)),
  ...PERSONALITIES.flatMap(allowWhenEqual),
  refuse(EPERM),
]

const ANSWERS = { denied: EPERM, unknown: ENOSYS } as const

const filterProgram = (architecture: Architecture): Instruction[] => [
  // Another architecture numbers its calls otherwise: nothing below would hold for it.
  load(ARCHITECTURE),
  instruction(IF_EQUAL, AUDIT_ARCH[architecture], 1, 0),
  answer(KILL),
  load(CALL),
  ...(architecture === 'x64' ? [instruction(IF_AT_LEAST, X32_BIT, 0, 1), refuse(ENOSYS)] : []),
  instruction(IF_AT_LEAST, LAST_KNOWN + 1, 0, 1),
  refuse(ENOSYS),
  ...refusedCalls(architecture).flatMap(({ number, answer: how }) => whenCall(number, [refuse(ANSWERS[how])])),
  ...whenCall(numberOf('clone', architecture), cloneRules),
  ...whenCall(numberOf('ioctl', architecture), ioctlRules),
  ...whenCall(numberOf('socket', architecture), socketRules),
  ...whenCall(numberOf('personality', architecture), personalityRules),
  answer(ALLOW),
]

const SIZE = 8

/** As a kernel of these two reads it. */
const encodeProgram = (program: readonly Instruction[]): Buffer => {
  const bytes = Buffer.alloc(program.length * SIZE)
  for (const [index, { code, jumpTrue, jumpFalse, value }] of program.entries()) {
    const at = index * SIZE
    bytes.writeUInt16LE(code, at)
    bytes.writeUInt8(jumpTrue, at + 2)
    bytes.writeUInt8(jumpFalse, at + 3)
    bytes.writeUInt32LE(value, at + 4)
  }
  return bytes
}

/** Undefined where there is no table of numbers: there no box starts. */
export const seccompFilter = (architecture: string): Buffer | undefined =>
  architecture === 'x64' || architecture === 'arm64' ? encodeProgram(filterProgram(architecture)) : undefined

/**
 * A program that makes one system call and ends with what the kernel answered: 0, or the number of the error. Made byte by
 * byte, since a box has no compiler and its shell cannot call the kernel.
 */

export type Architecture = 'x64' | 'arm64'

/** A text stands for its address; `room` for the address of writable bytes that are all zero. */
export type Argument = number | bigint | { text: string } | { room: number }

const LOADED_AT = 0x400000n
const HEADERS = 64 + 56
const MACHINE: Record<Architecture, number> = { x64: 62, arm64: 183 }

const bytes64 = (value: bigint): Buffer => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt.asUintN(64, value))
  return buffer
}

/** mov register, value */
const X64_SET = [
  [0x48, 0xb8],
  [0x48, 0xbf],
  [0x48, 0xbe],
  [0x48, 0xba],
  [0x49, 0xba],
  [0x49, 0xb8],
  [0x49, 0xb9],
]
const X64_CALL = [0x0f, 0x05]
const X64_CALL_32 = [0xcd, 0x80]
/** neg rax; mov rdi, rax; test rdi, rdi; jg over; xor edi, edi; mov eax, 60 (exit); syscall */
const X64_END = Buffer.from('48f7d84889c74885ff7f0231ffb83c0000000f05', 'hex')

const codeX64 = (values: readonly bigint[], call: number[]): Buffer =>
  Buffer.concat([
    ...values.flatMap((value, index) => [Buffer.from(X64_SET[index] ?? []), bytes64(value)]),
    Buffer.from(call),
    X64_END,
  ])

const instructions = (words: readonly number[]): Buffer => {
  const buffer = Buffer.alloc(words.length * 4)
  words.forEach((word, index) => buffer.writeUInt32LE(word >>> 0, index * 4))
  return buffer
}

/** movz and three movk: a quarter of the value each. */
const armSet = (register: number, value: bigint): number[] =>
  [0, 1, 2, 3].map((quarter) => {
    const part = Number((BigInt.asUintN(64, value) >> BigInt(quarter * 16)) & 0xffffn)
    return (quarter === 0 ? 0xd2800000 : 0xf2800000) | (quarter << 21) | (part << 5) | register
  })

/** svc; neg x0, x0; cmp x0, #0; csel x0, x0, xzr, gt; mov x8, #93 (exit); svc */
const ARM_END = [0xd4000001, 0xcb0003e0, 0xf100001f, 0x9a9fc000, 0xd2800ba8, 0xd4000001]

const codeArm64 = ([number = 0n, ...values]: readonly bigint[]): Buffer =>
  instructions([...armSet(8, number), ...values.flatMap((value, index) => armSet(index, value)), ...ARM_END])

/** `door` 32 enters the kernel as a 32-bit program would: there the calls have other numbers. */
export const callProgram = (
  architecture: Architecture,
  number: number,
  given: readonly Argument[],
  door: 64 | 32 = 64,
): Buffer => {
  const write = (values: readonly bigint[]) =>
    architecture === 'x64' ? codeX64(values, door === 32 ? X64_CALL_32 : X64_CALL) : codeArm64(values)
  // All arguments are set, and all have the same length in code: it is known before the addresses are.
  const args = Array.from({ length: 6 }, (_, index) => given[index] ?? 0)
  const codeLength = write([number, ...args].map(() => 0n)).length
  const data: Buffer[] = []
  let at = LOADED_AT + BigInt(HEADERS + codeLength)
  const place = (content: Buffer): bigint => {
    const address = at
    data.push(content)
    at += BigInt(content.length)
    return address
  }
  const values = args.map((argument) => {
    if (typeof argument !== 'object') return BigInt(argument)
    return place('text' in argument ? Buffer.from(`${argument.text}\0`) : Buffer.alloc(argument.room))
  })
  return elf(architecture, Buffer.concat([write([BigInt(number), ...values]), ...data]))
}

const elf = (architecture: Architecture, content: Buffer): Buffer => {
  const size = HEADERS + content.length
  const header = Buffer.alloc(HEADERS)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeUInt16LE(2, 16)
  header.writeUInt16LE(MACHINE[architecture], 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(LOADED_AT + BigInt(HEADERS), 24)
  header.writeBigUInt64LE(64n, 32)
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56)
  // One part, to be read, written and run.
  header.writeUInt32LE(1, 64)
  header.writeUInt32LE(7, 68)
  header.writeBigUInt64LE(LOADED_AT, 80)
  header.writeBigUInt64LE(LOADED_AT, 88)
  header.writeBigUInt64LE(BigInt(size), 96)
  header.writeBigUInt64LE(BigInt(size), 104)
  header.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([header, content])
}

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NODE, until } from '../testing/index.ts'
import { MAX_LOG_BYTES, decodeBytes } from '../../wire/index.ts'
import { bytesOf, listen, openBox } from './testing.ts'

const MEBIBYTE = 1024 * 1024

const isGone = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return true
  }
}

/** Runs a program to its end and returns all that came. */
const runToEnd = async (command: (work: string) => readonly string[], env: Record<string, string> = {}) => {
  const box = openBox(onTestFinished)
  const side = listen(box.connect())
  const { pid } = await side.wire.run(box.spec(command(box.work), { env }))
  const { params } = await side.see('exited')
  return { ...side, box, pid, exited: params, out: bytesOf(side.frames, 'out'), err: bytesOf(side.frames, 'err') }
}

const logs = (frames: Awaited<ReturnType<typeof runToEnd>>['frames'], stream: 'out' | 'err') =>
  frames.flatMap((frame) => (frame.method === 'log' && frame.params.stream === stream ? [frame.params] : []))

const script = (code: string) => () => [NODE, '-e', code]

describe('output', () => {
  test('arrives byte for byte, whatever bytes they are, on the stream they were written to', async () => {
    const bytes = randomBytes(3_000_000)
    const { out, err } = await runToEnd((work) => {
      writeFileSync(join(work, 'bytes'), bytes)
      return ['sh', '-c', 'cat bytes; printf "and\\terrors" >&2']
    })
    expect(out.equals(bytes)).toBe(true)
    expect(err.toString()).toBe('and\terrors')
  })

  test('keeps characters whole where it is cut', async () => {
    const text = 'ä€😀'.repeat(60_000)
    const { frames, out } = await runToEnd((work) => {
      writeFileSync(join(work, 'text'), text)
      return ['cat', 'text']
    })
    expect(out.toString()).toBe(text)
    expect(logs(frames, 'out').every((params) => 'text' in params)).toBe(true)
  })

  test('waits for the rest of a character that was written in two halves', async () => {
    const { frames, out } = await runToEnd(
      script(`
        const [a, b] = [Buffer.from([0xe2, 0x82]), Buffer.from([0xac, 0x0a])]
        process.stdout.write(Buffer.concat([Buffer.from('price: '), a]), () => setTimeout(() => process.stdout.write(b), 200))
      `),
    )
    expect(out.toString()).toBe('price: €\n')
    expect(logs(frames, 'out').map((params) => ('text' in params ? params.text : params))).toEqual(['price: ', '€\n'])
  })

  test('tells half a character at the end as bytes', async () => {
    const { frames, out } = await runToEnd(script(`process.stdout.write(Buffer.from([0x61, 0x0a, 0xe2, 0x82]))`))
    expect([...out]).toEqual([0x61, 0x0a, 0xe2, 0x82])
    expect(logs(frames, 'out').at(-1)).toMatchObject({ base64: Buffer.from([0xe2, 0x82]).toString('base64') })
  })

  test('comes in pieces of lines, and lines of a megabyte come in pieces that fit', async () => {
    const long = 'x'.repeat(1_000_000)
    const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at} \u001b[31mred\u001b[0m\r50%\r100%\n`).join('')
    const { frames, out } = await runToEnd((work) => {
      writeFileSync(join(work, 'lines'), `${lines}${long}\nlast`)
      return ['cat', 'lines']
    })
    expect(out.toString()).toBe(`${lines}${long}\nlast`)
    const pieces = logs(frames, 'out').map((params) => decodeBytes(params))
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(MAX_LOG_BYTES)
    let seen = 0
    for (const piece of pieces) {
      seen += piece.length
      if (seen <= lines.length) expect(piece.at(-1)).toBe(0x0a)
    }
  })

  test('the start of a line is told although its end does not come', async () => {
    const box = openBox(onTestFinished)
    const { wire, see } = listen(box.connect())
    await wire.run(box.spec(['sh', '-c', 'printf "Continue? [y/N] "; read answer; echo "you said $answer"']))
    expect((await see('log')).params).toMatchObject({ stream: 'out', text: 'Continue? [y/N] ' })
    await wire.input({ text: 'y\n' })
    expect((await see('exited')).params).toMatchObject({ code: 0 })
  })

  test('is numbered without a gap, from the greeting to the end', async () => {
    const { frames } = await runToEnd(() => ['sh', '-c', 'for i in 1 2 3 4 5; do echo $i; echo $i >&2; done'])
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, at) => at + 1))
    expect(frames.map(({ method }) => method).filter((method) => method !== 'log')).toEqual([
      'hello',
      'started',
      'exited',
    ])
  })

  test('can be written to where scripts write it: /dev/stdout and /dev/stderr', async () => {
    const { out, err, exited } = await runToEnd(() => ['sh', '-c', 'echo one > /dev/stdout; echo two > /dev/stderr'])
    expect({ out: out.toString(), err: err.toString(), code: exited.code }).toEqual({
      out: 'one\n',
      err: 'two\n',
      code: 0,
    })
  })

  test('of what a program leaves behind comes before its end, and then nothing of it is left', async () => {
    const { out, frames, box } = await runToEnd(() => [
      'sh',
      '-c',
      '(sleep 0.1; echo late; sleep 600) & echo $! > child; echo early',
    ])
    expect(out.toString()).toBe('early\nlate\n')
    expect(frames.at(-1)?.method).toBe('exited')
    const left = Number(readFileSync(join(box.work, 'child'), 'utf8'))
    await until(() => isGone(left) || undefined, 'what was left behind to be gone')
  })
})

test('of a program whose output nobody takes waits in the program, and nothing of it is lost', async () => {
  const box = openBox(onTestFinished)
  const gate = Promise.withResolvers<void>()
  let isOpen = true
  const side = listen(box.connect(), { ready: () => (isOpen ? undefined : gate.promise) })
  const blocks = 64
  const code = `
    const { writeSync } = require('node:fs')
    const block = Buffer.alloc(${MEBIBYTE})
    for (let at = 0; at < ${blocks}; at += 1) {
      block.fill(at)
      for (let done = 0; done < block.length; ) done += writeSync(1, block, done)
    }`
  const { pid } = await side.wire.run(box.spec([NODE, '-e', code]))
  isOpen = false
  const doing = () => readFileSync(`/proc/${pid}/wchan`, 'utf8')
  await until(() => (box.spool.isFull() && doing().includes('pipe_write')) || undefined, 'the program to be held up')
  isOpen = true
  gate.resolve()
  await side.see('exited')
  const expected = createHash('sha256')
  for (let at = 0; at < blocks; at += 1) expected.update(Buffer.alloc(MEBIBYTE, at))
  expect(createHash('sha256').update(bytesOf(side.frames, 'out')).digest('hex')).toBe(expected.digest('hex'))
  const mostMemory = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${box.child.pid}/status`, 'utf8'))?.[1]
  expect(Number(mostMemory) * 1024).toBeLessThan(150 * MEBIBYTE)
})

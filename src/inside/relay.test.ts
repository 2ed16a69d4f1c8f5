import { PassThrough, Readable, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createOutbox } from './outbox.ts'
import { createRelay } from './relay.ts'
import { cutBefore } from './utf8.ts'

/** A stdout that nobody reads until it is told to. */
const stuck = () => {
  const lines: string[] = []
  const waiting: (() => void)[] = []
  let isStuck = true
  const out = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString())
      if (isStuck) waiting.push(done)
      else done()
    },
  })
  const release = () => {
    isStuck = false
    waiting.shift()?.()
  }
  return { out, lines, release }
}

test('a relay stops reading when the wire takes nothing, and goes on when it does', async () => {
  let read = 0
  const total = 16 * 1024 * 1024
  const source = new Readable({
    read() {
      const chunk = read < total ? Buffer.alloc(64 * 1024, 'a line of output\n') : null
      read += chunk?.length ?? 0
      this.push(chunk)
    },
  })
  const { out, lines, release } = stuck()
  const relay = createRelay('out', source, createOutbox(out))
  while (!relay.isWaiting()) await new Promise((resolve) => setImmediate(resolve))
  expect(read).toBeLessThan(1024 * 1024)
  release()
  await relay.ended
  const texts = lines.map((line) => (JSON.parse(line) as { params: { text: string } }).params.text)
  expect(texts.join('').length).toBe(total)
})

test('a relay sends what it holds when it is told to finish', async () => {
  const { out, lines, release } = stuck()
  release()
  const source = new PassThrough()
  const relay = createRelay('err', source, createOutbox(out))
  source.write(Buffer.from([0xc3]))
  await new Promise((resolve) => setImmediate(resolve))
  relay.finish()
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { seq: 1, method: 'log', params: { stream: 'err', base64: 'ww==' } },
  ])
})

test.each([
  ['ab', 2],
  ['aä', 1],
  ['a€', 1],
  ['a😀', 1],
  ['ä😀', 2],
])('%s without its last byte is cut before its last character', (text, expected) => {
  const bytes = Buffer.from(text)
  expect(cutBefore(bytes, bytes.length)).toBe(bytes.length)
  expect(cutBefore(bytes, bytes.length - 1)).toBe(text === 'ab' ? 1 : expected)
})

test('bytes that are no text are cut anywhere', () => {
  expect(cutBefore(Buffer.from([0x80, 0x80, 0x80, 0x80]), 4)).toBe(4)
  expect(cutBefore(Buffer.from([0xff, 0xff]), 2)).toBe(2)
})

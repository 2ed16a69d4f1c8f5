import { describe, expect, test } from 'vitest'
import { joinOutput } from './join.ts'
import type { KeptLine } from './kept-output.ts'

/** The same numbers for the same seed: a failure can be looked at again. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

const line = (seq: number, size = 0) => `${JSON.stringify({ seq, text: 'x'.repeat(size) })}\n`

interface Play {
  lines: string[]
  /** Bytes that were written when it is attached to. */
  attachAt: number
  /** So many lines that were sent are not written down yet, until it is waited for them. */
  lag: number
  /** Whether the box ends after its last byte. */
  ends: boolean
  chunk: number
  /** So many of the oldest lines are gone at the second read. */
  rotated?: number
}

/** An engine that writes down what it has sent a little later. */
const play = async ({ lines, attachAt, lag, ends, chunk, rotated = 0 }: Play) => {
  const all = Buffer.from(lines.join(''))
  // A byte takes a millisecond.
  const endOf = (index: number) => new Date(lines.slice(0, index + 1).join('').length).toISOString()
  let [written, late, reads, waits] = [attachAt, lag, 0, 0]
  const live = (async function* () {
    while (written < all.length) {
      const from = written
      written = Math.min(all.length, from + chunk)
      yield all.subarray(from, written)
    }
    if (!ends) await new Promise(() => undefined)
  })()
  const joined = joinOutput({
    readKept: async function* (): AsyncGenerator<KeptLine[]> {
      const offset = reads > 0 ? rotated : 0
      reads += 1
      const count = all.subarray(0, written).toString().split('\n').length - 1 - late
      yield lines
        .slice(offset, Math.max(offset, count))
        .map((text, index) => ({ at: endOf(index + offset), bytes: Buffer.from(text) }))
    },
    attach: async () => ({ output: live, since: attachAt }),
    hasEnded: async () => {
      late = 0
      return true
    },
    delay: async () => {
      waits += 1
      late = Math.max(0, late - 1)
    },
  })
  const told: string[] = []
  let rest = ''
  for await (const bytes of joined) {
    rest += bytes.toString()
    const parts = rest.split('\n')
    rest = parts.pop() ?? ''
    told.push(...parts.map((part) => `${part}\n`))
    if (!ends && told.at(-1) === lines.at(-1)) break
  }
  return { told, rest, waits }
}

describe('output that is found again', () => {
  test('is told whole, each line once, wherever one comes in', async () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const next = random(seed)
      const lines = Array.from({ length: 2 + Math.floor(next() * 30) }, (_, seq) => line(seq, Math.floor(next() * 60)))
      const bytes = lines.join('').length
      const [ends, chunk, lag] = [next() < 0.5, 1 + Math.floor(next() * 100), Math.floor(next() * 5)]
      // Where it goes on, two lines more come after one has come in.
      const latest = ends ? bytes : bytes - lines.slice(-2).join('').length
      const attachAt = Math.floor(next() * latest)
      const { told, rest } = await play({ lines, attachAt, lag, ends, chunk })
      expect({ seed, told, rest }).toEqual({ seed, told: lines, rest: '' })
    }
  })

  test('waits for what the engine has sent but not yet written down', async () => {
    const lines = Array.from({ length: 10 }, (_, seq) => line(seq))
    const attachAt = lines.slice(0, 5).join('').length - 3
    const { told, waits } = await play({ lines, attachAt, lag: 8, ends: false, chunk: 7 })
    expect(told).toEqual(lines)
    expect(waits).toBeGreaterThan(0)
  })

  test('misses none of the lines that are told apart, though others are alike', async () => {
    const lines = [line(1), line(7), line(7), line(2), line(7), line(3), line(7), line(7), line(4), line(5), line(6)]
    const apart = lines.filter((text) => text !== line(7))
    for (let attachAt = 0; attachAt < lines.slice(0, -3).join('').length; attachAt += 1) {
      for (const [lag, chunk] of [0, 1, 3].flatMap((late) => [3, 30, 300].map((size) => [late, size] as const))) {
        const { told } = await play({ lines, attachAt, lag, ends: false, chunk })
        const once = [...new Set(told)].filter((text) => text !== line(7))
        expect([attachAt, lag, chunk, once]).toEqual([attachAt, lag, chunk, apart])
      }
    }
  })

  test('is told again from its new beginning when the engine let go of the old one', async () => {
    const lines = Array.from({ length: 9 }, (_, seq) => line(seq))
    const { told } = await play({
      lines,
      attachAt: lines.slice(0, 6).join('').length,
      lag: 1,
      ends: true,
      chunk: 20,
      rotated: 2,
    })
    expect([...new Set(told)]).toEqual(lines)
  })

  test('begins with a whole line, though the oldest one has lost its beginning', async () => {
    const whole = [line(1), line(2)]
    const joined = joinOutput({
      readKept: async function* () {
        yield ['ing":true}\n', ...whole].map((text, index) => ({ at: String(index), bytes: Buffer.from(text) }))
      },
      attach: async () => undefined,
      hasEnded: async () => true,
      delay: async () => undefined,
    })
    const told: Buffer[] = []
    for await (const bytes of joined) told.push(bytes)
    expect(Buffer.concat(told).toString()).toBe(whole.join(''))
  })

  test('of one that floods without a line break is given up', async () => {
    const joined = joinOutput({
      readKept: async function* () {
        yield []
      },
      attach: async () => ({
        output: (async function* () {
          for (;;) yield Buffer.alloc(1024 ** 2, 'x')
        })(),
        since: 0,
      }),
      hasEnded: async () => false,
      delay: async () => undefined,
    })
    await expect(joined.next()).rejects.toThrow('without line breaks')
  })

  test('that never meets what comes live is given up', async () => {
    const joined = joinOutput({
      readKept: async function* () {
        yield [{ at: '1', bytes: Buffer.from(line(1)) }]
      },
      attach: async () => ({
        output: (async function* () {
          yield Buffer.from(line(5))
          await new Promise(() => undefined)
        })(),
        since: 0,
      }),
      hasEnded: async () => false,
      delay: async () => undefined,
    })
    expect((await joined.next()).value?.toString()).toBe(line(1))
    await expect(joined.next()).rejects.toThrow('never reached')
  })
})

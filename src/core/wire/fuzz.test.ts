/** Whatever is inside says: it is answered, refused or cut off. Nothing throws, nothing piles up, nothing is believed. */
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { MAX_LOG_BYTES, MAX_OPEN } from '../../wire/index.ts'
import { listen, memoryLink } from './testing.ts'

/** The same numbers each time. */
const seeded = (seed: number) => {
  let state = seed
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61)
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <T>(from: readonly [T, ...T[]]): T => from[below(from.length)] ?? from[0]
  return { below, pick, chance: (share: number) => next() < share }
}

type Random = ReturnType<typeof seeded>

const ODD: readonly [unknown, ...unknown[]] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  'x',
  '\u0000',
  '\ud800',
  '__proto__',
  [],
  [[]],
  {},
  { toString: 1 },
  { __proto__: null },
  { constructor: { prototype: 1 } },
  'A'.repeat(70_000),
  [1, 2, 3],
]

/** How much of what it says is wrong: some insides nearly behave, so that what follows is reached as well. */
interface Manner {
  random: Random
  isWrong: () => boolean
  nextId: () => number
}

const manner = (seed: number): Manner => {
  const random = seeded(seed)
  const share = random.pick([0.0005, 0.002, 0.01, 0.2])
  let lastId = 0
  const isWrong = () => random.chance(share)
  const nextId = () => {
    if (isWrong()) return random.below(100)
    lastId += 1 + random.below(3)
    return lastId
  }
  return { random, isWrong, nextId }
}

const bytes = ({ random, isWrong }: Manner): object =>
  isWrong()
    ? random.pick<object>([{ base64: '???' }, { text: 'a', base64: 'YQ==' }, {}])
    : random.pick<object>([{ text: 'hello\n' }, { text: '' }, { base64: '/wAK' }])

const frame = (manner: Manner): Record<string, unknown> => {
  const { random, isWrong, nextId } = manner
  const seq = isWrong() ? 0 : 1 + random.below(60)
  // One that is open, was, or never will be.
  const id = 1 + random.below(80)
  return random.pick<() => Record<string, unknown>>([
    () => ({ seq, method: 'log', params: { stream: random.pick(['out', 'err']), at: 5, text: 'line\n' } }),
    () => ({ seq, method: 'log', params: { stream: 'out', at: 5, ...bytes(manner) } }),
    () => ({ seq, method: 'hello', params: { version: 1 } }),
    () => ({ seq, method: 'exited', params: { at: 1, code: random.below(isWrong() ? 300 : 256), signal: null } }),
    () => ({ seq, method: 'started', params: { at: 1, pid: 1 + random.below(5) } }),
    () => ({
      id: nextId(),
      method: 'http',
      params: { method: 'POST', path: `/${id}`, headers: { a: 'b' }, bytes: random.pick([0, 0, 0, 3, 1000]) },
    }),
    () => ({
      id: nextId(),
      method: 'connect',
      params: { host: 'h', port: 1 + random.below(isWrong() ? 70_000 : 1000) },
    }),
    () => ({ method: isWrong() ? 'data' : 'cancel', params: { id, ...bytes(manner) } }),
    () => ({ method: isWrong() ? 'end' : 'cancel', params: { id } }),
    () => ({ method: 'took', params: { id: isWrong() ? id : id + 1000, bytes: random.below(100_000) } }),
    () => ({ id: random.below(2 ** 31) + 1, result: random.pick(ODD) }),
    () => ({ id, error: isWrong() ? random.pick(ODD) : { code: random.pick(ODD), message: random.pick(ODD) } }),
    () => ({ id, method: random.pick(['nothing', 'constructor', '__proto__', 'run', 'release']), params: {} }),
  ])()
}

/** One place of it is not what it was. */
const spoil = (value: Record<string, unknown>, random: Random): Record<string, unknown> => {
  const names = Object.keys(value)
  const name = names[random.below(names.length)] ?? 'x'
  const inner = value[name]
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner) && random.chance(0.7)) {
    return { ...value, [name]: spoil(inner as Record<string, unknown>, random) }
  }
  return { ...value, [name]: random.pick(ODD) }
}

const GARBAGE: readonly [string, ...string[]] = [
  '',
  '{',
  '[[[[',
  'null',
  '"x"',
  '{"a":1}x',
  '\u0000',
  '{"__proto__":{"id":1}}',
  '['.repeat(5000),
]

const line = (manner: Manner): Buffer => {
  const { random, isWrong } = manner
  if (isWrong()) return Buffer.from(random.pick(GARBAGE))
  if (isWrong()) return Buffer.from(Array.from({ length: 200 }, () => random.below(256)).filter((byte) => byte !== 10))
  const made = frame(manner)
  return Buffer.from(JSON.stringify(isWrong() ? spoil(made, random) : made))
}

/** Lines, cut anywhere, as pipes do. */
const pieces = (manner: Manner): Buffer[] => {
  const { random } = manner
  const lines = Array.from({ length: 5 + random.below(60) }, () => [line(manner), Buffer.from('\n')])
  const all = Buffer.concat(lines.flat())
  const cut: Buffer[] = []
  for (let from = 0; from < all.length;) {
    const length = random.chance(0.1) ? 1 + random.below(8) : 1 + random.below(4000)
    cut.push(all.subarray(from, from + length))
    from += length
  }
  return cut
}

const play = async (seed: number) => {
  const how = manner(seed)
  const { random } = how
  const inside = memoryLink()
  const calls: string[] = []
  const { wire, frames } = listen(inside.link, {
    since: random.below(10),
    http: ({ path }) => {
      calls.push('http')
      if (random.chance(0.2)) return Promise.reject(new Error('refused'))
      if (random.chance(0.2)) return new Promise(() => undefined)
      return Promise.resolve({ status: 200, headers: {}, body: path.repeat(random.below(5000)) })
    },
    connect: () => {
      calls.push('connect')
      if (random.chance(0.3)) return Promise.reject(new Error('refused'))
      return Promise.resolve(new PassThrough())
    },
    closed: ({ kind }) => calls.push(`closed ${kind}`),
  })
  const asked = [
    wire.run({ command: ['x'], env: {}, cwd: '/', egress: true, deadline: 0 }),
    wire.ping(),
    wire.changes()[Symbol.asyncIterator]().next(),
    wire.read('file')[Symbol.asyncIterator]().next(),
  ].map((promise: Promise<unknown>) =>
    promise.then(
      () => 'answered',
      (error: Error) => error.name,
    ),
  )
  const last = wire.ping().catch(() => undefined)
  for (const piece of pieces(how)) inside.sayBytes(piece)
  if (random.chance(0.5))
    inside.say(...inside.heard.flatMap((heard) => ('id' in heard ? [{ id: heard.id, result: random.pick(ODD) }] : [])))
  const open = wire.open()
  inside.end()
  while (!calls.some((call) => call.startsWith('closed'))) await new Promise((resolve) => setImmediate(resolve))
  await last
  return { calls, frames, open, outcomes: await Promise.all(asked) }
}

test('three thousand hostile insides are each answered, refused or cut off', async () => {
  const ends: Record<string, number> = {}
  let served = 0
  for (let seed = 1; seed <= 3000; seed += 1) {
    const { calls, frames, open, outcomes } = await play(seed)
    const end = calls.filter((call) => call.startsWith('closed'))
    expect(end, `seed ${seed}`).toHaveLength(1)
    served += calls.length - 1
    expect(calls.at(-1), `seed ${seed}`).toBe(end[0])
    ends[end[0] ?? ''] = (ends[end[0] ?? ''] ?? 0) + 1
    for (const outcome of outcomes) expect(['answered', 'GantryError'], `seed ${seed}`).toContain(outcome)
    expect(open).toBeLessThanOrEqual(2 * MAX_OPEN)
    let lastSeq = 0
    for (const { seq, method, params } of frames) {
      expect(seq, `seed ${seed}`).toBeGreaterThan(lastSeq)
      lastSeq = seq
      if (method === 'log')
        expect('text' in params ? params.text.length : params.base64.length).toBeLessThanOrEqual(MAX_LOG_BYTES * 2)
    }
  }
  // All of it was reached, or the generator says nothing.
  expect(served).toBeGreaterThan(1000)
  expect(ends['closed violation']).toBeGreaterThan(500)
  expect(ends['closed ended']).toBeGreaterThan(500)
})

test('a line that never ends takes no more memory than a line may', async () => {
  const inside = memoryLink()
  const { closed } = listen(inside.link)
  const before = process.memoryUsage().arrayBuffers
  const crumb = Buffer.from('x')
  let most = 0
  for (let at = 0; at < 150_000; at += 1) {
    inside.sayBytes(crumb)
    if (at % 10_000 !== 0) continue
    while (inside.unread() > 0) await new Promise((resolve) => setImmediate(resolve))
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  expect(most).toBeLessThan(64 * 1024 * 1024)
  inside.end()
  expect(await closed).toEqual({ kind: 'ended' })
})

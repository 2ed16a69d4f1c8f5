import { statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { tempHome } from '../../testing/index.ts'
import { ALL_STREAMS } from './block.ts'
import { unpack } from './decode.ts'
import type { Item, Selection } from './messages.ts'
import { selectionOf } from './pages.ts'
import { logsFile, openTestStore, randomFrom, textItem } from './testing.ts'

type Store = ReturnType<typeof openTestStore>

const read = (store: Store, part: Partial<Selection> = {}) => {
  const found = store.read(selectionOf('agent1', {}, part))
  return { ...found, entries: unpack(found) }
}
const seqs = (store: Store, part: Partial<Selection> = {}) => read(store, part).entries.map(({ seq }) => seq)
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_value, index) => first + index)

/** A frame and a write a line, as from an agent that says little. */
const writeLines = (store: Store, count: number, line = (seq: number) => textItem(seq, `line ${seq}\n`)) => {
  const { wire_seq: start = 0 } = (store.connection.prepare("SELECT wire_seq FROM logs WHERE agent = 'agent1'").get() ??
    {}) as { wire_seq?: number }
  for (let seq = start + 1; seq <= start + count; seq += 1) store.write([line(seq)])
}
const blocks = (store: Store) => store.connection.prepare('SELECT count(*) FROM blocks').pluck().get()

const EVERY_THIRD_ERR = (seq: number): Item =>
  textItem(seq, `line ${seq}\n`, { stream: seq % 3 === 0 ? 'err' : 'out', at: seq * 1000 })

describe('reading', () => {
  test('goes on from a cursor until there is nothing more', () => {
    const store = openTestStore()
    writeLines(store, 1200)
    expect(seqs(store, { limit: 3 })).toEqual([1, 2, 3])
    expect(seqs(store, { limit: 3, after: 700 })).toEqual([701, 702, 703])
    expect(seqs(store, { limit: 500, after: 1198 })).toEqual([1199, 1200])
    expect(read(store, { limit: 3, after: 700 })).toMatchObject({ seen: 703, first: 1, last: 1200, cut: 0 })
    expect(read(store, { after: 1200 })).toMatchObject({ seen: 1200, entries: [] })
  })

  test('gives the last ones, in their order, before a cursor or before the end', () => {
    const store = openTestStore()
    writeLines(store, 1200)
    expect(seqs(store, { limit: 3, fromEnd: true })).toEqual([1198, 1199, 1200])
    expect(seqs(store, { limit: 3, fromEnd: true, before: 601 })).toEqual([598, 599, 600])
    expect(seqs(store, { limit: 9, fromEnd: true, before: 3 })).toEqual([1, 2])
    expect(seqs(store, { limit: 9, fromEnd: true, after: 1195, before: 1199 })).toEqual([1196, 1197, 1198])
    expect(seqs(store, { limit: 0, fromEnd: true })).toEqual([])
  })

  test('finds the same whatever cursor and limit are, as reading everything does', () => {
    const store = openTestStore()
    const random = randomFrom(7)
    for (let seq = 1; seq <= 300; seq += 1) {
      const lines = Array.from(
        { length: 1 + random(12) },
        (_value, index) => `${seq}.${index} ${'x'.repeat(random(200))}`,
      )
      store.write([textItem(seq, `${lines.join('\n')}\n`, { stream: random(3) === 0 ? 'err' : 'out' })])
    }
    const all = read(store, { limit: 1e6 }).entries
    for (let round = 0; round < 300; round += 1) {
      const after = random(all.length)
      const before = after + random(all.length)
      const limit = 1 + random(50)
      const streams = 1 + random(3)
      const wanted = all.filter(
        ({ seq, stream }) => seq > after && seq < before && (streams & (stream === 'out' ? 1 : 2)) !== 0,
      )
      const part = { after, before, limit, streams }
      expect(read(store, part).entries).toEqual(wanted.slice(0, limit))
      expect(read(store, { ...part, fromEnd: true }).entries).toEqual(wanted.slice(-limit))
    }
  })

  test('keeps to a number of bytes, yet always comes one entry further', () => {
    const store = openTestStore()
    writeLines(store, 5, (seq) => textItem(seq, `${'x'.repeat(1000)}${seq}\n`))
    expect(seqs(store, { bytes: 2500 })).toEqual([1, 2])
    expect(seqs(store, { bytes: 2500, fromEnd: true })).toEqual([4, 5])
    expect(seqs(store, { bytes: 10 })).toEqual([1])
    expect(seqs(store, { bytes: 10, fromEnd: true })).toEqual([5])
    expect(read(store, { bytes: 2500 }).seen).toBe(2)
  })

  test('keeps to streams and times', () => {
    const store = openTestStore()
    writeLines(store, 90, EVERY_THIRD_ERR)
    expect(seqs(store, { streams: 0b010, limit: 3 })).toEqual([3, 6, 9])
    expect(seqs(store, { streams: 0b010, limit: 2, fromEnd: true })).toEqual([87, 90])
    expect(seqs(store, { since: 80_000, until: 83_000 })).toEqual([80, 81, 82])
    expect(seqs(store, { since: 80_000, streams: 0b010 })).toEqual([81, 84, 87, 90])
    expect(read(store, { until: 3000 })).toMatchObject({ seen: 90 })
  })

  test('knows where the last so many of some streams begin', () => {
    const store = openTestStore()
    writeLines(store, 90, EVERY_THIRD_ERR)
    expect(store.startOfTail('agent1', 5, ALL_STREAMS)).toBe(85)
    expect(store.startOfTail('agent1', 0, ALL_STREAMS)).toBe(90)
    expect(store.startOfTail('agent1', 500, ALL_STREAMS)).toBe(0)
    expect(store.startOfTail('agent1', 2, 0b010)).toBe(86)
    expect(store.startOfTail('agent1', 500, 0b010)).toBe(0)
  })

  test('of an agent that never wrote anything finds nothing', () => {
    expect(read(openTestStore())).toMatchObject({ entries: [], first: null, last: 0, cut: 0, seen: 0 })
  })
})

describe('blocks', () => {
  test('of a quiet agent hold many lines, though each was written alone', () => {
    const store = openTestStore()
    writeLines(store, 2000)
    expect(blocks(store)).toBeLessThan(20)
    expect(seqs(store, { limit: 5000 })).toEqual(from(1, 2000))
  })

  test('of a busy agent are small enough to be read for one line', () => {
    const store = openTestStore()
    store.write(
      from(1, 100).map((seq) => textItem(seq, 'x'.repeat(99).concat('\n').repeat(300), { sizes: [1], at: seq * 10 })),
    )
    expect(store.connection.prepare('SELECT max(length(data)) FROM blocks').pluck().get()).toBeLessThan(130_000)
    expect(read(store, { limit: 1e6, bytes: 1e9 })).toMatchObject({ last: 30_000, seen: 30_000 })
    expect(seqs(store, { after: 29_998 })).toEqual([29_999, 30_000])
  })

  test('and what is said of them agree', () => {
    const store = openTestStore()
    writeLines(store, 500)
    const [size] = store.sizes()
    expect(size).toMatchObject({ agentId: 'agent1', lastAt: 1500 })
    expect(size?.bytes).toBe(store.connection.prepare('SELECT sum(bytes) FROM blocks').pluck().get())
  })
})

describe('a log that grows too long', () => {
  const LIMIT = 100_000
  const long = (seq: number) => textItem(seq, `${seq} ${'x'.repeat(990)}\n`)

  test('loses its oldest entries, says so once, and counts them', () => {
    const store = openTestStore(logsFile(tempHome()), LIMIT)
    writeLines(store, 400, long)
    const { entries, first, last, cut } = read(store, { limit: 1000 })
    expect(store.sizes()[0]?.bytes).toBeLessThanOrEqual(LIMIT)
    expect(first).toBeGreaterThan(250)
    expect(cut).toBe((first ?? 0) - 1)
    // One of them is ours, and it is not among the newest.
    expect(last).toBe(401)
    expect(entries.map(({ seq }) => seq)).toEqual(from(first ?? 0, last))
    expect(entries.at(-1)?.text).toMatch(/^400 x/)
  })

  test('says that its oldest part went, where it went', () => {
    const store = openTestStore(logsFile(tempHome()), LIMIT)
    writeLines(store, 120, long)
    const ours = read(store, { limit: 1000 }).entries.filter(({ stream }) => stream === 'gantry')
    expect(ours.map(({ text }) => text)).toEqual(['This log is longer than 0.1 MB: its oldest part is let go of'])
  })

  test('is shortened when less is allowed', () => {
    const store = openTestStore()
    writeLines(store, 400, long)
    store.limits.perAgentBytes = LIMIT
    store.cutAll()
    expect(store.sizes()[0]?.bytes).toBeLessThanOrEqual(LIMIT)
    expect(read(store, { limit: 1000 }).entries.filter(({ text }) => text?.startsWith('400 x'))).toHaveLength(1)
  })

  test('goes on with its numbers when all of it was let go of', () => {
    const store = openTestStore()
    writeLines(store, 10)
    store.clear('agent1', 'gone')
    writeLines(store, 1)
    expect(read(store)).toMatchObject({
      entries: [
        { seq: 11, stream: 'gantry', text: 'gone' },
        { seq: 12, text: 'line 11' },
      ],
      first: 11,
      last: 12,
      cut: 10,
    })
    store.clear('nobody', 'gone')
    expect(store.sizes()).toHaveLength(1)
  })
})

describe('letting go', () => {
  test('of the oldest of all takes from whoever wrote it', () => {
    const store = openTestStore()
    for (const agentId of ['agent1', 'agent2', 'agent3']) {
      store.write([textItem(1, 'x'.repeat(99_999).concat('\n'), { agentId })])
    }
    const before = store.sizes().map(({ bytes }) => bytes)
    expect(store.shorten(90_000)).toBeGreaterThanOrEqual(90_000)
    const after = store.sizes().map(({ bytes }) => bytes)
    expect(after[0]).toBeLessThan(before[0] ?? 0)
    expect(after.slice(1)).toEqual(before.slice(1))
    expect(store.shorten(1e9)).toBeGreaterThan(0)
    expect(store.shorten(1e9)).toBe(0)
    expect(read(store)).toMatchObject({ entries: [], first: null, cut: 2, last: 2 })
  })

  test('gives the disk its space back', () => {
    const file = logsFile(tempHome())
    const store = openTestStore(file)
    store.write(from(1, 100).map((seq) => textItem(seq, 'x'.repeat(99_999).concat('\n'), { at: seq * 10 })))
    store.connection.pragma('wal_checkpoint(TRUNCATE)')
    const before = statSync(file).size
    store.remove('agent1')
    while (store.freePages());
    store.connection.pragma('wal_checkpoint(TRUNCATE)')
    expect(before).toBeGreaterThan(9e6)
    expect(statSync(file).size).toBeLessThan(200_000)
    expect(store.sizes()).toEqual([])
    expect(store.position('agent1')).toBe(0)
    store.remove('agent1')
  })
})

test('the position and what came with it are there together or not at all', () => {
  const store = openTestStore()
  store.write([textItem(1, 'one\n')])
  store.connection.exec("CREATE TRIGGER refuse BEFORE UPDATE ON logs BEGIN SELECT RAISE(ABORT, 'no'); END")
  expect(() => store.write([textItem(2, 'two\n')])).toThrow('no')
  store.connection.exec('DROP TRIGGER refuse')
  expect(store.position('agent1')).toBe(1)
  expect(seqs(store)).toEqual([1])
  expect(store.write([textItem(2, 'two\n'), textItem(3, 'begun')])).toEqual([
    { agentId: 'agent1', wireSeq: 3, lastSeq: 2, waits: true },
  ])
  expect(store.waiting()).toEqual(['agent1'])
})

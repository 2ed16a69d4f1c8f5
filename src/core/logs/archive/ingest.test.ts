import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../../../contract/index.ts'
import { MAX_RUN_BYTES, type Run } from './block.ts'
import { unpack } from './decode.ts'
import { type LogState, absorb, entriesIn } from './ingest.ts'
import type { Item } from './messages.ts'
import { pack } from './select.ts'
import { bytesOf, randomFrom, textItem } from './testing.ts'

const EMPTY: LogState = { wireSeq: 0, lastAt: 0, lost: 0, waiting: [] }

/** Numbered as the store would number them. */
const entriesOf = (runs: readonly Run[]): LogEntry[] => {
  let seq = 1
  const placed = runs.map((run) => {
    const first = seq
    seq += run.entries
    return { seq: first, run }
  })
  return unpack(pack(placed))
}

/** Item by item, with a write after each `every`, and what waits at the end. */
const absorbAll = (items: readonly Item[], every = items.length) => {
  let state = EMPTY
  const runs: Run[] = []
  for (let at = 0; at < items.length; at += every) {
    const step = absorb(state, items.slice(at, at + every))
    runs.push(...step.runs)
    state = step.after
  }
  const rest = absorb(state, [{ kind: 'release', agentId: 'agent1' }])
  return { entries: entriesOf([...runs, ...rest.runs]), state: rest.after, before: state }
}

const texts = (items: readonly Item[], every?: number) =>
  absorbAll(items, every).entries.map(({ text, open }) => `${text}${open === true ? '…' : ''}`)

const bytesItem = (seq: number, bytes: Buffer): Item => ({
  kind: 'bytes',
  agentId: 'agent1',
  seq,
  stream: 'out',
  at: 1000 + seq,
  base64: bytes.toString('base64'),
})

describe('bytes', () => {
  test('come out as they went in, whatever they are and however they were cut', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomFrom(seed)
      const sent = { out: [] as Buffer[], err: [] as Buffer[] }
      const items: Item[] = []
      for (let seq = 1; seq <= 40; seq += 1) {
        const stream = random(3) === 0 ? 'err' : 'out'
        // Some of them all bytes there are, some of them few, so that line ends, \r and halves of characters are common.
        const letters = [0x0a, 0x0d, 0x1b, 0x41, 0xc3, 0xa4, 0xf0, 0x9f, 0x98, 0x80, 0x00]
        const size = random(20) === 0 ? random(150_000) : random(60)
        const bytes = Buffer.from(
          Array.from({ length: size }, () => (seed % 2 === 0 ? random(256) : (letters[random(letters.length)] ?? 0))),
        )
        sent[stream].push(bytes)
        items.push({
          kind: 'bytes',
          agentId: 'agent1',
          seq,
          stream,
          at: seq * random(4),
          base64: bytes.toString('base64'),
        })
      }
      const { entries } = absorbAll(items, 1 + random(40))
      expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, index) => index + 1))
      for (const stream of ['out', 'err'] as const) {
        expect(bytesOf(entries, stream) === Buffer.concat(sent[stream]).toString('latin1')).toBe(true)
      }
    }
  })

  test('of a character that was cut in two become that character', () => {
    const bytes = Buffer.from('größe 😀\n')
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const items = [bytesItem(1, bytes.subarray(0, cut)), bytesItem(2, bytes.subarray(cut))]
      expect(texts(items, 1)).toEqual(['größe 😀'])
    }
  })

  test('of a character that was cut in two far into a long line become that character', () => {
    const bytes = Buffer.from(`${'x'.repeat(9999)}😀${'y'.repeat(9999)}\n`)
    const items = [bytesItem(1, bytes.subarray(0, 10_001)), bytesItem(2, bytes.subarray(10_001))]
    expect(texts(items, 1)).toEqual([`${'x'.repeat(9999)}…`, `😀${'y'.repeat(9999)}`])
  })

  test('that are no text are kept as such, beside lines that are', () => {
    const { entries } = absorbAll([bytesItem(1, Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a, 0x62, 0x0a]))])
    expect(entries.map(({ text, base64 }) => text ?? base64)).toEqual(['a', '//4=', 'b'])
  })

  test('that tell a terminal what to do, and a mark at the beginning, stay in the text', () => {
    const line = '\ufeff10 %\r20 %\r\u001b[32mdone\u001b[0m\r'
    expect(texts([textItem(1, `${line}\n`)])).toEqual([line])
  })

  test('of a line of one megabyte are entries of 64 KiB at the most, all but the last of them open', () => {
    const line = 'ä'.repeat(524_288)
    const bytes = Buffer.from(`before\n${line}\nafter\n`)
    const items = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_value, index) =>
      bytesItem(index + 1, bytes.subarray(index * 65_536, (index + 1) * 65_536)),
    )
    for (const every of [1, items.length]) {
      const { entries } = absorbAll(items, every)
      const pieces = entries.slice(1, -1)
      expect(pieces.length).toBeGreaterThanOrEqual(16)
      expect(Math.max(...pieces.map(({ text = '' }) => Buffer.byteLength(text)))).toBeLessThanOrEqual(MAX_RUN_BYTES)
      expect(pieces.map(({ open }) => open === true)).toEqual(pieces.map((_piece, index) => index < pieces.length - 1))
      expect(pieces.map(({ text }) => text).join('') === line).toBe(true)
      expect(entries.at(-1)?.text).toBe('after')
    }
  })
})

describe('lines', () => {
  test('that come in pieces are put together, also over several writes', () => {
    const items = [textItem(1, 'one'), textItem(2, ' and'), textItem(3, ' two\nthree'), textItem(4, '\n')]
    expect(texts(items, 1)).toEqual(['one and two', 'three'])
  })

  test('of the two streams do not mix', () => {
    const items = [
      textItem(1, 'out '),
      textItem(2, 'err ', { stream: 'err' }),
      textItem(3, 'put\n'),
      textItem(4, 'or\n', { stream: 'err' }),
    ]
    expect(texts(items, 1)).toEqual(['out put', 'err or'])
  })

  test('whose beginning is long are not waited for', () => {
    const items = [textItem(1, 'x'.repeat(5000)), textItem(2, 'end\n')]
    expect(texts(items, 1)).toEqual([`${'x'.repeat(5000)}…`, 'end'])
  })

  test('that are not ended are open when they are released', () => {
    const { entries, before, state } = absorbAll([textItem(1, 'Password: ')])
    expect(before.waiting).toMatchObject([{ stream: 'out', entries: 1 }])
    expect(entries).toMatchObject([{ text: 'Password: ', open: true }])
    expect(state.waiting).toEqual([])
  })

  test('that are empty are entries too', () => {
    expect(texts([textItem(1, '\n\na\n\n')])).toEqual(['', '', 'a', ''])
  })
})

describe('frames', () => {
  test('that were seen before are left out, also where only some of those that travel together were', () => {
    const first = absorb(EMPTY, [textItem(1, 'one\n'), textItem(2, 'two\n')])
    const again = absorb(first.after, [
      textItem(1, 'one\n'),
      textItem(2, 'two\nthree ä\nfour\n', { sizes: [4, 8, 5] }),
      textItem(4, 'four\n'),
      bytesItem(4, Buffer.from('four\n')),
    ])
    expect(entriesOf(again.runs).map(({ text }) => text)).toEqual(['three ä', 'four'])
    expect(again.after.wireSeq).toBe(4)
  })

  test('that are missing are counted and told of, and the line before them is not glued to the one behind', () => {
    const { entries, state } = absorbAll([textItem(1, 'begun'), textItem(5, 'end\n')], 1)
    expect(entries.map(({ stream, text, open }) => [stream, text, open])).toEqual([
      ['out', 'begun', true],
      ['gantry', '3 pieces of output were lost on the way here', undefined],
      ['out', 'end', undefined],
    ])
    expect(state).toMatchObject({ wireSeq: 5, lost: 3 })
  })

  test('that are no output count as well: nothing is missing then', () => {
    const items: Item[] = [
      { kind: 'advance', agentId: 'agent1', seq: 2 },
      textItem(3, 'a\n'),
      { kind: 'advance', agentId: 'agent1', seq: 4 },
      textItem(5, 'b\n'),
    ]
    expect(absorbAll(items)).toMatchObject({ state: { wireSeq: 5, lost: 0 }, entries: [{ text: 'a' }, { text: 'b' }] })
  })

  test('of a warm box from before it was this agent’s are not missed', () => {
    expect(absorb(EMPTY, [{ kind: 'advance', agentId: 'agent1', seq: 7 }])).toMatchObject({
      after: { wireSeq: 7, lost: 0 },
      runs: [],
    })
  })

  test('that no output were and are missing are missed', () => {
    const { entries } = absorbAll([textItem(1, 'a\n'), { kind: 'advance', agentId: 'agent1', seq: 3 }])
    expect(entries.at(-1)).toMatchObject({ stream: 'gantry', text: '1 piece of output was lost on the way here' })
  })
})

test('what Gantry has to say stands in its place, under its time', () => {
  const { entries } = absorbAll([
    textItem(1, 'before\n'),
    { kind: 'note', agentId: 'agent1', at: 4000, text: 'Paused' },
    textItem(2, 'after\n', { at: 5000 }),
  ])
  expect(entries.map(({ stream, text, at }) => [stream, text, Date.parse(at)])).toEqual([
    ['out', 'before', 1001],
    ['gantry', 'Paused', 4000],
    ['out', 'after', 5000],
  ])
})

test('time does not run backwards, whatever the box says', () => {
  const items = [textItem(1, 'a\n', { at: 5000 }), textItem(2, 'b\n', { at: 10 }), textItem(3, 'c\n', { at: 6000 })]
  const times = absorbAll(items).entries.map(({ at }) => Date.parse(at))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times[2]).toBe(6000)
})

test('what could not be kept is counted in the lines that it would have been', () => {
  expect(entriesIn(textItem(1, 'a\nb\nc'))).toBe(3)
  expect(entriesIn(bytesItem(1, Buffer.from([0xff, 0x0a])))).toBe(1)
  expect(entriesIn({ kind: 'note', agentId: 'agent1', at: 0, text: 'x' })).toBe(0)
})

import { describe, expect, it } from 'vitest'
import type { LogEntry, LogStream } from '../../../contract/index.ts'
import { type LogWindow, createLogWindow } from './log-window.ts'
import { LONGEST_LINE, type LogRow } from './rows.ts'

const AT = '2026-11-21T14:00:00.000Z'
const entry = (seq: number, text: string, { stream = 'out' as LogStream, open = false } = {}): LogEntry => ({
  seq,
  at: AT,
  stream,
  text,
  ...(open ? { open } : {}),
})
const run = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(from + index, `line ${from + index}`))
const rowsOf = (window: LogWindow): LogRow[] =>
  Array.from({ length: window.length }, (_, index) => window.at(index)).filter((row) => row !== undefined)
const words = (window: LogWindow) =>
  rowsOf(window).map((row) => (row.kind === 'gap' ? `-- ${row.count} --` : `${row.stream} ${row.text}`))
const filled = (entries: readonly LogEntry[], options = {}, every = true) => {
  const window = createLogWindow(options)
  window.reset(entries, every)
  return window
}

describe('lines that are written in parts', () => {
  it('are joined with what the same stream writes next, whatever the other one writes between', () => {
    const window = filled([
      entry(1, 'a', { open: true }),
      entry(2, 'warning', { stream: 'err' }),
      entry(3, 'b', { open: true }),
      entry(4, 'c'),
      entry(5, 'd'),
    ])
    expect(words(window)).toEqual(['out abc', 'err warning', 'out d'])
    expect([window.first(), window.last()]).toEqual([1, 5])
  })

  it('are joined over the border of a page, on both sides', () => {
    const window = filled([entry(3, 'c'), entry(4, 'd', { open: true })])
    window.append([entry(5, 'e')], 0, 'end')
    window.prepend([entry(1, 'a'), entry(2, 'b', { open: true })], 'start')
    expect(words(window)).toEqual(['out a', 'out bc', 'out de'])
  })

  it('go on after an older page was joined to them', () => {
    const window = filled([entry(3, 'c', { open: true })])
    window.prepend([entry(2, 'b', { open: true })], 'start')
    window.append([entry(4, 'd')], 0, 'end')
    expect(words(window)).toEqual(['out bcd'])
  })

  it('are kept in part when they are endless', () => {
    const window = filled([entry(1, 'x'.repeat(LONGEST_LINE), { open: true }), entry(2, 'yz')])
    expect(window.at(0)).toMatchObject({ omitted: 2, open: false, last: 2 })
  })

  it('that are no text are shown as far as they can be', () => {
    const window = filled([{ seq: 1, at: AT, stream: 'out', base64: btoa('ab\u00FF') }])
    expect(window.at(0)).toMatchObject({ text: 'ab\uFFFD', binary: true })
  })
})

describe('what is missing', () => {
  it('is a row that says how much: numbers that are left out, and what the stream had to let go of', () => {
    const window = filled(run(1, 2))
    window.append(run(5, 5), 0, 'end')
    window.append(run(9, 9), 3, 'end')
    expect(words(window)).toEqual(['out line 1', 'out line 2', '-- 2 --', 'out line 5', '-- 3 --', 'out line 9'])
  })

  it('is not claimed where only some streams were asked for', () => {
    const window = filled([entry(1, 'a', { stream: 'err' })], {}, false)
    window.append([entry(7, 'b', { stream: 'err' })], 0, 'end')
    expect(words(window)).toEqual(['err a', 'err b'])
  })

  it('is never there twice: entries that come again are left out', () => {
    const window = filled(run(1, 5))
    window.append(run(3, 7), 0, 'end')
    window.prepend(run(1, 3), 'start')
    expect(rowsOf(window).map(({ key }) => key)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })
})

describe('a window that is full', () => {
  it('lets go of the oldest rows while it follows', () => {
    const window = filled(run(1, 10), { lines: 4 })
    expect([window.first(), window.last(), window.length]).toEqual([7, 10, 4])
  })

  it('takes nothing more while somebody reads further up, and then goes on from there', () => {
    const window = filled(run(1, 3), { lines: 4 })
    expect(window.append(run(4, 6), 0, 'start')).toBe(false)
    expect([window.first(), window.last()]).toEqual([1, 4])
    expect(window.append(run(5, 6), 0, 'end')).toBe(true)
    expect([window.first(), window.last()]).toEqual([3, 6])
  })

  it('lets go of the newest rows when older ones are read, and says so', () => {
    const window = filled(run(5, 8), { lines: 4 })
    expect(window.prepend(run(1, 2), 'start')).toBe(false)
    expect([window.first(), window.last()]).toEqual([1, 6])
  })

  it('takes only as many older rows as there is room for while it follows', () => {
    const window = filled(run(5, 7), { lines: 4 })
    expect(window.prepend(run(1, 4), 'end')).toBe(true)
    expect([window.first(), window.last()]).toEqual([4, 7])
  })

  it('counts characters as well as lines', () => {
    const window = filled(run(1, 100), { characters: 60 })
    expect(window.length).toBeLessThan(12)
    expect(window.last()).toBe(100)
  })
})

it('finds the row that holds an entry', () => {
  const window = filled([entry(1, 'a', { open: true }), entry(2, 'x', { stream: 'err' }), entry(3, 'b'), entry(4, 'c')])
  expect([0, 1, 2, 3, 4, 99].map((seq) => rowsOf(window)[window.indexOf(seq)]?.key)).toEqual([1, 1, 2, 2, 4, 4])
})

/** A source of numbers that are the same in every run. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (state * 16_807) % 2_147_483_647
    return state % below
  }
}

it.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
  'shows what is in the store, read up and down in pages of any size (%d)',
  (seed) => {
    const next = numbers(seed)
    const store = Array.from({ length: 300 }, (_, index) =>
      entry(index + 1, `${index + 1} `, { stream: next(3) === 0 ? 'err' : 'out', open: next(4) === 0 }),
    )
    const truth = new Map(rowsOf(filled(store)).map((row) => [row.key, row]))
    const window = filled(store.slice(140, 160), { lines: 60 })
    for (let step = 0; step < 60; step += 1) {
      const size = 1 + next(30)
      const [first, last] = [window.first() ?? 1, window.last() ?? 0]
      if (next(2) === 0) window.prepend(store.slice(Math.max(first - 1 - size, 0), first - 1), 'start')
      else window.append(store.slice(last, last + size), 0, 'end')
    }
    const keys = rowsOf(window).map(({ key }) => key)
    expect(keys).toEqual(keys.toSorted((a, b) => a - b))
    expect(new Set(keys).size).toBe(keys.length)
    // The first and the last line of a stream may have parts beyond what is held.
    for (const stream of ['out', 'err']) {
      const ofStream = rowsOf(window).filter((row) => row.kind === 'line' && row.stream === stream)
      for (const row of ofStream.slice(1, -1)) expect(row).toEqual(truth.get(row.key))
    }
  },
)

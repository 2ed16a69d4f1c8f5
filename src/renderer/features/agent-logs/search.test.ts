import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../../contract/index.ts'
import { createHits } from './hits.ts'
import { createLogWindow } from './log-window.ts'
import { type Matcher, createMatcher } from './matcher.ts'

const entry = (seq: number, text: string, open = false): LogEntry => ({
  seq,
  at: '2026-11-21T14:00:00.000Z',
  stream: 'out',
  text,
  ...(open ? { open } : {}),
})
const run = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(from + index, `line ${from + index}`))

const lookingFor = (query: string, isRegex = false): Matcher => {
  const { matcher } = createMatcher(query, isRegex)
  if (matcher === null) throw new Error('no matcher')
  return matcher
}

describe('what is looked for', () => {
  it('is found whatever its case, and its signs mean themselves', () => {
    expect(lookingFor('A.b(').ranges('xa.b( a?b( A.B(')).toEqual([
      [1, 5],
      [11, 15],
    ])
  })

  it('may be a regular expression, which then means what the store means by it', () => {
    expect(lookingFor('l[a-z]+e', true).ranges('line and lie')).toEqual([
      [0, 4],
      [9, 12],
    ])
    expect(lookingFor('a.b').grep).toBe(String.raw`a\.b`)
  })

  it('says that an expression is not complete, and does nothing with an empty one', () => {
    expect(createMatcher('(', true)).toMatchObject({ matcher: null, problem: expect.any(String) })
    expect(createMatcher('', true)).toEqual({ matcher: null, problem: null })
  })

  it('never marks nothing, however often that is found', () => {
    expect(lookingFor('x*', true).ranges('aaa')).toEqual([])
  })
})

describe('the rows that match', () => {
  it('are found in parts, and each only once', () => {
    const window = createLogWindow()
    window.reset(run(1, 50), true)
    let tests = 0
    const plain = lookingFor('line 4')
    const hits = createHits({ ...plain, test: (text) => ((tests += 1), plain.test(text)) })
    expect(hits.update(window, 20)).toBe(false)
    expect(hits.update(window, 20)).toBe(false)
    expect(hits.update(window, 20)).toBe(true)
    expect(hits.keys()).toEqual([4, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49])
    window.append(run(51, 52), 0, 'end')
    hits.update(window)
    expect(tests).toBe(52)
  })

  it('follow the window up and down, and go with what it lets go of', () => {
    const window = createLogWindow({ lines: 10 })
    window.reset(run(20, 29), true)
    const hits = createHits(lookingFor('line'))
    hits.update(window)
    window.prepend(run(15, 19), 'start')
    hits.update(window)
    expect(hits.keys()).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24])
    window.append(run(25, 28), 0, 'end')
    hits.update(window)
    expect(hits.keys()).toEqual([19, 20, 21, 22, 23, 24, 25, 26, 27, 28])
    window.reset(run(100, 101), true)
    hits.update(window)
    expect(hits.keys()).toEqual([100, 101])
    window.reset([], true)
    hits.update(window)
    expect(hits.keys()).toEqual([])
  })

  it('are those of lines that match only once they have gone on', () => {
    const window = createLogWindow()
    window.reset([entry(1, 'find ', true)], true)
    const hits = createHits(lookingFor('find me'))
    hits.update(window)
    expect(hits.keys()).toEqual([])
    window.append([entry(2, 'me', true)], 0, 'end')
    hits.update(window)
    expect(hits.keys()).toEqual([1])
  })

  it('are looked for in what is read, without colours and overwritten states', () => {
    const window = createLogWindow()
    window.reset([entry(1, '\u001B[31mfi\u001B[0mnd'), entry(2, 'find\rgone')], true)
    const hits = createHits(lookingFor('find'))
    hits.update(window)
    expect(hits.keys()).toEqual([1])
  })
})

import { describe, expect, test } from 'vitest'
import { tempHome } from '../../testing/index.ts'
import { unpack } from './decode.ts'
import type { FromSearch, Item, SearchThread, Selection } from './messages.ts'
import { selectionOf } from './pages.ts'
import { scan } from './scan.ts'
import { logsFile, openTestStore, textItem } from './testing.ts'

const written = (...items: Item[]) => {
  const file = logsFile(tempHome())
  const store = openTestStore(file)
  for (const item of items) store.write([item])
  store.write([...new Set(items.map(({ agentId }) => agentId))].map((agentId) => ({ kind: 'release', agentId })))
  return file
}

const search = (file: string, pattern: string, part: Partial<Selection> = {}, data: Partial<SearchThread> = {}) => {
  const said: FromSearch[] = []
  const selection = selectionOf('agent1', {}, part)
  scan(
    {
      kind: 'search',
      file,
      pattern,
      ignoreCase: false,
      limit: selection.limit,
      selections: [selection],
      newestFirst: false,
      ...data,
    },
    (message) => said.push(message),
  )
  const hits = said.flatMap((message) =>
    message.kind === 'hits' ? unpack(message.hits).map((entry) => ({ ...entry, agentId: message.agentId })) : [],
  )
  return {
    said,
    hits,
    texts: hits.map(({ text, open }) => `${text}${open === true ? '…' : ''}`),
    seen: said.flatMap((message) => (message.kind === 'seen' ? [message.seen] : [])).at(-1),
    end: said.at(-1),
  }
}

const LINES = Array.from({ length: 1000 }, (_value, index) => textItem(index + 1, `line ${index + 1}\n`))

describe('a search', () => {
  test('finds the lines that match, and says how far it looked', () => {
    const file = written(...LINES)
    const found = search(file, '7$', { limit: 3 })
    expect(found.texts).toEqual(['line 7', 'line 17', 'line 27'])
    expect(found.hits.map(({ seq }) => seq)).toEqual([7, 17, 27])
    expect(found).toMatchObject({ seen: 27, end: { kind: 'done', complete: false } })
    expect(search(file, '7$', { limit: 3, after: found.seen ?? 0 }).texts).toEqual(['line 37', 'line 47', 'line 57'])
    expect(search(file, 'nothing')).toMatchObject({ hits: [], seen: 1000, end: { complete: true } })
  })

  test('gives the last ones when those are wanted', () => {
    const file = written(...LINES)
    expect(search(file, '7$', { limit: 2, fromEnd: true }).texts).toEqual(['line 987', 'line 997'])
    expect(search(file, '7$', { limit: 2, fromEnd: true, before: 500 }).texts).toEqual(['line 487', 'line 497'])
    expect(search(file, '^line', { limit: 400, fromEnd: true }).texts[0]).toBe('line 601')
  })

  test('keeps to bytes, streams and times', () => {
    const file = written(
      ...LINES.slice(0, 30).map(
        (item, index): Item => ({ ...item, ...(index % 2 === 0 ? { stream: 'err' } : {}) }) as Item,
      ),
    )
    expect(search(file, 'line', { streams: 0b010, limit: 2 }).texts).toEqual(['line 1', 'line 3'])
    expect(search(file, 'line', { since: 1010, until: 1012 }).texts).toEqual(['line 10', 'line 11'])
    expect(search(file, 'line', { bytes: 20 }).texts).toEqual(['line 1', 'line 2', 'line 3'])
    expect(search(file, 'line', { bytes: 20, fromEnd: true }).texts).toEqual(['line 29', 'line 30'])
  })

  test('looks at lines as they are seen: without colours and line ends, in one piece', () => {
    const file = written(
      textItem(1, '\u001b[31merr\u001b[0mor here\r\n'),
      textItem(2, 'Downloading '),
      { kind: 'release', agentId: 'agent1' },
      textItem(3, 'something\n', { stream: 'err' }),
      textItem(4, 'done\n'),
      textItem(5, '\u001b]0;title\u0007prompt$ '),
    )
    expect(search(file, '^error here$').hits.map(({ seq }) => seq)).toEqual([1])
    expect(search(file, '^Downloading done$').texts).toEqual(['Downloading …', 'done'])
    expect(search(file, '\\x1b\\[31m').hits).toHaveLength(1)
    expect(search(file, '^prompt\\$ $').texts).toEqual(['\u001b]0;title\u0007prompt$ …'])
    expect(search(file, 'DONE', {}, { ignoreCase: true }).texts).toEqual(['Downloading …', 'done'])
  })

  test('gives a line that reaches over the end of a page whole, and does not repeat it', () => {
    const file = written(
      textItem(1, 'a match\nanother '),
      { kind: 'release', agentId: 'agent1' },
      textItem(2, 'match\n'),
      textItem(3, 'third match\n'),
    )
    const first = search(file, 'match', { limit: 2 })
    expect(first.texts).toEqual(['a match', 'another …', 'match'])
    expect(search(file, 'match', { limit: 2, after: first.seen ?? 0 }).texts).toEqual(['third match'])
  })

  test('gives a line that has no end yet when the page behind it would not begin before it', () => {
    const file = written(
      textItem(1, 'match begun', { stream: 'err' }),
      { kind: 'release', agentId: 'agent1' },
      textItem(2, 'a match\n'),
      textItem(3, ' and ended\n', { stream: 'err' }),
    )
    expect(search(file, 'match', { limit: 1 }).texts).toEqual(['match begun…', 'a match'])
  })

  test('of many logs gives no more bytes than of one', () => {
    const ids = ['agent1', 'agent2', 'agent3']
    const file = written(...ids.map((agentId) => textItem(1, `${'x'.repeat(100)}\n`, { agentId })))
    const selections = ids.map((id) => selectionOf(id, {}, { fromEnd: true, bytes: 150 }))
    const found = search(file, 'x', {}, { selections, newestFirst: true })
    expect(found.hits.map(({ agentId }) => agentId)).toEqual(['agent3', 'agent2'])
    expect(found.end).toEqual({ kind: 'done', complete: false })
  })

  test('looks at a line that never ends by the piece', () => {
    const file = written(
      ...Array.from({ length: 40 }, (_value, index) => textItem(index + 1, `${index} `.padEnd(5000, 'x'))),
    )
    expect(search(file, '^17 x').hits.length).toBeLessThan(20)
    expect(search(file, '39 x').hits.length).toBeGreaterThan(0)
    expect(search(file, '40 x').hits).toEqual([])
  })

  test('finds what is no text too', () => {
    const file = written({
      kind: 'bytes',
      agentId: 'agent1',
      seq: 1,
      stream: 'out',
      at: 0,
      base64: Buffer.from([0xff, 0x61, 0x62, 0x0a]).toString('base64'),
    })
    expect(search(file, 'ab').hits).toMatchObject([{ seq: 1, base64: '/2Fi' }])
  })

  test('of many logs begins with the newest, and says whether it got to the oldest', () => {
    const file = written(
      ...['oldest', 'middle', 'newest'].flatMap((agentId) =>
        [1, 2].map((seq) => textItem(seq, `${agentId} ${seq}\n`, { agentId })),
      ),
    )
    const selections = ['middle', 'newest', 'oldest', 'nobody'].map((id) => selectionOf(id, {}, { fromEnd: true }))
    const all = search(file, '\\d', {}, { selections, newestFirst: true })
    expect(all.texts).toEqual(['newest 1', 'newest 2', 'middle 1', 'middle 2', 'oldest 1', 'oldest 2'])
    expect(all.end).toEqual({ kind: 'done', complete: true })
    const some = search(file, '\\d', {}, { selections, newestFirst: true, limit: 3 })
    expect(some.texts).toEqual(['newest 1', 'newest 2', 'middle 2'])
    expect(some.end).toEqual({ kind: 'done', complete: false })
  })

  test('says what is wrong with the pattern, or with the file', () => {
    const file = written(textItem(1, 'a\n'))
    expect(search(file, '(').end).toMatchObject({ kind: 'failed', reason: 'pattern' })
    expect(search(`${file}.not`, 'a').end).toMatchObject({ kind: 'failed', reason: 'archive' })
  })
})

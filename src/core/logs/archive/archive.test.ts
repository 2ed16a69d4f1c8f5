import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { GantryError } from '../../../contract/index.ts'
import { manualClock, tempHome, until } from '../../testing/index.ts'
import { LIMITS, MEGABYTE, bytesOf, chunk, logsFile, openTestArchive, query, randomFrom, readAll } from './testing.ts'
import type { Archive, Kept } from './types.ts'

const failure = async (promise: Promise<unknown>): Promise<GantryError> => {
  const thrown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (thrown instanceof GantryError) return thrown
  throw thrown
}

const texts = async (archive: Archive, part = {}) =>
  (await archive.page(query(part))).items.map(({ text, open }) => `${text}${open === true ? '…' : ''}`)

const append = (archive: Archive, first: number, last: number, agentId = 'agent1') => {
  for (let seq = first; seq <= last; seq += 1) archive.append(agentId, chunk(seq, `line ${seq}\n`))
}

describe('what agents write', () => {
  test('is read as soon as it was appended, numbered without a gap, stream by stream', async () => {
    const archive = openTestArchive()
    archive.note('agent1', 'Preparing the box')
    archive.append('agent1', chunk(1, 'out\n'))
    archive.append('agent1', chunk(2, 'err\n', { stream: 'err' }))
    archive.append('agent1', chunk(3, 'Password: '))
    const { items, ...rest } = await archive.page(query())
    expect(items.map(({ seq, stream, text, open }) => [seq, stream, text, open])).toEqual([
      [1, 'gantry', 'Preparing the box', undefined],
      [2, 'out', 'out', undefined],
      [3, 'err', 'err', undefined],
      [4, 'out', 'Password: ', true],
    ])
    expect(rest).toEqual({ next: null, first: 1, last: 4, cut: 0 })
    expect(await texts(archive, { streams: ['err'] })).toEqual(['err'])
    expect(await archive.page(query({ id: 'nobody' }))).toEqual({ items: [], next: null, first: null, last: 0, cut: 0 })
  })

  test('keeps every byte over pages, a close and a new start', async () => {
    const home = tempHome()
    const random = randomFrom(3)
    const sent = Array.from({ length: 200 }, () => Buffer.from(Array.from({ length: random(2000) }, () => random(256))))
    let archive = openTestArchive({ home })
    for (const [index, bytes] of sent.entries()) {
      archive.append('agent1', {
        seq: index + 1,
        stream: 'out',
        at: Date.now(),
        bytes: { base64: bytes.toString('base64') },
      })
      if (index % 50 !== 49) continue
      await archive.close()
      archive = openTestArchive({ home })
      expect(await archive.position('agent1')).toBe(index + 1)
    }
    const entries = await readAll(archive, { limit: 77 })
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, index) => index + 1))
    expect(bytesOf(entries, 'out') === Buffer.concat(sent).toString('latin1')).toBe(true)
  })

  test('is paged by cursor, from the end, and by time', async () => {
    const clock = manualClock()
    const archive = openTestArchive({ now: clock.now })
    for (let seq = 1; seq <= 30; seq += 1) {
      clock.pass(1000)
      archive.append('agent1', chunk(seq, `line ${seq}\n`, { at: clock.now().getTime() }))
    }
    expect(await archive.page(query({ after: 10, limit: 2 }))).toMatchObject({
      items: [{ seq: 11 }, { seq: 12 }],
      next: 12,
    })
    expect(await archive.page(query({ before: 11, limit: 2 }))).toMatchObject({
      items: [{ seq: 9 }, { seq: 10 }],
      next: 10,
    })
    expect(await archive.page(query({ tail: 2 }))).toMatchObject({ items: [{ seq: 29 }, { seq: 30 }], next: null })
    expect(await archive.page(query({ tail: 0 }))).toMatchObject({ items: [], next: null, last: 30 })
    expect(await texts(archive, { tail: 600 })).toHaveLength(30)
    const window = { since: '2026-11-21T14:00:03Z', until: '2026-11-21T15:00:05+01:00' }
    expect(await texts(archive, window)).toEqual(['line 3', 'line 4'])
  })

  test('has times that are not in the future and not before 1970, whatever the box says', async () => {
    const { now } = manualClock()
    const archive = openTestArchive({ now })
    for (const [index, at] of [-1e300, 50.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300].entries()) {
      archive.append('agent1', chunk(index + 1, `${at}\n`, { at }))
    }
    expect((await archive.page(query())).items.map(({ at }) => at)).toEqual([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.050Z',
      ...Array.from({ length: 3 }, () => now().toISOString()),
    ])
  })

  test('with a number that is none is no part of it', async () => {
    const archive = openTestArchive()
    for (const seq of [0, -1, 1.5, Number.NaN, 2 ** 60]) {
      archive.append('agent1', chunk(seq, 'never\n'))
      archive.advance('agent1', seq)
    }
    append(archive, 1, 1)
    expect(await texts(archive)).toEqual(['line 1'])
  })

  test('is told of when it is on the disk, with the frames of the wire that it came in', async () => {
    const archive = openTestArchive()
    const kept: Kept[] = []
    const off = archive.onCommitted((one) => kept.push(one))
    append(archive, 1, 3)
    archive.advance('agent1', 4)
    append(archive, 1, 1, 'agent2')
    await until(() => kept.length === 2 || undefined, 'both agents to be told of')
    expect(kept).toEqual([
      { agentId: 'agent1', wireSeq: 4, lastSeq: 3 },
      { agentId: 'agent2', wireSeq: 1, lastSeq: 1 },
    ])
    off()
    append(archive, 5, 5)
    expect(await archive.position('agent1')).toBe(5)
    expect(kept).toHaveLength(2)
  })

  test('is forgotten with the agent', async () => {
    const archive = openTestArchive()
    append(archive, 1, 5)
    await archive.position('agent1')
    append(archive, 6, 9)
    await archive.remove('agent1')
    expect(await archive.page(query())).toMatchObject({ items: [], last: 0 })
    expect(await archive.position('agent1')).toBe(0)
  })

  test('makes those who send it wait while there is too much of it, and not for ever', async () => {
    const archive = openTestArchive()
    const line = `${'x'.repeat(999)}\n`
    expect(archive.ready()).toBeUndefined()
    let seq = 0
    let ready: Promise<void> | undefined
    while (ready === undefined) {
      seq += 1
      archive.append('agent1', chunk(seq, line.repeat(64)))
      ready = archive.ready()
    }
    expect(seq * 64_000).toBeGreaterThan(MEGABYTE)
    expect(seq * 64_000).toBeLessThan(4 * MEGABYTE)
    await ready
    expect(archive.ready()).toBeUndefined()
    expect((await archive.page(query({ tail: 1 }))).last).toBe(seq * 64)
  })
})

describe('a search', () => {
  test('finds lines in one log, page by page', async () => {
    const archive = openTestArchive()
    append(archive, 1, 2000)
    const first = await archive.page(query({ grep: '00$', limit: 4 }))
    expect(first.items.map(({ text }) => text)).toEqual(['line 100', 'line 200', 'line 300', 'line 400'])
    expect(first).toMatchObject({ next: 400, first: 1, last: 2000, cut: 0 })
    const rest = await archive.page(query({ grep: '00$', after: first.next ?? 0 }))
    expect(rest).toMatchObject({ items: { length: 16 }, next: null })
    expect(await texts(archive, { grep: 'LINE 1.00$', ignoreCase: true, tail: 1 })).toEqual(['line 1900'])
    expect(await archive.page(query({ grep: '00$', before: 300, limit: 9 }))).toMatchObject({
      items: [{ text: 'line 100' }, { text: 'line 200' }],
      next: 299,
    })
  })

  test('finds lines in all logs, the newest first', async () => {
    const archive = openTestArchive()
    append(archive, 1, 3, 'agent1')
    append(archive, 1, 3, 'agent2')
    const find = (part: object) =>
      archive.search({ grep: '[23]', ids: ['agent1', 'agent2'], limit: 10, ignoreCase: false, ...part })
    const { items, complete } = await find({})
    expect(items.map(({ agentId, seq }) => [agentId, seq])).toEqual([
      ['agent2', 3],
      ['agent2', 2],
      ['agent1', 3],
      ['agent1', 2],
    ])
    expect(complete).toBe(true)
    expect(await find({ limit: 3 })).toMatchObject({ items: { length: 3 }, complete: false })
    expect(await find({ ids: ['agent1'], streams: ['err'] })).toEqual({ items: [], complete: true })
    expect(await find({ ids: [] })).toEqual({ items: [], complete: true })
  })

  test('finds nothing where nothing was ever written', async () => {
    const archive = openTestArchive()
    expect(await archive.page(query({ grep: 'a' }))).toEqual({ items: [], next: null, first: null, last: 0, cut: 0 })
  })

  test.each(['(', '[a', '*', '(?<a>.)\\k<b>'])('with the pattern %s says what is wrong with it', async (grep) => {
    const archive = openTestArchive()
    append(archive, 1, 1)
    const refusals = [
      archive.page(query({ grep })),
      archive.search({ grep, ids: ['agent1'], limit: 1, ignoreCase: false }),
    ]
    for (const refusal of refusals) {
      const error = await failure(refusal)
      expect(error).toMatchObject({ code: 'E_SCHEMA', details: { field: 'grep' } })
      expect(error.hint).toContain('\\')
    }
  })

  test('whose pattern never comes to an end is ended, and nothing waits for it', async () => {
    const archive = openTestArchive({ searchMs: 400 })
    archive.append('agent1', chunk(1, `${'a'.repeat(5000)}!\n`))
    const endless = '^(a+)+$'
    const paged = failure(archive.page(query({ grep: endless })))
    const searched = archive.search({ grep: endless, ids: ['agent1'], limit: 5, ignoreCase: false })
    const third = failure(archive.page(query({ grep: endless, tail: 1 })))
    append(archive, 2, 100)
    expect((await archive.page(query({ tail: 1 }))).last).toBe(100)
    expect(await searched).toEqual({ items: [], complete: false })
    for (const error of await Promise.all([paged, third])) {
      expect(error.code).toBe('E_TIMEOUT')
      expect(error.hint).toContain('simpler')
    }
  })

  test('that runs when Gantry stops is ended', async () => {
    const archive = openTestArchive()
    archive.append('agent1', chunk(1, `${'a'.repeat(5000)}!\n`))
    await archive.position('agent1')
    const running = [1, 2, 3].map(() => failure(archive.page(query({ grep: '^(a+)+$' }))))
    await archive.page(query())
    await archive.close()
    for (const error of await Promise.all(running)) expect(error.code).toBe('E_UNAVAILABLE')
  })
})

describe('what there is too much of', () => {
  const fill = async (archive: Archive, agentId: string) => {
    archive.append(agentId, chunk(1, `${'x'.repeat(999)}\n`.repeat(400)))
    await archive.position(agentId)
  }

  test('goes with the agent that ended first, then with the oldest of those that run', async () => {
    const clock = manualClock()
    const archive = openTestArchive({ now: clock.now })
    for (const agentId of ['runs', 'first', 'second', 'third']) {
      await fill(archive, agentId)
      clock.pass(1000)
    }
    const isEnded = (agentId: string) => agentId !== 'runs'
    const prune = (totalBytes: number) => archive.prune({ ...LIMITS, totalBytes, isEnded })
    expect(await prune(2 * MEGABYTE)).toEqual({ cleared: [], shortenedBytes: 0 })
    expect(await prune(0.9 * MEGABYTE)).toEqual({ cleared: ['first', 'second'], shortenedBytes: 0 })
    expect(await archive.page(query({ id: 'first' }))).toMatchObject({
      items: [{ seq: 401, stream: 'gantry', text: 'This log was let go of, to make room for newer ones' }],
      first: 401,
      last: 401,
      cut: 400,
    })
    expect(await archive.page(query({ id: 'runs', tail: 1 }))).toMatchObject({ first: 1, last: 400 })
    const last = await prune(100_000)
    expect(last.cleared).toEqual(['third'])
    expect(last.shortenedBytes).toBeGreaterThan(200_000)
    const sizes = await archive.sizes()
    expect(sizes.bytes).toBeLessThanOrEqual(100_000)
    expect(sizes.agents.map(({ agentId }) => agentId)).toEqual(['runs', 'first', 'second', 'third'])
    expect(sizes.fileBytes).toBeGreaterThan(0)
    const runs = await archive.page(query({ id: 'runs', tail: 1 }))
    expect(runs.last).toBe(400)
    expect(runs.cut).toBeGreaterThan(200)
  })

  test('in one log is cut when less is allowed', async () => {
    const archive = openTestArchive()
    await fill(archive, 'agent1')
    await archive.prune({ ...LIMITS, perAgentBytes: 200_000, isEnded: () => false })
    const [size] = (await archive.sizes()).agents
    expect(size?.bytes).toBeLessThanOrEqual(200_000)
  })

  test('is looked for without starting anything where nothing was written', async () => {
    const home = tempHome()
    const archive = openTestArchive({ home })
    expect(await archive.prune({ ...LIMITS, isEnded: () => true })).toEqual({ cleared: [], shortenedBytes: 0 })
    await archive.close()
    expect(existsSync(logsFile(home))).toBe(false)
  })
})

describe('closing', () => {
  test('writes everything that was appended, and takes nothing more', async () => {
    const home = tempHome()
    const archive = openTestArchive({ home })
    append(archive, 1, 5000)
    archive.append('agent1', chunk(5001, 'begun'))
    await archive.close()
    append(archive, 5002, 5002)
    expect((await failure(archive.page(query()))).code).toBe('E_UNAVAILABLE')
    expect(archive.ready()).toBeUndefined()
    await archive.close()
    const again = openTestArchive({ home })
    expect(await again.position('agent1')).toBe(5001)
    expect(await texts(again, { tail: 2 })).toEqual(['line 5000', 'begun…'])
  })

  test('of one that was not used for a while happens by itself, and it opens again when it is used', async () => {
    const home = tempHome()
    const archive = openTestArchive({ home, idleMs: 30 })
    append(archive, 1, 1)
    await archive.position('agent1')
    // The last connection to the file takes the journal with it.
    await until(() => (existsSync(`${logsFile(home)}-wal`) ? undefined : true), 'the thread to end')
    append(archive, 2, 2)
    expect(await texts(archive)).toEqual(['line 1', 'line 2'])
  })
})

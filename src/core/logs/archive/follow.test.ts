import { describe, expect, test } from 'vitest'
import { until } from '../../testing/index.ts'
import { encodeRuns, runOf } from './block.ts'
import { createBell, follow as followLog } from './follow.ts'
import { chunk, openTestArchive } from './testing.ts'
import type { Archive, FollowFrom } from './types.ts'

const append = (archive: Archive, first: number, last: number, part = {}) => {
  for (let seq = first; seq <= last; seq += 1) archive.append('agent1', chunk(seq, `line ${seq}\n`, part))
}

/** Reads on its own; what it has read can be looked at. */
const follow = (archive: Archive, from: Partial<FollowFrom> = {}, signal?: AbortSignal) => {
  const seqs: number[] = []
  const texts: (string | undefined)[] = []
  let missed = 0
  let isOver = false
  const done = (async () => {
    for await (const batch of archive.follow('agent1', { isEnded: () => false, ...from }, signal)) {
      seqs.push(...batch.entries.map(({ seq }) => seq))
      texts.push(...batch.entries.map(({ text }) => text))
      missed += batch.missed
    }
    isOver = true
  })()
  return {
    done,
    seqs,
    texts,
    missed: () => missed,
    isOver: () => isOver,
    until: (count: number) => until(() => seqs.length >= count || undefined, `${count} entries`),
  }
}

const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_value, index) => first + index)

describe('a follower', () => {
  test('reads what was written before and what is written then, each once', async () => {
    const archive = openTestArchive()
    append(archive, 1, 1500)
    const reader = follow(archive)
    await reader.until(1500)
    append(archive, 1501, 1503)
    await reader.until(1503)
    append(archive, 1504, 3000)
    await reader.until(3000)
    expect(reader.seqs).toEqual(from(1, 3000))
    expect(reader.missed()).toBe(0)
  })

  test('starts after an entry, or with the last so many, of the streams it wants', async () => {
    const archive = openTestArchive()
    append(archive, 1, 10)
    append(archive, 11, 12, { stream: 'err' })
    const after = follow(archive, { after: 9 })
    const tail = follow(archive, { tail: 2 })
    const none = follow(archive, { tail: 0 })
    const both = follow(archive, { after: 11, tail: 5 })
    const errors = follow(archive, { streams: ['err'], tail: 1 })
    await Promise.all([after.until(3), tail.until(2), both.until(1), errors.until(1)])
    append(archive, 13, 14)
    append(archive, 15, 15, { stream: 'err' })
    await Promise.all([after.until(6), tail.until(5), none.until(3), both.until(4), errors.until(2)])
    expect(after.seqs).toEqual(from(10, 15))
    expect(tail.seqs).toEqual(from(11, 15))
    expect(none.seqs).toEqual(from(13, 15))
    expect(both.seqs).toEqual(from(12, 15))
    expect(errors.seqs).toEqual([12, 15])
  })

  test('that starts after an entry that is not there reads what is new', async () => {
    const archive = openTestArchive()
    append(archive, 1, 3)
    await archive.position('agent1')
    const reader = follow(archive, { after: 900 })
    // Asked after the reader, so answered after it: it has looked by now.
    await archive.position('agent1')
    append(archive, 4, 5)
    await reader.until(2)
    expect(reader.seqs).toEqual([4, 5])
  })

  test('ends with the agent, after the last thing it wrote', async () => {
    const archive = openTestArchive()
    let ended = false
    const reader = follow(archive, { isEnded: () => ended })
    append(archive, 1, 5)
    await reader.until(5)
    archive.append('agent1', chunk(6, 'last words'))
    ended = true
    archive.poke('agent1')
    await reader.done
    expect(reader.texts.slice(4)).toEqual(['line 5', 'last words'])
    const late = follow(archive, { isEnded: () => true })
    await late.done
    expect(late.seqs).toEqual(from(1, 6))
    const nothing = follow(openTestArchive(), { isEnded: () => true })
    await nothing.done
    expect(nothing.seqs).toEqual([])
  })

  test('ends when its reader leaves, when the agent is forgotten, and when Gantry stops', async () => {
    const archive = openTestArchive()
    append(archive, 1, 1)
    const leaving = new AbortController()
    let isGone = false
    const leaves = follow(archive, {}, leaving.signal)
    const forgotten = follow(archive, { isEnded: () => isGone })
    await Promise.all([leaves.until(1), forgotten.until(1)])
    leaving.abort()
    await leaves.done
    expect(forgotten.isOver()).toBe(false)
    isGone = true
    await archive.remove('agent1')
    await forgotten.done
    const stays = follow(archive)
    append(archive, 1, 1)
    await stays.until(1)
    await archive.close()
    await stays.done
    await follow(archive, { tail: 5 }, AbortSignal.abort()).done
  })

  test('that is slow is told how much was let go of meanwhile, and goes on with what is there', async () => {
    const archive = openTestArchive({ limits: { perAgentBytes: 1e6, totalBytes: 1e9 } })
    const line = (seq: number) => chunk(seq, `${seq} ${'x'.repeat(990)}\n`)
    const reading = archive.follow('agent1', { isEnded: () => true }, undefined)
    for (let seq = 1; seq <= 500; seq += 1) archive.append('agent1', line(seq))
    const first = await reading.next()
    const entries = first.done === true ? [] : first.value.entries
    expect(entries[0]?.seq).toBe(1)
    const before = entries.at(-1)?.seq ?? 0
    expect(before).toBeLessThan(500)
    for (let seq = 501; seq <= 3000; seq += 1) {
      archive.append('agent1', line(seq))
      await archive.ready()
    }
    const { first: oldest, last } = await archive.page({ id: 'agent1', limit: 1, ignoreCase: false })
    let missed = 0
    const seqs: number[] = []
    for await (const batch of reading) {
      missed += batch.missed
      seqs.push(...batch.entries.map(({ seq }) => seq))
    }
    expect(missed).toBe((oldest ?? 0) - 1 - before)
    expect(missed).toBeGreaterThan(500)
    expect(seqs).toEqual(from(oldest ?? 0, last))
  })

  test('of a log that was let go of as a whole is told how much that was', async () => {
    const archive = openTestArchive()
    append(archive, 1, 500)
    await archive.prune({ perAgentBytes: 1e9, totalBytes: 1, isEnded: () => true })
    const reader = follow(archive, { isEnded: () => true })
    await reader.done
    expect(reader.missed() + reader.seqs.length).toBe(501)
  })

  test('does not look again before something was written', async () => {
    const bell = createBell()
    let reads = 0
    let last = 3
    const reading = followLog(
      {
        bell,
        read: (selection) => {
          reads += 1
          const seqs = selection.after < last ? [last] : []
          const data = encodeRuns(seqs.map((seq) => runOf('out', 0, Buffer.from(`line ${seq}\n`))))
          return Promise.resolve({ data, seqs, first: 1, last, cut: 0, seen: last })
        },
        startOfTail: () => Promise.resolve(0),
        settle: () => Promise.resolve(),
        isClosed: () => false,
      },
      'agent1',
      { after: 2, isEnded: () => false },
      undefined,
    )
    await reading.next()
    const next = reading.next()
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    for (let turns = 0; turns < 5; turns += 1) await turn()
    expect(reads).toBe(1)
    last = 4
    bell.ring('agent2')
    bell.ring('agent1')
    expect((await next).value).toMatchObject({ entries: [{ seq: 4 }] })
    const after = reading.next()
    for (let turns = 0; turns < 5; turns += 1) await turn()
    expect(reads).toBe(2)
    last = 5
    bell.ringAll()
    expect((await after).value).toMatchObject({ entries: [{ seq: 5 }] })
    await reading.return()
  })

  test('costs those that write nothing, however little it reads', async () => {
    const archive = openTestArchive()
    const reading = archive.follow('agent1', { isEnded: () => false }, undefined)
    append(archive, 1, 20_000)
    const first = await reading.next()
    expect(first.done === true ? 0 : first.value.entries.length).toBe(500)
    expect(await archive.position('agent1')).toBe(20_000)
    expect(archive.ready()).toBeUndefined()
    await reading.return()
  })
})

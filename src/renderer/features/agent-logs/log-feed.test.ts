import { ORPCError } from '@orpc/client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { AgentState, LogBatch, LogEntry, LogPage } from '../../../contract/index.ts'
import { type FeedDeps, createLogFeed } from './log-feed.ts'
import { createLogWindow } from './log-window.ts'

const ID = 'a7f3k2m9q1ab'

/** A store with one log, and streams of it that can be broken. */
const openStore = (lines: number, state: AgentState = 'running') => {
  const entries: LogEntry[] = []
  const streams = new Set<{ after: number; wake: () => void; broken: boolean }>()
  let current = state
  let refusal: Error | null = null
  const write = (count: number, stream: LogEntry['stream'] = 'out') => {
    for (let step = 0; step < count; step += 1) {
      const seq = entries.length + 1
      entries.push({ seq, at: '2026-11-21T14:00:00.000Z', stream, text: `line ${seq}` })
    }
    for (const { wake } of streams) wake()
  }
  write(lines)
  const logs = vi.fn<(query: Parameters<FeedDeps['agents']['logs']>[0]) => Promise<LogPage>>(async (query) => {
    if (refusal !== null) throw refusal
    const { after = 0, before, tail, limit = 500, grep } = query
    const matching = entries.filter(
      ({ seq, stream, text }) =>
        seq > after &&
        seq < (before ?? Number.POSITIVE_INFINITY) &&
        (query.streams?.includes(stream) ?? true) &&
        (grep === undefined || new RegExp(grep).test(text ?? '')),
    )
    const items =
      tail !== undefined
        ? matching.slice(-tail)
        : before !== undefined
          ? matching.slice(-limit)
          : matching.slice(0, limit)
    return { items, next: null, first: 1, last: entries.length, cut: 0, state: current }
  })
  async function* stream({ after = 0 }: { after?: number | undefined }): AsyncGenerator<LogBatch> {
    const reader = { after, wake: () => undefined as void, broken: false }
    streams.add(reader)
    try {
      for (;;) {
        if (reader.broken) throw new Error('[Peer] was closed')
        const fresh = entries.slice(reader.after)
        if (fresh.length > 0) yield { entries: fresh, missed: 0, state: current }
        reader.after += fresh.length
        if (current === 'finished') return
        if (entries.length === reader.after && !reader.broken)
          await new Promise<void>((resolve) => (reader.wake = resolve))
      }
    } finally {
      streams.delete(reader)
    }
  }
  return {
    write,
    logs,
    agents: {
      logs,
      stream: async (query: { after?: number | undefined }) => stream(query),
    } as unknown as FeedDeps['agents'],
    breakStreams: () => {
      for (const reader of streams) {
        reader.broken = true
        reader.wake()
      }
    },
    finish: () => {
      current = 'finished'
      for (const { wake } of streams) wake()
    },
    refuse: (error: Error | null) => (refusal = error),
  }
}

const openFeed = (
  store: ReturnType<typeof openStore>,
  capacity = 50_000,
  streams: LogEntry['stream'][] | null = null,
) => {
  const life = new AbortController()
  onTestFinished(() => life.abort())
  const pauses: number[] = []
  const feed = createLogFeed(ID, streams, {
    agents: store.agents,
    whenVisible: async (signal) => signal,
    pause: async (ms) => {
      pauses.push(ms)
      await new Promise(setImmediate)
    },
    schedule: (run) => {
      queueMicrotask(run)
      return () => undefined
    },
    rows: createLogWindow({ lines: capacity }),
  })
  feed.start(life.signal)
  const keys = () => Array.from({ length: feed.rows.length }, (_, index) => feed.rows.at(index)?.key)
  const span = () => [feed.rows.first(), feed.rows.last()]
  const until = (isSo: () => boolean) => vi.waitFor(() => expect(isSo()).toBe(true), { interval: 1 })
  return { feed, keys, span, until, pauses, stop: () => life.abort() }
}

/** As it must be whatever happened: every number once, in order. */
const expectWhole = (keys: readonly (number | undefined)[], from: number, to: number) =>
  expect(keys).toEqual(Array.from({ length: to - from + 1 }, (_, index) => from + index))

describe('a log that is followed', () => {
  it('begins with its newest part and goes on with what comes', async () => {
    const store = openStore(1500)
    const { feed, keys, until } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    store.write(50)
    await until(() => feed.rows.last() === 1550)
    expectWhole(keys(), 501, 1550)
    expect(feed.get()).toMatchObject({ following: true, atStart: false, atEnd: true, unread: 0, received: 50 })
  })

  it('goes on where it stopped after a break, without a gap or a double', async () => {
    const store = openStore(10)
    const { feed, keys, until, pauses } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    store.breakStreams()
    store.write(5)
    await until(() => feed.rows.last() === 15)
    expectWhole(keys(), 1, 15)
    expect(pauses).toEqual([250])
  })

  it('tries again, less and less often, while nothing answers', async () => {
    const store = openStore(10)
    const { feed, until, pauses } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    store.refuse(new TypeError('Failed to fetch'))
    store.breakStreams()
    await until(() => pauses.length >= 5)
    expect(feed.get().phase).toBe('reconnecting')
    store.refuse(null)
    await until(() => feed.get().phase === 'live')
    expect(pauses.slice(0, 5)).toEqual([250, 1000, 2000, 5000, 5000])
  })

  it('shows the newest part after a long break, and the rest is paged in', async () => {
    const store = openStore(100)
    const { feed, keys, until } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    store.refuse(new TypeError('Failed to fetch'))
    store.breakStreams()
    await until(() => feed.get().phase === 'reconnecting')
    store.write(30_000)
    store.refuse(null)
    await until(() => feed.rows.last() === 30_100)
    expectWhole(keys(), 29_101, 30_100)
    expect(feed.get().atStart).toBe(false)
  })

  it('ends with the agent, and not before everything was read', async () => {
    const store = openStore(10)
    const { feed, until } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    store.write(3)
    store.finish()
    await until(() => feed.get().phase === 'ended')
    expect(feed.rows.last()).toBe(13)
  })

  it('says what is wrong where trying again is no use', async () => {
    const store = openStore(10)
    store.refuse(new ORPCError('E_NOT_FOUND', { message: 'There is no such agent.' }))
    const { feed, until, pauses } = openFeed(store)
    await until(() => feed.get().phase === 'failed')
    expect([feed.get().error, pauses]).toMatchObject([{ code: 'E_NOT_FOUND' }, []])
  })
})

describe('a reader who scrolls up', () => {
  it('sees older pages up to the very first line', async () => {
    const store = openStore(4500)
    const { feed, keys, until } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    feed.follow(false)
    await feed.loadOlder()
    expectWhole(keys(), 1501, 4500)
    await feed.loadOlder()
    await feed.loadOlder()
    expectWhole(keys(), 1, 4500)
    expect(feed.get()).toMatchObject({ atStart: true, atEnd: true })
  })

  it('keeps what they look at while more comes than there is room for, and is told how much', async () => {
    const store = openStore(10)
    const { feed, keys, span, until } = openFeed(store, 20)
    await until(() => feed.get().phase === 'live')
    feed.follow(false)
    store.write(30)
    await until(() => feed.get().unread === 30)
    expect(span()).toEqual([1, 20])
    expect(feed.get()).toMatchObject({ atEnd: false, following: false })
    await feed.loadNewer()
    expectWhole(keys(), 21, 40)
    expect(feed.get().atEnd).toBe(true)
    store.write(1)
    await until(() => feed.get().unread === 31)
    expect(feed.get().atEnd).toBe(false)
  })

  it('is taken back to the end, which then is followed again', async () => {
    const store = openStore(10)
    const { feed, keys, until } = openFeed(store, 20)
    await until(() => feed.get().phase === 'live')
    feed.follow(false)
    store.write(100)
    await until(() => feed.get().unread === 100)
    feed.follow(true)
    store.write(3)
    await until(() => feed.rows.last() === 113)
    expectWhole(keys(), 94, 113)
    expect(feed.get()).toMatchObject({ following: true, atEnd: true, unread: 0 })
  })

  it('is taken to the start, and to any line of the log', async () => {
    const store = openStore(9000)
    const { feed, keys, until } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    await feed.jumpToStart()
    expectWhole(keys(), 1, 1000)
    expect(feed.get()).toMatchObject({ atStart: true, atEnd: false, following: false, target: 1 })
    await feed.jumpTo(5000)
    expectWhole(keys(), 4001, 6000)
    expect(feed.get()).toMatchObject({ atStart: false, atEnd: false, target: 5000 })
    feed.arrived()
    expect(feed.get().target).toBeNull()
  })

  it('finds matches beyond what is held, in the direction of reading', async () => {
    const store = openStore(9000)
    const { feed, until } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    expect(await feed.findBeyond('line \\d*00$', 'older')).toBe(8000)
    expect(await feed.findBeyond('line', 'newer')).toBeNull()
    await feed.jumpTo(100)
    expect(await feed.findBeyond('line 5\\d00$', 'newer')).toBe(5000)
  })

  it('is told when a page could not be read, and loses nothing by that', async () => {
    const store = openStore(2000)
    const { feed, keys, until } = openFeed(store)
    await until(() => feed.get().phase === 'live')
    store.refuse(new ORPCError('E_INTERNAL', { message: 'The store is busy.' }))
    await feed.loadOlder()
    expect(feed.get().error).toMatchObject({ message: 'The store is busy.' })
    store.refuse(null)
    await feed.loadOlder()
    expectWhole(keys(), 1, 2000)
    expect(feed.get().error).toBeNull()
  })
})

it('begins where somebody was reading, when it is asked to before it follows', async () => {
  const store = openStore(5000)
  const { feed, keys, until } = openFeed(store)
  await feed.jumpTo(2500)
  await until(() => feed.get().phase === 'live')
  expectWhole(keys(), 1501, 3500)
  expect(feed.get()).toMatchObject({ following: false, atEnd: false })
  store.write(10)
  await until(() => feed.get().unread === 1510)
  expectWhole(keys(), 1501, 3500)
})

it('of some streams only, knows the end by short pages', async () => {
  const store = openStore(10)
  store.write(5, 'err')
  store.write(10)
  const { feed, keys, until } = openFeed(store, 50_000, ['err'])
  await until(() => feed.get().phase === 'live')
  expect(keys()).toEqual([11, 12, 13, 14, 15])
  expect(feed.get()).toMatchObject({ atStart: true, atEnd: true })
  await feed.jumpTo(12)
  expect(feed.get()).toMatchObject({ atStart: true, atEnd: true })
})

it('asks for nothing more once its owner is gone', async () => {
  const store = openStore(10)
  const { feed, until, stop } = openFeed(store)
  await until(() => feed.get().phase === 'live')
  stop()
  const asked = store.logs.mock.calls.length
  store.breakStreams()
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
  expect(store.logs.mock.calls.length).toBe(asked)
})

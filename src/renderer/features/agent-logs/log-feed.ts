/**
 * A log as it is read: its newest part, what comes while it is followed, and older or newer pages as the reader moves.
 * It goes on after every break where it stopped, and neither loses nor doubles a line.
 */
import type { GantryClient, LogBatch, LogPage, LogStream } from '../../../contract/index.ts'
import { toFailure } from '../../errors.ts'
import { isEnded } from '../agents/agent-state.ts'
import { type FeedState, NEW_FEED } from './feed-state.ts'
import { type LogWindow, createLogWindow } from './log-window.ts'

export interface FeedDeps {
  agents: Pick<GantryClient['agents'], 'logs' | 'stream'>
  /** Resolves when the page is seen, with a signal that ends when it is hidden or the owner stops. */
  whenVisible: (owner: AbortSignal) => Promise<AbortSignal>
  pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** Runs soon, and gives a way to take that back: lines come faster than they can be painted. */
  schedule: (run: () => void) => () => void
  rows?: LogWindow
}

export interface LogFeed {
  rows: LogWindow
  get: () => FeedState
  subscribe: (listener: () => void) => () => void
  start: (signal: AbortSignal) => void
  follow: (on: boolean) => void
  loadOlder: () => Promise<void>
  loadNewer: () => Promise<void>
  jumpToStart: () => Promise<void>
  /** Shows the part of the log around an entry. */
  jumpTo: (seq: number) => Promise<void>
  /** The nearest match beyond what is held, if there is one. */
  findBeyond: (grep: string, direction: 'older' | 'newer') => Promise<number | null>
  /** The reader is where they wanted to be. */
  arrived: () => void
}

type Query = Omit<Parameters<FeedDeps['agents']['logs']>[0], 'id' | 'streams'>

const TAIL = 1000
const PAGE = 2000
/** After a longer break, what came meanwhile is paged from the store when somebody scrolls there. */
const CATCH_UP = 20_000
const AGAIN_MS = [250, 1000, 2000, 5000]
const FINAL = new Set(['E_NOT_FOUND', 'E_FORBIDDEN', 'E_AUTH', 'E_SCHEMA'])

const isShort = ({ items }: LogPage, most: number) => items.length < most

export const createLogFeed = (
  id: string,
  streams: readonly LogStream[] | null,
  { agents, whenVisible, pause, schedule, rows = createLogWindow() }: FeedDeps,
): LogFeed => {
  const filter = { id, ...(streams === null ? {} : { streams: [...streams] }) }
  const listeners = new Set<() => void>()
  let state = NEW_FEED
  /** The newest entry that is known of, shown or not. */
  let tip: number | null = null
  let owner: AbortSignal = AbortSignal.abort()
  let turn: Promise<unknown> = Promise.resolve()
  let takeBackPaint: (() => void) | undefined
  /** What comes while a page is asked for that reaches the end: it belongs after that page. */
  let held: LogBatch[] | null = null

  const paint = () => {
    takeBackPaint = undefined
    for (const listener of listeners) listener()
  }
  const set = (change: Partial<FeedState>) => {
    state = { ...state, ...change }
    takeBackPaint ??= schedule(paint)
  }
  const changed = (change: Partial<FeedState>) => set({ ...change, version: state.version + 1 })

  const read = (query: Query, signal = owner): Promise<LogPage> => agents.logs({ ...filter, ...query }, { signal })

  const startsAt = (page: LogPage) => page.first === null || (rows.first() ?? page.first) <= page.first
  /** Of a log that is read in part, the numbers do not say whether anything is between. */
  const reachesTip = () => streams !== null || (rows.last() ?? 0) >= (tip ?? 0)

  const take = (batch: LogBatch) => {
    if (held !== null) return void held.push(batch)
    const known = tip ?? 0
    const first = rows.first()
    const fresh = batch.entries.filter(({ seq }) => seq > known)
    tip = fresh.at(-1)?.seq ?? tip
    const atEnd = state.atEnd && rows.append(fresh, batch.missed, state.following ? 'end' : 'start')
    changed({
      agentState: batch.state,
      atEnd,
      atStart: state.atStart && (first === null || rows.first() === first),
      received: state.received + fresh.length,
      unread: state.following ? 0 : state.unread + fresh.length,
    })
  }

  /** One after another: each page is asked for by what the former one left. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = turn.then(async () => {
      held = []
      try {
        return await task()
      } finally {
        const batches = held
        held = null
        for (const batch of batches) take(batch)
      }
    })
    turn = result.catch(() => undefined)
    return result
  }

  const attempt = async (task: () => Promise<void>): Promise<void> => {
    try {
      await inTurn(async () => {
        if (state.error !== null) set({ error: null })
        await task()
      })
    } catch (error) {
      if (!owner.aborted) set({ error })
    }
  }

  const showTail = async (signal: AbortSignal) => {
    const page = await read({ tail: TAIL, limit: TAIL }, signal)
    rows.reset(page.items, streams === null)
    tip = page.last
    changed({
      agentState: page.state,
      cut: page.cut,
      atStart: startsAt(page) || isShort(page, TAIL),
      atEnd: true,
      error: null,
      unread: 0,
    })
  }

  const catchUp = async (signal: AbortSignal) => {
    if (tip === null && state.following) return showTail(signal)
    const known = tip ?? rows.last() ?? 0
    const page = await read({ after: known, limit: 1 }, signal)
    const missed = page.last - known
    if (tip !== null && missed <= CATCH_UP) return set({ agentState: page.state })
    if (state.following) return showTail(signal)
    tip = page.last
    set({ atEnd: page.items.length === 0, unread: state.unread + missed, agentState: page.state })
  }

  const followOnce = async (signal: AbortSignal, onOpen: () => void) => {
    await inTurn(() => catchUp(signal))
    const stream = await agents.stream({ ...filter, ...(tip === null ? {} : { after: tip }) }, { signal })
    onOpen()
    set({ phase: 'live', error: null })
    for await (const batch of stream) take(batch)
  }

  const run = async (signal: AbortSignal) => {
    let failures = 0
    while (!signal.aborted) {
      const visible = await whenVisible(signal)
      try {
        await followOnce(visible, () => (failures = 0))
        if (state.agentState !== null && isEnded(state.agentState)) return set({ phase: 'ended' })
      } catch (error) {
        if (!visible.aborted && FINAL.has(toFailure(error).code)) return set({ phase: 'failed', error })
      }
      if (visible.aborted) continue
      set({ phase: tip === null ? 'loading' : 'reconnecting' })
      await pause(AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] ?? 5000, visible)
      failures += 1
    }
  }

  const loadOlder = () =>
    attempt(async () => {
      const first = rows.first()
      if (state.atStart || first === null) return
      const page = await read({ before: first, limit: PAGE })
      const isWhole = rows.prepend(page.items, state.following ? 'end' : 'start')
      changed({ atStart: startsAt(page) || page.items.length === 0, atEnd: state.atEnd && isWhole, cut: page.cut })
    })

  const loadNewer = () =>
    attempt(async () => {
      const last = rows.last()
      if (state.atEnd || last === null) return
      const page = await read({ after: last, limit: PAGE })
      rows.append(page.items, 0, 'end')
      changed({ atEnd: isShort(page, PAGE) && reachesTip(), atStart: startsAt(page) })
    })

  const jumpTo = (seq: number) =>
    attempt(async () => {
      const older = await read({ before: seq + 1, limit: TAIL })
      const newer = await read({ after: seq, limit: TAIL })
      rows.reset([...older.items, ...newer.items], streams === null)
      changed({
        following: false,
        atStart: startsAt(older) || isShort(older, TAIL),
        atEnd: isShort(newer, TAIL) && reachesTip(),
        target: seq,
      })
    })

  const jumpToStart = () =>
    attempt(async () => {
      if (!state.atStart) {
        const page = await read({ after: 0, limit: TAIL })
        rows.reset(page.items, streams === null)
        set({ atStart: true, atEnd: isShort(page, TAIL) && reachesTip() })
      }
      changed({ following: false, target: rows.first() })
    })

  const follow = (on: boolean) => {
    if (on === state.following) return
    set({ following: on, unread: 0 })
    if (on && !state.atEnd) void attempt(() => showTail(owner))
  }

  const findBeyond = async (grep: string, direction: 'older' | 'newer') => {
    const isOlder = direction === 'older'
    const edge = isOlder ? rows.first() : rows.last()
    if (edge === null || (isOlder ? state.atStart : state.atEnd)) return null
    const page = await read({ ...(isOlder ? { before: edge } : { after: edge }), grep, ignoreCase: true, limit: 1 })
    return page.items[0]?.seq ?? null
  }

  return {
    rows,
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    start: (signal) => {
      owner = signal
      signal.addEventListener('abort', () => takeBackPaint?.(), { once: true })
      void run(signal)
    },
    follow,
    loadOlder,
    loadNewer,
    jumpTo,
    jumpToStart,
    findBeyond,
    arrived: () => set({ target: null }),
  }
}

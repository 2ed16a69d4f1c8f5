import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { LogStream } from '../../../contract/index.ts'
import { client } from '../../rpc.ts'
import { pause, whenVisible } from '../../visibility.ts'
import type { FeedState } from './feed-state.ts'
import { type LogFeed, createLogFeed } from './log-feed.ts'

/** Lines may come much faster than anybody sees: they are painted so often, and all taken. */
const PAINT_AFTER_MS = 50

const schedule = (run: () => void) => {
  const timer = setTimeout(run, PAINT_AFTER_MS)
  return () => clearTimeout(timer)
}

export type StreamChoice = 'both' | 'out' | 'err'

const STREAMS: Record<StreamChoice, readonly LogStream[] | null> = {
  both: null,
  out: ['out', 'gantry'],
  err: ['err', 'gantry'],
}

/** What is read is told apart by what it is of; another choice of streams is another reading, begun at the same place. */
export const useLog = (id: string, choice: StreamChoice): { feed: LogFeed; state: FeedState } => {
  const feed = useMemo(
    () => createLogFeed(id, STREAMS[choice], { agents: client.agents, whenVisible, pause, schedule }),
    [id, choice],
  )
  const place = useRef<{ id: string; seq: number } | null>(null)
  useEffect(() => {
    const life = new AbortController()
    feed.start(life.signal)
    if (place.current?.id === id) void feed.jumpTo(place.current.seq)
    return () => {
      const { following } = feed.get()
      const seq = feed.rows.first()
      place.current = following || seq === null ? null : { id, seq }
      life.abort()
    }
  }, [feed, id])
  return { feed, state: useSyncExternalStore(feed.subscribe, feed.get) }
}

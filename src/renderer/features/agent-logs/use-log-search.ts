import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { toFailure } from '../../errors.ts'
import { toast } from '../../ui/toast-store.ts'
import type { FeedState } from './feed-state.ts'
import type { LogFeed } from './log-feed.ts'
import { type Matcher, createMatcher } from './matcher.ts'
import { type Found, type Searcher, createSearcher } from './searcher.ts'

export interface LogSearch {
  query: string
  isRegex: boolean
  problem: string | null
  matcher: Matcher | null
  found: Found
  current: number | null
  setQuery: (query: string) => void
  setRegex: (on: boolean) => void
  step: (by: 1 | -1) => Promise<void>
}

const nextOf = (keys: readonly number[], current: number | null, by: 1 | -1): number | undefined => {
  if (current === null) return by === 1 ? keys[0] : keys.at(-1)
  return by === 1 ? keys.find((key) => key > current) : keys.findLast((key) => key < current)
}

/** Finds in what is held, and beyond it, in the store, when somebody goes further. */
export const useLogSearch = (feed: LogFeed, { version }: FeedState, onShow: (key: number) => void): LogSearch => {
  const [query, setQuery] = useState('')
  const [isRegex, setRegex] = useState(false)
  const [place, setPlace] = useState<{ of: Searcher; key: number } | null>(null)
  const { matcher, problem } = useMemo(() => createMatcher(query, isRegex), [query, isRegex])
  const searcher = useMemo(() => createSearcher(feed.rows, matcher), [feed, matcher])
  const found = useSyncExternalStore(searcher.subscribe, searcher.get)
  useEffect(() => searcher.update(), [searcher, version])
  useEffect(() => searcher.stop, [searcher])

  const current = place?.of === searcher ? place.key : null
  const { keys } = found
  const step = useCallback(
    async (by: 1 | -1) => {
      if (matcher === null) return
      const here = nextOf(keys, current, by)
      if (here !== undefined) {
        setPlace({ of: searcher, key: here })
        return onShow(here)
      }
      try {
        const beyond = await feed.findBeyond(matcher.grep, by === 1 ? 'newer' : 'older')
        // At the end of the log it goes on at the other end of what is held.
        const target = beyond ?? nextOf(keys, null, by)
        if (target === undefined) return
        setPlace({ of: searcher, key: target })
        if (beyond === null) onShow(target)
        else await feed.jumpTo(target)
      } catch (error) {
        const { message, hint } = toFailure(error)
        toast({ tone: 'bad', title: message, detail: hint })
      }
    },
    [matcher, keys, current, feed, searcher, onShow],
  )
  return { query, isRegex, problem, matcher, found, current, setQuery, setRegex, step }
}

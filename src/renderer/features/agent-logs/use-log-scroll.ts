/** What scrolling means in a log: up leaves the end, down to the end follows again, near an edge more is read. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import { type VirtualList, useVirtualList } from '../../ui/use-virtual-list.ts'
import type { FeedState } from './feed-state.ts'
import type { LogFeed } from './log-feed.ts'

export const LINE_HEIGHT = 20

/** More is read while there is still so much to scroll. */
const NEAR_PX = 200 * LINE_HEIGHT
const AT_END_PX = 4

const UP_KEYS = new Set(['ArrowUp', 'PageUp'])

export interface LogScroll {
  list: VirtualList
  show: (key: number, align?: 'center' | 'start') => void
}

const canScroll = ({ scrollHeight, clientHeight }: HTMLElement) => scrollHeight > clientHeight + AT_END_PX
const fromEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) => scrollHeight - scrollTop - clientHeight

export const useLogScroll = (feed: LogFeed, state: FeedState, box: RefObject<HTMLDivElement | null>): LogScroll => {
  const { rows } = feed
  const list = useVirtualList({
    count: rows.length,
    getScrollElement: () => box.current,
    getItemKey: useCallback((index: number) => rows.at(index)?.key ?? -1, [rows]),
    estimateSize: () => LINE_HEIGHT,
    overscan: 12,
    anchorTo: 'end',
    paddingStart: LINE_HEIGHT + 8,
    paddingEnd: 8,
  })

  const { following, version, atStart, atEnd, target } = state
  useLayoutEffect(() => {
    if (following && version > 0) list.scrollToEnd()
  }, [list, following, version])

  const show = useCallback(
    (key: number, align: 'center' | 'start' = 'center') => {
      // What fits into the box is seen anyway, and goes on being followed.
      if (box.current !== null && canScroll(box.current)) feed.follow(false)
      list.scrollToIndex(rows.indexOf(key), { align })
    },
    [feed, list, rows, box],
  )

  useLayoutEffect(() => {
    if (target === null) return
    show(target, target === rows.first() ? 'start' : 'center')
    feed.arrived()
  }, [target, show, feed, rows])

  const last = useRef(0)
  const held = useRef(false)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const leave = () => canScroll(element) && feed.follow(false)
    const onWheel = (event: WheelEvent) => event.deltaY < 0 && leave()
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return
      if (UP_KEYS.has(event.key)) leave()
      else if (event.key === 'Home') void feed.jumpToStart()
      else if (event.key === 'End') feed.follow(true)
      else return
      if (event.key === 'Home' || event.key === 'End') event.preventDefault()
    }
    const onHold = () => (held.current = true)
    const onRelease = () => (held.current = false)
    const onScroll = () => {
      const isUp = element.scrollTop < last.current
      last.current = element.scrollTop
      const { following: isFollowing, atStart: isStart, atEnd: isEnd } = feed.get()
      if (isFollowing && isUp && held.current && fromEnd(element) > AT_END_PX) feed.follow(false)
      if (!isFollowing && !isUp && isEnd && fromEnd(element) <= AT_END_PX) feed.follow(true)
      if (!isStart && element.scrollTop < NEAR_PX) void feed.loadOlder()
      if (!isEnd && !isFollowing && fromEnd(element) < NEAR_PX) void feed.loadNewer()
    }
    const life = new AbortController()
    const { signal } = life
    element.addEventListener('wheel', onWheel, { signal, passive: true })
    element.addEventListener('keydown', onKeyDown, { signal })
    element.addEventListener('scroll', onScroll, { signal, passive: true })
    // The bar itself is dragged, or the page with a finger.
    element.addEventListener('pointerdown', onHold, { signal })
    window.addEventListener('pointerup', onRelease, { signal })
    window.addEventListener('pointercancel', onRelease, { signal })
    return () => life.abort()
  }, [box, feed])

  /** A page that is shorter than the box has nothing to scroll: it is filled without being asked. */
  useEffect(() => {
    const element = box.current
    if (element === null || version === 0) return
    if (!atStart && element.scrollTop < NEAR_PX) void feed.loadOlder()
    if (!atEnd && !following && fromEnd(element) < NEAR_PX) void feed.loadNewer()
  }, [box, feed, version, atStart, atEnd, following])

  return { list, show }
}

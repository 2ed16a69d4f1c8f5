import { type RefObject, useEffect, useRef } from 'react'
import type { VirtualList } from '../../ui/use-virtual-list.ts'
import { isTyping } from '../shell/use-shortcuts.ts'
import { type ListRow, stepTo } from './list-rows.ts'

export interface AgentKeys {
  rows: readonly ListRow[]
  list: VirtualList
  box: RefObject<HTMLDivElement | null>
  filter: RefObject<HTMLInputElement | null>
  onSelect: (id: string) => void
  onPeek: (id: string) => void
  onAnswer: (id: string) => void
  onLogs: (id: string) => void
  onClear: () => void
}

/** A row that is just being brought in is in the page some frames later. */
const FRAMES = 10

const isLayered = () => document.querySelector('[role="dialog"], [role="alertdialog"]') !== null

/** j and k walk also over rows that are not in the page yet: they are brought there first. */
export const useAgentKeys = (keys: AgentKeys) => {
  /** Where the keys have led, while the row there is not yet focused. */
  const ahead = useRef<number | null>(null)
  useEffect(() => {
    const { rows, list, box, filter } = keys
    const here = (): number => {
      if (ahead.current !== null) return ahead.current
      const row = document.activeElement?.closest<HTMLElement>('[data-index]')
      return row !== null && row !== undefined && box.current?.contains(row) === true
        ? Number(row.dataset['index'])
        : -1
    }
    const focus = (index: number) => {
      ahead.current = index
      list.scrollToIndex(index, { align: 'auto' })
      const arrive = (frames: number) => {
        if (ahead.current !== index) return
        const row = box.current?.querySelector<HTMLElement>(`[data-index="${index}"] [data-row]`)
        row?.focus({ preventScroll: true })
        if (row !== null && row !== undefined) ahead.current = null
        else if (frames > 0) requestAnimationFrame(() => arrive(frames - 1))
        else ahead.current = null
      }
      requestAnimationFrame(() => arrive(FRAMES))
    }
    const withAgent = (act: (id: string) => void) => {
      const row = rows[here()]
      if (row?.kind === 'agent') act(row.agent.id)
    }
    const acts: Record<string, () => void> = {
      j: () => focus(stepTo(rows, here(), 1)),
      k: () => focus(stepTo(rows, here(), -1)),
      x: () => withAgent(keys.onSelect),
      p: () => withAgent(keys.onPeek),
      a: () => withAgent(keys.onAnswer),
      l: () => withAgent(keys.onLogs),
      '/': () => filter.current?.focus(),
      Escape: keys.onClear,
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isLayered()) return
      const act = Object.hasOwn(acts, event.key) ? acts[event.key] : undefined
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [keys])
}

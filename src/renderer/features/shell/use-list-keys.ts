import { type RefObject, useEffect } from 'react'
import { isTyping } from './use-shortcuts.ts'

/**
 * j and k walk the elements marked `data-row` in a list, / goes to its filter. The rows are real buttons and links:
 * Enter is theirs, and focus is where the reader's eye is.
 */
export const useListKeys = (list: RefObject<HTMLElement | null>, filter?: RefObject<HTMLElement | null>) => {
  useEffect(() => {
    const step = (by: number) => {
      const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
      const at = rows.findIndex(
        (row) => row === document.activeElement || row.closest('tr, li')?.contains(document.activeElement),
      )
      const next = at === -1 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)
      rows[next]?.focus()
      rows[next]?.scrollIntoView({ block: 'nearest' })
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return
      if (event.key === 'j') step(1)
      else if (event.key === 'k') step(-1)
      else if (event.key === '/' && filter?.current) {
        event.preventDefault()
        filter.current.focus()
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [list, filter])
}

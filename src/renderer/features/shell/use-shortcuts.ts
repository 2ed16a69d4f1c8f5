import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { closeOverlay, openHelp, openPalette, overlay } from './overlay.ts'
import { SECTIONS } from './sections.ts'

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('textarea, select, input:not([type="radio"], [type="checkbox"])'))

const isDialogOpen = () => document.querySelector('[role="dialog"], [role="alertdialog"]') !== null

const togglePalette = () => {
  if (overlay.get().kind === 'palette') closeOverlay()
  else if (!isDialogOpen()) openPalette()
}

export const useShortcuts = () => {
  const router = useRouter()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const mod = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
      const section = mod && /^[1-9]$/.test(event.key) ? SECTIONS[Number(event.key) - 1] : undefined
      const act =
        event.key === 'F1' || (mod && event.key.toLowerCase() === 'k')
          ? togglePalette
          : section !== undefined && !isDialogOpen()
            ? () => void router.navigate({ to: section.to })
            : event.key === '?' && !isTyping(event.target) && !isDialogOpen()
              ? openHelp
              : undefined
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [router])
}

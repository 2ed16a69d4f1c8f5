import { useRouterState } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { Kbd, MOD } from '../../ui/kbd.tsx'
import { openPalette } from './overlay.ts'
import { SECTIONS } from './sections.ts'

const useTitle = () => {
  const path = useRouterState({ select: (state) => state.location.pathname })
  return SECTIONS.find((section) => section.to === path)?.label ?? (path === '/about' ? 'Overview' : 'Not found')
}

export const TopBar = () => {
  const title = useTitle()
  return (
    <header className="flex min-h-12 items-center gap-2.5 border-b border-line px-4">
      <h1 className="text-lg font-[620] tracking-[-0.01em] whitespace-nowrap">{title}</h1>
      <button
        type="button"
        onClick={openPalette}
        aria-keyshortcuts="Control+K Meta+K F1"
        className="motion ml-auto flex min-h-[30px] w-[300px] min-w-0 items-center gap-2 rounded-s border border-line-strong bg-panel px-[9px] text-ink-3 hover:border-edge"
      >
        <Search aria-hidden="true" className="size-3.5 flex-none" />
        <span className="truncate">Find or run anything</span>
        <span className="ml-auto">
          <Kbd>{MOD} K</Kbd>
        </span>
      </button>
    </header>
  )
}

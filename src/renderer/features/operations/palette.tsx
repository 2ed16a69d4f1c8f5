import { Dialog } from '@base-ui/react/dialog'
import { useNavigate } from '@tanstack/react-router'
import { ArrowRight, Play, Settings2, TriangleAlert } from 'lucide-react'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { client } from '../../rpc.ts'
import { toFailure } from '../../errors.ts'
import { toast } from '../../ui/toast-store.ts'
import { closeOverlay, openHelp, openRun } from '../shell/overlay.ts'
import { isDark } from '../shell/theme.ts'
import { type PaletteItem, searchItems } from './palette-items.ts'

const ICONS = { section: ArrowRight, operation: Play, command: Settings2 } as const

const switchTheme = async () => {
  try {
    await client.settings.set({ key: 'window.theme', value: isDark() ? 'light' : 'dark' })
  } catch (error) {
    const { message, hint } = toFailure(error)
    toast({ tone: 'bad', title: message, detail: hint })
  }
}

const useChoose = () => {
  const navigate = useNavigate()
  return (item: PaletteItem) => {
    closeOverlay()
    switch (item.kind) {
      case 'section':
        return void navigate({ to: item.to })
      case 'operation':
        return openRun(item.operation)
      case 'command':
        if (item.command === 'about') void navigate({ to: '/about' })
        if (item.command === 'help') openHelp()
        if (item.command === 'theme') void switchTheme()
    }
  }
}

const Row = ({
  item,
  active,
  onChoose,
  onPoint,
}: {
  item: PaletteItem
  active: boolean
  onChoose: () => void
  onPoint: () => void
}) => {
  const Icon = item.kind === 'operation' && item.destructive ? TriangleAlert : ICONS[item.kind]
  return (
    <div
      id={item.id}
      role="option"
      aria-selected={active}
      onClick={onChoose}
      onPointerMove={onPoint}
      className="flex min-h-[34px] items-center gap-2.5 rounded-s px-2.5 py-1 aria-selected:bg-accent-bg"
    >
      <Icon aria-hidden="true" className="size-3.5 flex-none text-ink-3" />
      <span className="min-w-0 truncate">{item.title}</span>
      <span className="ml-auto flex-none font-mono text-xs text-ink-2">{item.detail}</span>
    </div>
  )
}

export const Palette = () => {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const choose = useChoose()
  const items = searchItems(query)
  const active = items[Math.min(at, items.length - 1)]
  useEffect(() => {
    if (active !== undefined) document.getElementById(active.id)?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const onKeyDown = (event: KeyboardEvent) => {
    const last = Math.max(items.length - 1, 0)
    const moves: Record<string, number> = {
      ArrowDown: at >= last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      PageDown: Math.min(at + 8, last),
      PageUp: Math.max(at - 8, 0),
    }
    const to = moves[event.key]
    if (to !== undefined) {
      event.preventDefault()
      setAt(to)
    } else if (event.key === 'Enter' && active !== undefined) {
      event.preventDefault()
      choose(active)
    }
  }
  return (
    <Dialog.Root open onOpenChange={(open) => !open && closeOverlay()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Popup
          aria-label="Find or run anything"
          className="card float-in fixed top-[10vh] left-1/2 z-40 flex max-h-[70vh] w-[min(600px,calc(100vw-32px))] -translate-x-1/2 flex-col shadow-float outline-none"
        >
          <input
            role="combobox"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant={active?.id}
            aria-autocomplete="list"
            aria-label="Find or run anything"
            placeholder="Find or run anything"
            autoComplete="off"
            spellCheck={false}
            value={query}
            onChange={(event) => {
              setQuery(event.target.value)
              setAt(0)
            }}
            onKeyDown={onKeyDown}
            className="min-h-12 w-full rounded-t-m border-b border-line bg-transparent px-4 text-lg outline-none"
          />
          <div
            id="palette-list"
            role="listbox"
            aria-label="Sections and operations"
            tabIndex={-1}
            className="min-h-0 overflow-y-auto p-1.5"
          >
            {items.map((item, index) => (
              <Row
                key={item.id}
                item={item}
                active={item === active}
                onChoose={() => choose(item)}
                onPoint={() => setAt(index)}
              />
            ))}
          </div>
          <p role="status" className={items.length === 0 ? 'px-4 pt-2 pb-4 text-ink-2' : 'sr-only'}>
            {items.length === 0 ? 'Nothing matches. Try fewer words.' : `${items.length} found`}
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

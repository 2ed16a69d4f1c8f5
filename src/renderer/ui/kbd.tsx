import type { ReactNode } from 'react'

export const Kbd = ({ children }: { children: ReactNode }) => (
  <kbd className="rounded-[4px] border border-line-strong px-[5px] font-sans text-xs font-medium whitespace-nowrap text-ink-3">
    {children}
  </kbd>
)

const isMac = navigator.platform.startsWith('Mac')
export const MOD = isMac ? '⌘' : 'Ctrl'

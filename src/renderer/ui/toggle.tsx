import type { ReactNode } from 'react'

export interface ToggleProps {
  pressed: boolean
  onChange: (pressed: boolean) => void
  /** What it does, where the face of it is short. */
  title: string
  disabled?: boolean
  children: ReactNode
}

/** A button that stays pressed: ground and edge say so, not only colour. */
export const Toggle = ({ pressed, onChange, title, disabled = false, children }: ToggleProps) => (
  <button
    type="button"
    aria-pressed={pressed}
    aria-label={title}
    title={title}
    disabled={disabled}
    onClick={() => onChange(!pressed)}
    className={`motion min-h-6 rounded-s border px-[7px] text-sm disabled:opacity-55 ${pressed ? 'border-edge bg-panel-2 font-[550] text-ink' : 'border-transparent text-ink-2 hover:bg-hover hover:text-ink'}`}
  >
    {children}
  </button>
)

import type { ComponentProps, MouseEvent } from 'react'
import { Shape } from './status.tsx'

const LOOKS = {
  plain: 'border-line-strong bg-panel text-ink hover:bg-hover',
  primary: 'border-accent bg-accent text-accent-ink hover:bg-[color-mix(in_oklab,var(--accent),var(--text)_12%)]',
  danger: 'border-bad bg-bad text-bad-ink hover:bg-[color-mix(in_oklab,var(--bad),var(--text)_12%)]',
  quiet: 'border-transparent bg-transparent text-ink-2 hover:bg-hover hover:text-ink',
} as const

const SIZES = { s: 'min-h-6 px-2 text-sm', m: 'min-h-[30px] px-3 text-md' } as const

export interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof LOOKS
  size?: keyof typeof SIZES
  /** Shown at once; the button keeps its focus but does nothing until it is over. */
  busy?: boolean
}

export const Button = ({
  look = 'plain',
  size = 'm',
  busy = false,
  className = '',
  children,
  onClick,
  ...rest
}: ButtonProps) => (
  <button
    type="button"
    {...rest}
    aria-disabled={busy || undefined}
    onClick={(event: MouseEvent<HTMLButtonElement>) => (busy ? event.preventDefault() : onClick?.(event))}
    className={`motion inline-flex items-center justify-center gap-[7px] rounded-s border font-[550] whitespace-nowrap disabled:opacity-55 ${LOOKS[look]} ${SIZES[size]} ${className}`}
  >
    {busy && <Shape state="busy" turning />}
    {children}
  </button>
)

import type { ReactNode } from 'react'
import { toFailure } from '../errors.ts'
import { Button } from './button.tsx'
import { Shape } from './status.tsx'

const WIDTHS = ['72%', '58%', '66%', '44%', '61%', '52%', '69%', '48%']

/** Rows of the height the data will have, so that nothing moves when it comes. */
export const Loading = ({ rows = 3, label = 'Loading' }: { rows?: number; label?: string }) => (
  <div role="status" className="py-1">
    <span className="sr-only">{label}</span>
    {Array.from({ length: rows }, (_, row) => (
      <div key={row} className="cell flex h-8 items-center" aria-hidden="true">
        <div className="h-2 rounded-full bg-line" style={{ width: WIDTHS[row % WIDTHS.length] }} />
      </div>
    ))}
  </div>
)

export interface EmptyProps {
  title: string
  children?: ReactNode
  action?: ReactNode
}

export const Empty = ({ title, children, action }: EmptyProps) => (
  <div className="grid justify-items-start gap-2 px-(--inset) py-5">
    <p className="font-semibold">{title}</p>
    {children !== undefined && <p className="max-w-[60ch] text-ink-2">{children}</p>}
    {action}
  </div>
)

export interface FailedProps {
  error: unknown
  onRetry?: (() => void) | undefined
  inset?: boolean
}

export const Failed = ({ error, onRetry, inset = true }: FailedProps) => {
  const { code, message, hint } = toFailure(error)
  return (
    <div role="alert" className={`grid justify-items-start gap-1.5 ${inset ? 'px-(--inset) py-4' : ''}`}>
      <p className="flex items-baseline gap-2 font-[550] text-bad">
        <Shape state="bad" />
        <span className="wrap-anywhere">{message}</span>
      </p>
      {hint !== undefined && <p className="text-ink-2 wrap-anywhere">{hint}</p>}
      <div className="flex items-center gap-3">
        {onRetry !== undefined && (
          <Button size="s" onClick={onRetry}>
            Try again
          </Button>
        )}
        <code className="font-mono text-xs text-ink-3">{code}</code>
      </div>
    </div>
  )
}

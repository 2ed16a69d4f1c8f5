import { type ReactNode, useId } from 'react'
import { Shape } from './status.tsx'

const INPUT_LOOK =
  'motion w-full min-w-0 rounded-s border border-edge bg-panel text-ink hover:border-ink-3 aria-invalid:border-bad read-only:bg-panel-2 disabled:opacity-60'

export const INPUT = `${INPUT_LOOK} min-h-[30px] px-2.5 text-md`
export const INPUT_SMALL = `${INPUT_LOOK} min-h-6 px-2 text-sm`

export interface FieldAttributes {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

export interface FieldProps {
  label: string
  help?: ReactNode
  error?: string | undefined
  required?: boolean
  children: (attributes: FieldAttributes) => ReactNode
}

/** A label, a control, a word of help and what is wrong, tied together for those who hear the page. */
export const Field = ({ label, help, error, required = false, children }: FieldProps) => {
  const id = useId()
  const helpId = `${id}-help`
  const errorId = `${id}-error`
  const describedBy = [help === undefined ? '' : helpId, error === undefined ? '' : errorId].filter(Boolean).join(' ')
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-[550]">
        {label}
        {!required && <span className="ml-1.5 text-sm font-normal text-ink-3">optional</span>}
      </label>
      {children({
        id,
        'aria-describedby': describedBy || undefined,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {help !== undefined && (
        <p id={helpId} className="text-sm text-ink-2">
          {help}
        </p>
      )}
      {error !== undefined && <FieldError id={errorId}>{error}</FieldError>}
    </div>
  )
}

export const FieldError = ({ id, children }: { id?: string; children: ReactNode }) => (
  <p id={id} role="alert" className="flex items-baseline gap-1.5 text-sm font-[550] text-bad">
    <Shape state="bad" />
    <span className="wrap-anywhere">{children}</span>
  </p>
)

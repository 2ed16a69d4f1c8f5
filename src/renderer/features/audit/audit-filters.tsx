import { Search } from 'lucide-react'
import { type RefObject, useId } from 'react'
import { Button } from '../../ui/button.tsx'
import { INPUT } from '../../ui/field.tsx'
import { Kbd } from '../../ui/kbd.tsx'
import { OUTCOME_NAMES } from './outcome.tsx'
import { type AuditFilter, isFiltered, NO_FILTER } from './use-audit.ts'

interface TextFilterProps {
  label: string
  value: string
  onChange: (value: string) => void
  inputRef?: RefObject<HTMLInputElement | null>
  hint?: string
}

const TextFilter = ({ label, value, onChange, inputRef, hint }: TextFilterProps) => {
  const id = useId()
  return (
    <div className="relative flex w-[260px] max-w-full items-center">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <Search aria-hidden="true" className="pointer-events-none absolute left-2.5 size-3.5 text-ink-3" />
      <input
        id={id}
        ref={inputRef}
        type="text"
        className={`${INPUT} pl-8`}
        placeholder={label}
        value={value}
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (value === '') event.currentTarget.blur()
          else onChange('')
        }}
      />
      {hint !== undefined && value === '' && (
        <span className="pointer-events-none absolute right-2" aria-hidden="true">
          <Kbd>{hint}</Kbd>
        </span>
      )}
    </div>
  )
}

export interface AuditFiltersProps {
  filter: AuditFilter
  onChange: (change: Partial<AuditFilter>) => void
  inputRef: RefObject<HTMLInputElement | null>
}

export const AuditFilters = ({ filter, onChange, inputRef }: AuditFiltersProps) => (
  <div role="search" aria-label="Filter the audit trail" className="flex flex-wrap items-center gap-2">
    <TextFilter
      label="Operation or group"
      hint="/"
      inputRef={inputRef}
      value={filter.operation}
      onChange={(operation) => onChange({ operation })}
    />
    <TextFilter label="Actor" value={filter.actor} onChange={(actor) => onChange({ actor })} />
    <label className="sr-only" htmlFor="audit-outcome">
      Outcome
    </label>
    <select
      id="audit-outcome"
      className={`${INPUT} max-w-[150px]`}
      value={filter.outcome}
      onChange={(event) =>
        onChange({
          outcome:
            (OUTCOME_NAMES.find(({ value }) => value === event.target.value)?.value as
              | AuditFilter['outcome']
              | undefined) ?? '',
        })
      }
    >
      <option value="">Any outcome</option>
      {OUTCOME_NAMES.map(({ value, name }) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
    {isFiltered(filter) && (
      <Button look="quiet" onClick={() => onChange(NO_FILTER)}>
        Clear filters
      </Button>
    )}
  </div>
)

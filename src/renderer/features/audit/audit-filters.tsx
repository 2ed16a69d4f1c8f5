import { Search } from 'lucide-react'
import { type RefObject, useEffect, useId, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { INPUT } from '../../ui/field.tsx'
import { Kbd } from '../../ui/kbd.tsx'
import { OUTCOME_NAMES } from './outcome.tsx'
import { type AuditFilter, isFiltered, NO_FILTER } from './use-audit.ts'

const WAIT_MS = 200

/** Typing asks once it pauses, not for every letter. */
const TextFilter = ({ label, value, onChange, inputRef, hint }: { label: string; value: string; onChange: (value: string) => void; inputRef?: RefObject<HTMLInputElement | null>; hint?: string }) => {
  const id = useId()
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text.trim() === value) return
    const timer = setTimeout(() => onChange(text.trim()), WAIT_MS)
    return () => clearTimeout(timer)
  }, [text, value, onChange])
  return (
    <div className="relative flex min-w-[180px] flex-1 items-center">
      <label htmlFor={id} className="sr-only">{label}</label>
      <Search aria-hidden="true" className="pointer-events-none absolute left-2.5 size-3.5 text-ink-3" />
      <input
        id={id}
        ref={inputRef}
        type="text"
        className={`${INPUT} pl-8`}
        placeholder={label}
        value={text}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (text === '') event.currentTarget.blur()
          else setText('')
        }}
      />
      {hint !== undefined && text === '' && <span className="pointer-events-none absolute right-2" aria-hidden="true"><Kbd>{hint}</Kbd></span>}
    </div>
  )
}

export interface AuditFiltersProps {
  filter: AuditFilter
  onChange: (change: Partial<AuditFilter>) => void
  inputRef: RefObject<HTMLInputElement | null>
}

export const AuditFilters = ({ filter, onChange, inputRef }: AuditFiltersProps) => {
  const [byOperation] = useState(() => (operation: string) => onChange({ operation }))
  const [byActor] = useState(() => (actor: string) => onChange({ actor }))
  return (
    <div role="search" aria-label="Filter the audit trail" className="flex flex-wrap items-center gap-2">
      <TextFilter label="Operation or group" hint="/" inputRef={inputRef} value={filter.operation} onChange={byOperation} />
      <TextFilter label="Actor" value={filter.actor} onChange={byActor} />
      <label className="sr-only" htmlFor="audit-outcome">Outcome</label>
      <select
        id="audit-outcome"
        className={`${INPUT} max-w-[150px]`}
        value={filter.outcome}
        onChange={(event) => onChange({ outcome: OUTCOME_NAMES.find(({ value }) => value === event.target.value)?.value as AuditFilter['outcome'] | undefined ?? '' })}
      >
        <option value="">Any outcome</option>
        {OUTCOME_NAMES.map(({ value, name }) => <option key={value} value={value}>{name}</option>)}
      </select>
      {isFiltered(filter) && <Button look="quiet" onClick={() => onChange(NO_FILTER)}>Clear filters</Button>}
    </div>
  )
}

import { Plus, X } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { INPUT } from '../../ui/field.tsx'
import type { Pair } from './fields.ts'

export interface PairsEditorProps {
  id: string
  label: string
  describedBy: string | undefined
  pairs: readonly Pair[]
  onChange: (pairs: readonly Pair[]) => void
}

/** Values under names of the user's own, a row each. The last row is always an empty one, to go on with. */
export const PairsEditor = ({ id, label, describedBy, pairs, onChange }: PairsEditorProps) => {
  const rows = pairs.length === 0 ? [{ name: '', value: '' }] : pairs
  const change = (index: number, part: Partial<Pair>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)))
  return (
    <div role="group" aria-label={label} aria-describedby={describedBy} className="grid w-full gap-1.5">
      {rows.map((row, index) => (
        <div key={index} className="flex gap-1.5">
          <input
            id={index === 0 ? id : undefined}
            aria-label={`${label}: name ${index + 1}`}
            className={`${INPUT} font-mono text-sm`}
            placeholder="name"
            autoComplete="off"
            spellCheck={false}
            value={row.name}
            onChange={(event) => change(index, { name: event.target.value })}
          />
          <input
            aria-label={`${label}: value ${index + 1}`}
            className={`${INPUT} font-mono text-sm`}
            placeholder="value"
            autoComplete="off"
            spellCheck={false}
            value={row.value}
            onChange={(event) => change(index, { value: event.target.value })}
          />
          <button
            type="button"
            aria-label={`Remove ${row.name || `row ${index + 1}`} from ${label.toLowerCase()}`}
            disabled={pairs.length === 0}
            className="motion grid size-[30px] flex-none place-items-center rounded-s text-ink-3 hover:text-ink disabled:opacity-40"
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
          >
            <X aria-hidden="true" className="size-3.5" />
          </button>
        </div>
      ))}
      <span>
        <Button
          size="s"
          aria-label={`Add a row to ${label.toLowerCase()}`}
          onClick={() => onChange([...rows, { name: '', value: '' }])}
        >
          <Plus aria-hidden="true" className="size-3.5" /> Add
        </Button>
      </span>
    </div>
  )
}

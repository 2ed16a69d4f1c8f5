import { X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { INPUT } from '../../ui/field.tsx'

export interface TextsEditorProps {
  id: string
  label: string
  values: readonly string[]
  locked?: boolean
  describedBy?: string | undefined
  /** May answer that the new list was not accepted; then what was typed stays. */
  onChange: (values: readonly string[]) => void | Promise<boolean>
}

export const TextsEditor = ({ id, label, values, locked = false, describedBy, onChange }: TextsEditorProps) => {
  const [text, setText] = useState('')
  const add = async () => {
    const value = text.trim()
    if (value === '') return
    const accepted = values.includes(value) || (await onChange([...values, value]))
    if (accepted !== false) setText('')
  }
  return (
    <div className="grid w-full gap-1.5">
      {values.length > 0 && (
        <ul aria-label={label} className="flex flex-wrap gap-1.5">
          {values.map((value) => (
            <li
              key={value}
              className="flex min-h-6 items-center gap-1 rounded-full border border-line-strong bg-panel-2 pl-2.5 font-mono text-sm"
            >
              <span className="wrap-anywhere">{value}</span>
              <button
                type="button"
                disabled={locked}
                aria-label={`Remove ${value}`}
                className="motion grid size-6 place-items-center rounded-full text-ink-3 hover:text-ink"
                onClick={() => void onChange(values.filter((other) => other !== value))}
              >
                <X aria-hidden="true" className="size-3" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="flex gap-1.5">
        <input
          id={id}
          className={INPUT}
          value={text}
          readOnly={locked}
          spellCheck={false}
          aria-describedby={describedBy}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            void add()
          }}
        />
        <Button disabled={locked} aria-label={`Add to ${label.toLowerCase()}`} onClick={() => void add()}>
          Add
        </Button>
      </div>
    </div>
  )
}

/** A setting's JSON schema decides its control; no setting is known here by name. */
import { useRef, useState } from 'react'
import { INPUT } from '../../ui/field.tsx'
import { Segmented, titleOf } from '../../ui/segmented.tsx'
import { Switch } from '../../ui/switch.tsx'
import { TextsEditor } from './texts-editor.tsx'

export interface ControlProps {
  id: string
  label: string
  schema: Record<string, unknown>
  value: unknown
  locked: boolean
  describedBy: string
  invalid: boolean
  /** Whether it was accepted. */
  onChange: (value: unknown) => Promise<boolean>
}

const SEGMENTS_AT_MOST = 4

const optionsOf = (schema: Record<string, unknown>): readonly string[] | undefined => {
  const options = schema['enum']
  return Array.isArray(options) ? options.map(String) : undefined
}

/** Saved on Enter or when it is left. What was refused stays to be mended, and is not sent again by leaving it. */
const TypedControl = ({ id, schema, value, locked, describedBy, invalid, onChange }: ControlProps) => {
  const shown = String(value ?? '')
  const numeric = schema['type'] === 'integer' || schema['type'] === 'number'
  const [draft, setDraft] = useState<string | null>(null)
  const sent = useRef<string | null>(null)
  const commit = async () => {
    if (draft === null || draft === sent.current) return
    sent.current = draft
    // Not a number is sent as it was typed: the answer says what is wrong in the same words as on every surface.
    const number = Number(draft)
    if (
      draft.trim() === shown ||
      (await onChange(numeric && draft.trim() !== '' && !Number.isNaN(number) ? number : draft))
    ) {
      sent.current = null
      setDraft(null)
    }
  }
  return (
    <input
      id={id}
      className={`${INPUT} ${numeric ? 'max-w-[140px] text-right font-mono text-sm' : ''}`}
      inputMode={numeric ? 'numeric' : undefined}
      value={draft ?? shown}
      readOnly={locked}
      aria-describedby={describedBy}
      aria-invalid={invalid || undefined}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => void commit()}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setDraft(null)
        if (event.key !== 'Enter') return
        sent.current = null
        void commit()
      }}
    />
  )
}

export const Control = (props: ControlProps) => {
  const { id, label, schema, value, locked, describedBy, onChange } = props
  const options = optionsOf(schema)
  if (schema['type'] === 'boolean') {
    return (
      <Switch
        id={id}
        checked={value === true}
        disabled={locked}
        aria-describedby={describedBy}
        onChange={(on) => void onChange(on)}
      />
    )
  }
  if (options !== undefined && options.length <= SEGMENTS_AT_MOST) {
    return (
      <Segmented
        label={label}
        options={options}
        value={String(value)}
        disabled={locked}
        aria-describedby={describedBy}
        onChange={(option) => void onChange(option)}
      />
    )
  }
  if (options !== undefined) {
    return (
      <select
        id={id}
        className={INPUT}
        value={String(value)}
        disabled={locked}
        aria-describedby={describedBy}
        onChange={(event) => void onChange(event.target.value)}
      >
        {options.map((option) => (
          <option key={option} value={option}>
            {titleOf(option)}
          </option>
        ))}
      </select>
    )
  }
  if (schema['type'] === 'array') {
    return (
      <TextsEditor
        id={id}
        label={label}
        values={Array.isArray(value) ? value.map(String) : []}
        locked={locked}
        describedBy={describedBy}
        onChange={onChange}
      />
    )
  }
  return <TypedControl {...props} />
}

/** Whether the control is one element that a label can point at. */
export const isLabelled = (schema: Record<string, unknown>) => {
  const options = optionsOf(schema)
  return options === undefined || options.length > SEGMENTS_AT_MOST
}

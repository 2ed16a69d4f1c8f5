import { type SubmitEvent, useMemo, useState } from 'react'
import { type Operation, inputJsonSchema } from '../../../contract/index.ts'
import { Button } from '../../ui/button.tsx'
import { DialogActions } from '../../ui/dialog.tsx'
import { Field, type FieldAttributes, INPUT } from '../../ui/field.tsx'
import { Failed } from '../../ui/states.tsx'
import { Switch } from '../../ui/switch.tsx'
import { TextsEditor } from '../settings/texts-editor.tsx'
import { type FormField, type FormValue, type FormValues, fieldsOf, initialValues, labelOf, toInput } from './fields.ts'

interface ControlProps {
  field: FormField
  value: FormValue
  secret: boolean
  attributes: FieldAttributes
  onChange: (value: FormValue) => void
}

const FieldControl = ({ field, value, secret, attributes, onChange }: ControlProps) => {
  switch (field.kind) {
    case 'boolean':
      return (
        <span>
          <Switch
            id={attributes.id}
            aria-describedby={attributes['aria-describedby']}
            checked={value === true}
            onChange={onChange}
          />
        </span>
      )
    case 'choice':
      return (
        <select
          {...attributes}
          className={INPUT}
          value={String(value)}
          onChange={(event) => onChange(event.target.value)}
        >
          {!field.required && field.fallback === undefined && <option value="">–</option>}
          {field.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )
    case 'texts':
      return (
        <TextsEditor
          id={attributes.id}
          label={labelOf(field.name)}
          describedBy={attributes['aria-describedby']}
          values={Array.isArray(value) ? value : []}
          onChange={onChange}
        />
      )
    case 'json':
    case 'text':
    case 'integer':
    case 'number':
      return (
        <input
          {...attributes}
          className={`${INPUT} ${field.kind === 'text' ? '' : 'font-mono text-sm'}`}
          type={secret ? 'password' : 'text'}
          inputMode={field.kind === 'integer' ? 'numeric' : field.kind === 'number' ? 'decimal' : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={field.fallback ?? (field.example === undefined ? undefined : `such as ${field.example}`)}
          value={String(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      )
  }
}

export interface OperationFormProps {
  operation: Operation
  /** What was typed before, where it comes back after a refusal. */
  draft: FormValues | undefined
  error: unknown
  onDraft: (values: FormValues) => void
  onCancel: () => void
  onSubmit: (input: Record<string, unknown>) => void
}

export const OperationForm = ({ operation, draft, error, onDraft, onCancel, onSubmit }: OperationFormProps) => {
  const fields = useMemo(() => fieldsOf(inputJsonSchema(operation)), [operation])
  const values = draft ?? initialValues(fields)
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map())

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const input = toInput(fields, values)
    const checked = operation.input.safeParse(input)
    setProblems(new Map(checked.error?.issues.map((issue) => [String(issue.path[0] ?? ''), issue.message])))
    if (checked.success) onSubmit(input)
  }
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      {fields.map((field) => (
        <Field
          key={field.name}
          label={labelOf(field.name)}
          required={field.required || field.kind === 'boolean'}
          help={
            field.description === ''
              ? field.kind === 'json'
                ? 'A number, true, false, a text, or JSON'
                : undefined
              : field.description
          }
          error={problems.get(field.name)}
        >
          {(attributes) => (
            <FieldControl
              field={field}
              attributes={attributes}
              secret={operation.meta.secret?.includes(field.name) ?? false}
              value={values[field.name] ?? ''}
              onChange={(value) => onDraft({ ...values, [field.name]: value })}
            />
          )}
        </Field>
      ))}
      {error !== undefined && <Failed error={error} inset={false} />}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look={operation.meta.effect === 'destructive' ? 'danger' : 'primary'}>
          {operation.meta.effect === 'destructive' ? 'Go on' : 'Run'}
        </Button>
      </DialogActions>
    </form>
  )
}

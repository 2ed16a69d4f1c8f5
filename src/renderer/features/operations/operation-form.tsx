import { type SubmitEvent, useEffect, useMemo, useRef, useState } from 'react'
import { type Operation, inputJsonSchema } from '../../../contract/index.ts'
import { Button } from '../../ui/button.tsx'
import { DialogActions } from '../../ui/dialog.tsx'
import { Failed } from '../../ui/states.tsx'
import { type FormValues, type Issue, fieldsOf, initialValues, inWords, toInput } from './fields.ts'
import { FormFields } from './form-fields.tsx'

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
  const [issues, setIssues] = useState<readonly Issue[]>([])
  const form = useRef<HTMLFormElement>(null)
  // A long form may have what is wrong far from its button.
  useEffect(() => {
    if (issues.length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [issues])

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const input = toInput(fields, values)
    const checked = operation.input.safeParse(input)
    setIssues(inWords(checked.error?.issues ?? [], input))
    if (checked.success) onSubmit(input)
  }
  return (
    <form ref={form} onSubmit={submit} className="grid gap-4" noValidate>
      <FormFields
        fields={fields}
        values={values}
        issues={issues}
        secret={operation.meta.secret ?? []}
        onChange={onDraft}
      />
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

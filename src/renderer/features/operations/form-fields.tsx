/** The fields of a form, also those inside an object: these fold away where they need not be filled in. */
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Field, FieldError, INPUT } from '../../ui/field.tsx'
import {
  type FormField,
  type FormValue,
  type FormValues,
  type Issue,
  hasProblemBelow,
  labelOf,
  problemAt,
  valuesIn,
} from './fields.ts'
import { LeafControl } from './leaf-control.tsx'

export interface FormFieldsProps {
  fields: readonly FormField[]
  values: FormValues
  issues: readonly Issue[]
  /** Names of fields that are typed unseen. */
  secret: readonly string[]
  path?: readonly string[]
  onChange: (values: FormValues) => void
}

const helpFor = ({ description, kind }: FormField) => {
  if (description !== '') return description
  return kind === 'json' ? 'A number, true, false, a text, or JSON' : undefined
}

interface SectionProps {
  field: FormField
  problem: string | undefined
  /** Opens by itself where something inside is wrong. */
  forced: boolean
  children: ReactNode
}

const Section = ({ field, problem, forced, children }: SectionProps) => {
  const [opened, setOpened] = useState(field.required)
  const help = helpFor(field)
  return (
    <details
      open={opened || forced}
      onToggle={({ currentTarget }) => setOpened(currentTarget.open)}
      className="group rounded-s border border-line"
    >
      <summary className="flex min-h-[34px] items-center gap-1.5 rounded-s px-2.5 font-[550] hover:bg-hover">
        <ChevronRight aria-hidden="true" className="motion size-3.5 flex-none text-ink-3 group-open:rotate-90" />
        {labelOf(field.name)}
        {!field.required && <span className="text-sm font-normal text-ink-3">optional</span>}
      </summary>
      <div role="group" aria-label={labelOf(field.name)} className="grid gap-4 border-t border-line p-2.5">
        {help !== undefined && <p className="text-sm text-ink-2">{help}</p>}
        {children}
        {problem !== undefined && <FieldError>{problem}</FieldError>}
      </div>
    </details>
  )
}

interface OneFieldProps {
  field: FormField
  value: FormValue
  issues: readonly Issue[]
  secret: boolean
  path: readonly string[]
  onChange: (value: FormValue) => void
}

const VariantFields = ({ field, value, issues, path, onChange }: OneFieldProps & { field: { kind: 'variants' } }) => {
  const values = valuesIn(value)
  const { tag, variants, fallback, required } = field
  const chosen = variants.find(({ name }) => name === values[tag])
  return (
    <>
      <Field
        label={labelOf(tag)}
        required
        error={issues.find((issue) => issue.path.join('.') === [...path, tag].join('.'))?.message}
      >
        {(attributes) => (
          <select
            {...attributes}
            className={INPUT}
            value={String(values[tag] ?? '')}
            onChange={(event) => onChange({ ...values, [tag]: event.target.value })}
          >
            {!required && fallback === undefined && <option value="">–</option>}
            {variants.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Field>
      {chosen !== undefined && (
        <FormFields
          fields={chosen.fields}
          values={values}
          issues={issues}
          secret={[]}
          path={path}
          onChange={onChange}
        />
      )}
    </>
  )
}

const OneField = (props: OneFieldProps) => {
  const { field, value, issues, secret, path, onChange } = props
  const problem = problemAt(issues, path, field)
  if (field.kind === 'group' || field.kind === 'variants') {
    return (
      <Section field={field} problem={problem} forced={hasProblemBelow(issues, path)}>
        {field.kind === 'variants' ? (
          <VariantFields {...props} field={field} />
        ) : (
          <FormFields
            fields={field.fields}
            values={valuesIn(value)}
            issues={issues}
            secret={[]}
            path={path}
            onChange={onChange}
          />
        )}
      </Section>
    )
  }
  return (
    <Field
      label={labelOf(field.name)}
      required={field.required || field.kind === 'boolean'}
      help={helpFor(field)}
      error={problem}
    >
      {(attributes) => (
        <LeafControl field={field} attributes={attributes} secret={secret} value={value} onChange={onChange} />
      )}
    </Field>
  )
}

export const FormFields = ({ fields, values, issues, secret, path = [], onChange }: FormFieldsProps) =>
  fields.map((field) => (
    <OneField
      key={field.name}
      field={field}
      value={values[field.name] ?? ''}
      issues={issues}
      secret={secret.includes(field.name)}
      path={[...path, field.name]}
      onChange={(value) => onChange({ ...values, [field.name]: value })}
    />
  ))

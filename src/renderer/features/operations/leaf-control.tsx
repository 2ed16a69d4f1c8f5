/** The control of a value that has nothing inside. */
import { type FieldAttributes, INPUT } from '../../ui/field.tsx'
import { Switch } from '../../ui/switch.tsx'
import { TextsEditor } from '../settings/texts-editor.tsx'
import { type FormField, type FormValue, labelOf, pairsIn, textsIn } from './fields.ts'
import { PairsEditor } from './pairs-editor.tsx'

export type LeafField = Exclude<FormField, { kind: 'group' | 'variants' }>

export interface LeafControlProps {
  field: LeafField
  value: FormValue
  secret: boolean
  attributes: FieldAttributes
  onChange: (value: FormValue) => void
}

const INPUT_MODES: Partial<Record<FormField['kind'], 'numeric' | 'decimal'>> = { integer: 'numeric', number: 'decimal' }

const Choices = ({
  options,
  field,
  value,
  attributes,
  onChange,
}: LeafControlProps & { options: readonly string[] }) => {
  const chosen = textsIn(value)
  const toggle = (option: string) =>
    onChange(chosen.includes(option) ? chosen.filter((other) => other !== option) : [...chosen, option])
  return (
    <div
      role="group"
      id={attributes.id}
      aria-label={labelOf(field.name)}
      aria-describedby={attributes['aria-describedby']}
      className="flex flex-wrap gap-x-4 gap-y-1"
    >
      {options.map((option) => (
        <label key={option} className="flex min-h-6 items-center gap-1.5">
          <input type="checkbox" checked={chosen.includes(option)} onChange={() => toggle(option)} />
          {option}
        </label>
      ))}
    </div>
  )
}

const placeholderOf = ({ fallback, example }: LeafField) =>
  fallback || (example === undefined ? undefined : `such as ${example}`)

const TextArea = ({ field, value, attributes, onChange }: LeafControlProps) => (
  <textarea
    {...attributes}
    className={`${INPUT} min-h-20 py-1.5`}
    rows={4}
    placeholder={placeholderOf(field)}
    value={String(value)}
    onChange={(event) => onChange(event.target.value)}
  />
)

const LineControl = ({ field, value, secret, attributes, onChange }: LeafControlProps) => (
  <input
    {...attributes}
    className={`${INPUT} ${field.kind === 'text' ? '' : 'font-mono text-sm'}`}
    type={secret ? 'password' : 'text'}
    inputMode={INPUT_MODES[field.kind]}
    autoComplete="off"
    spellCheck={false}
    placeholder={placeholderOf(field)}
    value={String(value)}
    onChange={(event) => onChange(event.target.value)}
  />
)

export const LeafControl = (props: LeafControlProps) => {
  const { field, value, secret, attributes, onChange } = props
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
    case 'choices':
      return <Choices {...props} options={field.options} />
    case 'texts':
      return (
        <TextsEditor
          id={attributes.id}
          label={labelOf(field.name)}
          describedBy={attributes['aria-describedby']}
          values={textsIn(value)}
          onChange={onChange}
        />
      )
    case 'pairs':
      return (
        <PairsEditor
          id={attributes.id}
          label={labelOf(field.name)}
          describedBy={attributes['aria-describedby']}
          pairs={pairsIn(value)}
          onChange={onChange}
        />
      )
    case 'long-text':
      // A secret is typed unseen, however long it may be.
      return secret ? <LineControl {...props} /> : <TextArea {...props} />
    case 'text':
    case 'json':
    case 'integer':
    case 'number':
      return <LineControl {...props} />
  }
}

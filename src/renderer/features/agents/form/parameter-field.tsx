import type { TemplateParameter } from '../../../../contract/index.ts'
import { Field, INPUT } from '../../../ui/field.tsx'
import { Switch } from '../../../ui/switch.tsx'
import { problemAt } from '../draft.ts'
import { useDraft } from './use-draft.ts'

/** The type of a parameter decides its control; none is known here by name. */
export const ParameterField = ({ parameter }: { parameter: TemplateParameter }) => {
  const { draft, problems, change } = useDraft()
  const { name, title, help, type, required, choices } = parameter
  const value = draft.parameters[name] ?? ''
  const set = (next: string | boolean) => change({ parameters: { ...draft.parameters, [name]: next } })
  const text = typeof value === 'boolean' ? '' : value
  return (
    <Field
      label={title}
      required={required || type === 'boolean'}
      error={problemAt(problems, `parameters.${name}`)}
      {...(help === '' ? {} : { help })}
    >
      {(attributes) => {
        switch (type) {
          case 'boolean':
            return (
              <span>
                <Switch
                  id={attributes.id}
                  aria-describedby={attributes['aria-describedby']}
                  checked={value === true}
                  onChange={set}
                />
              </span>
            )
          case 'choice':
            return (
              <select {...attributes} className={INPUT} value={text} onChange={(event) => set(event.target.value)}>
                {!required && <option value="">–</option>}
                {choices.map((choice) => (
                  <option key={choice}>{choice}</option>
                ))}
              </select>
            )
          case 'lines':
            return (
              <textarea
                {...attributes}
                rows={4}
                spellCheck={false}
                className={`${INPUT} resize-y py-1.5 font-mono text-sm`}
                value={text}
                onChange={(event) => set(event.target.value)}
              />
            )
          case 'text':
          case 'number':
            return (
              <input
                {...attributes}
                className={`${INPUT} ${type === 'number' ? 'max-w-[140px] text-right font-mono text-sm' : ''}`}
                inputMode={type === 'number' ? 'decimal' : undefined}
                autoComplete="off"
                spellCheck={false}
                value={text}
                onChange={(event) => set(event.target.value)}
              />
            )
        }
      }}
    </Field>
  )
}

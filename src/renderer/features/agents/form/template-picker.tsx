import { useId } from 'react'
import type { CatalogView } from '../../../../contract/index.ts'
import { Shape } from '../../../ui/status.tsx'

export interface TemplatePickerProps {
  templates: CatalogView['templates']
  value: string
  onChange: (id: string) => void
}

/** Real radio buttons under the cards: arrows, names and states come with them. What cannot be used says why. */
export const TemplatePicker = ({ templates, value, onChange }: TemplatePickerProps) => {
  const name = useId()
  return (
    <fieldset>
      <legend className="mb-1.5 font-[550]">Template</legend>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(210px,1fr))] gap-2">
        {templates.map(({ id, title, description, available, reason }) => (
          <label
            key={id}
            className={`motion relative grid content-start gap-0.5 rounded-s border p-2.5 has-checked:border-accent has-checked:bg-accent-bg has-focus-visible:outline-2 has-focus-visible:outline-(--focus) ${available ? 'border-line-strong bg-panel hover:border-edge' : 'border-dashed border-line-strong bg-panel-2'}`}
          >
            <input
              type="radio"
              name={name}
              value={id}
              className="absolute inset-0 size-full opacity-0"
              checked={id === value}
              disabled={!available}
              onChange={() => onChange(id)}
            />
            <span className={`font-[600] ${available ? '' : 'text-ink-2'}`}>{title}</span>
            <span className="line-clamp-3 text-sm text-ink-2" title={description}>
              {description}
            </span>
            {!available && (
              <span className="mt-0.5 flex items-baseline gap-1.5 text-sm text-ink-2">
                <span className="text-off">
                  <Shape state="off" />
                </span>
                {reason ?? 'Not available here'}
              </span>
            )}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

import { Link } from '@tanstack/react-router'
import { Field, INPUT } from '../../../ui/field.tsx'
import { priceWords } from '../cost-hint.ts'
import { modelOf, problemAt } from '../draft.ts'
import { useDraft } from './use-draft.ts'

export const ModelField = () => {
  const { draft, template, catalog, problems, change } = useDraft()
  const chosen = modelOf(draft, template, catalog)
  const unusable = catalog.models.some(({ available }) => !available)
  const help =
    chosen === undefined
      ? undefined
      : `${priceWords(chosen) === 'free' ? 'Free' : priceWords(chosen)}. ${chosen.fallbacks.length > 0 ? `Where it cannot be had, goes on with ${chosen.fallbacks.join(', then ')}.` : ''}`
  return (
    <div className="grid gap-1">
      <Field required label="Model" error={problemAt(problems, 'model')} {...(help === undefined ? {} : { help })}>
        {(attributes) => (
          <select
            {...attributes}
            className={INPUT}
            value={draft.model === '' ? (template.model ?? '') : draft.model}
            onChange={(event) => change({ model: event.target.value })}
          >
            {template.model === undefined && <option value="">Choose a model</option>}
            {catalog.models.map((model) => (
              <option key={model.id} value={model.id} disabled={!model.available}>
                {model.title} · {model.available ? priceWords(model) : (model.reason ?? 'not available')}
              </option>
            ))}
          </select>
        )}
      </Field>
      {unusable && (
        <p className="text-sm text-ink-2">
          Some models need a key.{' '}
          <Link to="/catalogue" className="font-medium text-accent underline underline-offset-2">
            See the providers
          </Link>
        </p>
      )}
    </div>
  )
}

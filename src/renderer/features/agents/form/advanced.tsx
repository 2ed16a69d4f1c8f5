import type { ReactNode } from 'react'
import { Field, INPUT } from '../../../ui/field.tsx'
import { Segmented } from '../../../ui/segmented.tsx'
import { TextsEditor } from '../../settings/texts-editor.tsx'
import { LIMITS, problemAt } from '../draft.ts'
import { NetworkFields } from './network-fields.tsx'
import { useDraft } from './use-draft.ts'
import { WorkspaceFields } from './workspace-fields.tsx'

const Group = ({ title, children }: { title: string; children: ReactNode }) => (
  <fieldset className="border-t border-line pt-3">
    <legend className="float-left mb-2 w-full font-[620]">{title}</legend>
    <div className="clear-both grid gap-3">{children}</div>
  </fieldset>
)

const NARROW = 'grid items-start grid-cols-[repeat(auto-fill,minmax(150px,1fr))] gap-3'
const NUMBER = `${INPUT} text-right font-mono text-sm`

const BUDGET = [
  { name: 'money', title: 'Money', unit: 'US dollars' },
  { name: 'tokens', title: 'Tokens', unit: 'in and out' },
  { name: 'toolCalls', title: 'Tool calls', unit: '' },
] as const

const BudgetFields = () => {
  const { draft, problems, change } = useDraft()
  return (
    <div className={NARROW}>
      {BUDGET.map(({ name, title, unit }) => (
        <Field
          key={name}
          label={title}
          error={problemAt(problems, `budget.${name}`)}
          {...(unit === '' ? {} : { help: unit })}
        >
          {(attributes) => (
            <input
              {...attributes}
              inputMode="decimal"
              autoComplete="off"
              className={NUMBER}
              placeholder="no limit"
              value={draft[name]}
              onChange={(event) => change({ [name]: event.target.value })}
            />
          )}
        </Field>
      ))}
    </div>
  )
}

const DEFAULTS = {
  cpus: 2,
  memoryMb: 4096,
  diskMb: 1024,
  pids: 512,
  ttlSeconds: 3600,
  wallSeconds: undefined,
  idleSeconds: 900,
} as const

const LimitFields = () => {
  const { draft, template, problems, change } = useDraft()
  return (
    <div className={NARROW}>
      {LIMITS.map(({ name, title, unit, factor }) => {
        const usual = template.limits[name] ?? DEFAULTS[name]
        return (
          <Field
            key={name}
            label={title}
            error={problemAt(problems, `limits.${name}`)}
            {...(unit === '' ? {} : { help: unit })}
          >
            {(attributes) => (
              <input
                {...attributes}
                inputMode="decimal"
                autoComplete="off"
                className={NUMBER}
                placeholder={usual === undefined ? 'no limit' : String(usual / factor)}
                value={draft.limits[name]}
                onChange={(event) => change({ limits: { ...draft.limits, [name]: event.target.value } })}
              />
            )}
          </Field>
        )
      })}
    </div>
  )
}

export const Advanced = () => {
  const { draft, template, problems, change } = useDraft()
  return (
    <div className="grid gap-5">
      <Group title="Budget">
        <BudgetFields />
      </Group>
      <Group title="Workspace">
        <WorkspaceFields />
      </Group>
      <Group title="Network">
        <NetworkFields />
      </Group>
      <Group title="Limits">
        <LimitFields />
      </Group>
      <Group title="Names and environment">
        <Field label="Name" error={problemAt(problems, 'name')} help="Else it is made from the template.">
          {(attributes) => (
            <input
              {...attributes}
              className={INPUT}
              maxLength={80}
              autoComplete="off"
              value={draft.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label="Labels" error={problemAt(problems, 'labels')} help="As team=docs. Lists can be narrowed to them.">
          {(attributes) => (
            <TextsEditor
              id={attributes.id}
              label="Labels"
              describedBy={attributes['aria-describedby']}
              values={draft.labels}
              onChange={(labels) => change({ labels })}
            />
          )}
        </Field>
        <Field
          label="Environment"
          error={problemAt(problems, 'environment')}
          help="As NAME=value. Keys do not belong here: write NAME=secret:<name>, and the secret stays on this side."
        >
          {(attributes) => (
            <TextsEditor
              id={attributes.id}
              label="Environment"
              describedBy={attributes['aria-describedby']}
              values={draft.environment}
              onChange={(environment) => change({ environment })}
            />
          )}
        </Field>
      </Group>
      <Group title="Where it runs">
        <Field
          required
          label="Runtime"
          error={problemAt(problems, 'runtime')}
          help="Auto takes the first that is available."
        >
          {(attributes) => (
            <span id={attributes.id}>
              <Segmented
                label="Runtime"
                options={['auto', ...template.runtimes]}
                value={draft.runtime}
                aria-describedby={attributes['aria-describedby']}
                onChange={(runtime) =>
                  change({ runtime: runtime === 'docker' || runtime === 'sandbox' ? runtime : 'auto' })
                }
              />
            </span>
          )}
        </Field>
        {template.runtimes.includes('docker') && (
          <Field label="Image" error={problemAt(problems, 'image')} help={`For docker, instead of ${template.image}.`}>
            {(attributes) => (
              <input
                {...attributes}
                className={`${INPUT} font-mono text-sm`}
                spellCheck={false}
                autoComplete="off"
                value={draft.image}
                onChange={(event) => change({ image: event.target.value })}
              />
            )}
          </Field>
        )}
      </Group>
    </div>
  )
}

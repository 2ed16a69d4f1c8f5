import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type SubmitEvent, useMemo, useRef, useState } from 'react'
import type { AgentTemplate, CatalogView } from '../../../../contract/index.ts'
import { toFailure } from '../../../errors.ts'
import { rpc } from '../../../rpc.ts'
import { Button } from '../../../ui/button.tsx'
import { Field, INPUT } from '../../../ui/field.tsx'
import { Kbd, MOD } from '../../../ui/kbd.tsx'
import { Failed } from '../../../ui/states.tsx'
import { costHint, timeHint } from '../cost-hint.ts'
import {
  type Draft,
  type Problems,
  allPlaced,
  isFolded,
  modelOf,
  problemAt,
  problemsOf,
  toCreate,
  withTemplate,
} from '../draft.ts'
import { networkWords } from '../words.ts'
import { Advanced } from './advanced.tsx'
import { ModelField } from './model-field.tsx'
import { ParameterField } from './parameter-field.tsx'
import { TemplatePicker } from './template-picker.tsx'
import { ToolsField } from './tools-field.tsx'
import { DraftProvider, useDraft } from './use-draft.ts'

const TaskField = () => {
  const { draft, template, problems, change } = useDraft()
  if (template.task === 'none') return null
  return (
    <Field required={template.task === 'required'} label="Task" error={problemAt(problems, 'task')}>
      {(attributes) => (
        <textarea
          {...attributes}
          rows={5}
          placeholder="What it is to do"
          className={`${INPUT} resize-y py-1.5`}
          value={draft.task}
          onChange={(event) => change({ task: event.target.value })}
        />
      )}
    </Field>
  )
}

const Hints = () => {
  const { draft, template, catalog } = useDraft()
  const model = modelOf(draft, template, catalog)
  return (
    <div className="grid gap-2 text-sm">
      <h2 className="text-md font-[620]">What to expect</h2>
      <p>{costHint(draft, template, model)}</p>
      <p className="text-ink-2">{timeHint(draft.limits, template)}</p>
      <p className="text-ink-2">
        In a box without keys. Network: {networkWords({ mode: draft.network, allow: [], record: draft.record })}.
      </p>
    </div>
  )
}

const focusFirstProblem = (form: HTMLFormElement | null) =>
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())

export interface NewAgentFormProps {
  catalog: CatalogView
  template: AgentTemplate
  initial: Draft
}

export const NewAgentForm = ({ catalog, template: first, initial }: NewAgentFormProps) => {
  const navigate = useNavigate()
  const form = useRef<HTMLFormElement>(null)
  const [draft, setDraft] = useState(initial)
  const [own, setOwn] = useState<Problems>({})
  const [unfolded, setUnfolded] = useState(false)
  const create = useMutation(
    rpc.agents.create.mutationOptions({
      onSuccess: ({ id }) => void navigate({ to: '/agents/$id', params: { id } }),
      onError: (error) => {
        if (isFolded(problemsOf(toFailure(error).details))) setUnfolded(true)
        focusFirstProblem(form.current)
      },
    }),
  )
  const template = catalog.templates.find(({ id }) => id === draft.template) ?? first
  const failure = create.error === null ? undefined : toFailure(create.error)
  const found = problemsOf(failure?.details)
  const problems = { ...found, ...own }
  const context = useMemo(
    () => ({
      draft,
      template,
      catalog,
      problems,
      change: (part: Partial<Draft>) => setDraft((former) => ({ ...former, ...part })),
    }),
    // oxlint-disable-next-line react/exhaustive-deps -- the problems change with what they are made of
    [draft, template, catalog, own, create.error],
  )
  const submit = (event?: SubmitEvent) => {
    event?.preventDefault()
    if (create.isPending) return
    const { input, problems: mistakes } = toCreate(draft, template)
    setOwn(mistakes)
    if (Object.keys(mistakes).length === 0) return create.mutate(input)
    if (isFolded(mistakes)) setUnfolded(true)
    focusFirstProblem(form.current)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    submit()
  }
  return (
    <DraftProvider value={context}>
      <form
        ref={form}
        noValidate
        aria-label="New agent"
        onSubmit={submit}
        onKeyDown={onKeyDown}
        className="mx-auto grid max-w-[1100px] grid-cols-[minmax(0,1fr)_290px] items-start gap-3 max-lg:grid-cols-[minmax(0,1fr)]"
      >
        <div className="card grid gap-5 p-5">
          <TemplatePicker
            templates={catalog.templates}
            value={draft.template}
            onChange={(id) => {
              const next = catalog.templates.find((one) => one.id === id)
              if (next !== undefined) setDraft(withTemplate(draft, next))
            }}
          />
          <TaskField />
          {template.parameters.map((parameter) => (
            <ParameterField key={`${template.id}-${parameter.name}`} parameter={parameter} />
          ))}
          {template.usesModel && <ModelField />}
          <ToolsField />
          <details open={unfolded} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
            <summary className="mb-3 font-[550] text-ink-2 hover:text-ink">
              Budget, workspace, network, limits and more
            </summary>
            <Advanced />
          </details>
        </div>
        <div className="card sticky top-0 grid gap-4 p-5 max-lg:static">
          <Hints />
          {failure !== undefined && !allPlaced(found) && <Failed error={create.error} inset={false} />}
          <Button type="submit" look="primary" busy={create.isPending}>
            {create.isPending ? 'Starting' : 'Start agent'}
            <Kbd>
              <span className="text-accent-ink">{MOD} Enter</span>
            </Kbd>
          </Button>
        </div>
      </form>
    </DraftProvider>
  )
}

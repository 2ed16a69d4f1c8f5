/** What stands in the form of a new agent, as it was typed, and what is sent of it. */
import type { Agent, AgentCreateInput, AgentTemplate, CatalogView, TemplateParameter } from '../../../contract/index.ts'

export type Workspace = 'none' | 'copy' | 'git'
export type Network = 'none' | 'egress' | 'bridge'
export type Runtime = 'auto' | 'sandbox' | 'docker'

export interface Draft {
  template: string
  task: string
  name: string
  parameters: Readonly<Record<string, string | boolean>>
  /** Empty: what the template says. */
  model: string
  /** Null: all that the template allows. */
  tools: readonly string[] | null
  labels: readonly string[]
  environment: readonly string[]
  limits: Readonly<Record<LimitName, string>>
  network: Network
  allow: readonly string[]
  record: boolean
  workspace: Workspace
  path: string
  ref: string
  money: string
  tokens: string
  toolCalls: string
  runtime: Runtime
  image: string
}

/** Durations are typed in minutes, and sent in seconds. */
export const LIMITS = [
  { name: 'cpus', title: 'Processors', unit: '', factor: 1 },
  { name: 'memoryMb', title: 'Memory', unit: 'MB', factor: 1 },
  { name: 'diskMb', title: 'Disk', unit: 'MB', factor: 1 },
  { name: 'pids', title: 'Processes', unit: '', factor: 1 },
  { name: 'ttlSeconds', title: 'Ends after', unit: 'minutes', factor: 60 },
  { name: 'wallSeconds', title: 'At work at most', unit: 'minutes', factor: 60 },
  { name: 'idleSeconds', title: 'Paused when idle for', unit: 'minutes', factor: 60 },
] as const
export type LimitName = (typeof LIMITS)[number]['name']

const NO_LIMITS: Draft['limits'] = {
  cpus: '',
  memoryMb: '',
  diskMb: '',
  pids: '',
  ttlSeconds: '',
  wallSeconds: '',
  idleSeconds: '',
}

const initialParameter = ({ type, default: value, required, choices }: TemplateParameter): string | boolean => {
  if (type === 'boolean') return value === true
  if (value !== undefined) return String(value)
  return type === 'choice' && required ? (choices[0] ?? '') : ''
}

const initialParameters = (template: AgentTemplate): Draft['parameters'] =>
  Object.fromEntries(template.parameters.map((parameter) => [parameter.name, initialParameter(parameter)]))

export const draftOf = (template: AgentTemplate): Draft => ({
  template: template.id,
  task: '',
  name: '',
  parameters: initialParameters(template),
  model: '',
  tools: null,
  labels: [],
  environment: [],
  limits: NO_LIMITS,
  network: 'none',
  allow: [],
  record: false,
  workspace: 'none',
  path: '',
  ref: '',
  money: '',
  tokens: '',
  toolCalls: '',
  runtime: 'auto',
  image: '',
})

/** Another template keeps what does not depend on the former one: the task above all. */
export const withTemplate = (draft: Draft, template: AgentTemplate): Draft => ({
  ...draft,
  template: template.id,
  parameters: initialParameters(template),
  model: '',
  tools: null,
  runtime: draft.runtime !== 'auto' && template.runtimes.includes(draft.runtime) ? draft.runtime : 'auto',
})

const pairs = (of: Record<string, string>) =>
  Object.entries(of).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
const typed = (value: number | undefined, factor = 1) =>
  value === undefined ? '' : String(Number((value / factor).toFixed(2)))

/** An agent like one that was. */
export const draftLike = (agent: Agent, template: AgentTemplate): Draft => {
  const { network, workspace, budget, limits } = agent
  return {
    ...draftOf(template),
    task: agent.task,
    parameters: {
      ...initialParameters(template),
      ...Object.fromEntries(
        Object.entries(agent.parameters).map(([name, value]) => [
          name,
          typeof value === 'boolean' ? value : String(value),
        ]),
      ),
    },
    model: agent.model !== null && agent.model !== template.model ? agent.model : '',
    tools: agent.tools.length === template.tools.length ? null : agent.tools,
    labels: pairs(agent.labels),
    environment: pairs(agent.environment),
    limits: {
      ...NO_LIMITS,
      ...Object.fromEntries(LIMITS.map(({ name, factor }) => [name, typed(limits[name], factor)])),
    },
    network: network.mode,
    allow: network.allow,
    record: network.record,
    workspace: workspace.kind,
    path: workspace.kind === 'none' ? '' : workspace.path,
    ref: workspace.kind === 'git' ? (workspace.ref ?? '') : '',
    money: typed(budget.money),
    tokens: typed(budget.tokens),
    toolCalls: typed(budget.toolCalls),
    runtime: agent.runtime ?? 'auto',
    image: agent.image !== null && agent.image !== template.image ? agent.image : '',
  }
}

/** What is wrong, by the place in the input that it is about. */
export type Problems = Readonly<Record<string, string>>

const isEmpty = (of: object) => Object.keys(of).length === 0
const split = (pair: string): [string, string] => {
  const at = pair.indexOf('=')
  return at === -1 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1)]
}

const reader = () => {
  const problems: Record<string, string> = {}
  const number = (path: string, text: string, factor = 1): number | undefined => {
    if (text.trim() === '') return undefined
    const value = Number(text.trim().replace(',', '.')) * factor
    if (!Number.isNaN(value)) return factor === 1 ? value : Math.round(value)
    problems[path] = 'This must be a number.'
    return undefined
  }
  return { problems, number }
}

const readParameter = (
  { name, type }: TemplateParameter,
  value: string | boolean,
  number: (path: string, text: string) => number | undefined,
): string | number | boolean | undefined => {
  if (typeof value === 'boolean') return value
  if (type === 'number') return number(`parameters.${name}`, value)
  return value === '' ? undefined : value
}

const defined = <T extends object>(of: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as never

const workspaceOf = ({ workspace, path, ref }: Draft): AgentCreateInput['workspace'] => {
  if (workspace === 'none') return undefined
  if (workspace === 'copy') return { kind: 'copy', path: path.trim() }
  return { kind: 'git', path: path.trim(), ...(ref.trim() === '' ? {} : { ref: ref.trim() }) }
}

export const toCreate = (draft: Draft, template: AgentTemplate): { input: AgentCreateInput; problems: Problems } => {
  const { problems, number } = reader()
  const parameters = defined(
    Object.fromEntries(
      template.parameters.map((parameter) => [
        parameter.name,
        readParameter(parameter, draft.parameters[parameter.name] ?? '', number),
      ]),
    ),
  )
  const limits = defined(
    Object.fromEntries(LIMITS.map(({ name, factor }) => [name, number(`limits.${name}`, draft.limits[name], factor)])),
  )
  const budget = defined({
    money: number('budget.money', draft.money),
    tokens: number('budget.tokens', draft.tokens),
    toolCalls: number('budget.toolCalls', draft.toolCalls),
  })
  const workspace = workspaceOf(draft)
  const input: AgentCreateInput = {
    template: draft.template,
    ...(template.task === 'none' ? {} : { task: draft.task }),
    ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
    ...(isEmpty(parameters) ? {} : { parameters }),
    ...(draft.model === '' || !template.usesModel ? {} : { model: draft.model }),
    ...(draft.tools === null ? {} : { tools: [...draft.tools] }),
    ...(draft.labels.length === 0 ? {} : { labels: Object.fromEntries(draft.labels.map(split)) }),
    ...(draft.environment.length === 0 ? {} : { environment: Object.fromEntries(draft.environment.map(split)) }),
    ...(isEmpty(limits) ? {} : { limits }),
    ...(draft.network === 'none'
      ? {}
      : {
          network: { mode: draft.network, allow: [...draft.allow], record: draft.network === 'egress' && draft.record },
        }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(isEmpty(budget) ? {} : { budget }),
    ...(draft.runtime === 'auto' ? {} : { runtime: draft.runtime }),
    ...(draft.image.trim() === '' ? {} : { image: draft.image.trim() }),
  }
  return { input, problems }
}

const isDetail = (detail: unknown): detail is { path: string; message: string } =>
  typeof detail === 'object' &&
  detail !== null &&
  'path' in detail &&
  typeof detail.path === 'string' &&
  'message' in detail &&
  typeof detail.message === 'string'

/** What the core found wrong, by place. */
export const problemsOf = (details: unknown): Problems =>
  Array.isArray(details) ? Object.fromEntries(details.filter(isDetail).map(({ path, message }) => [path, message])) : {}

/** What is wrong with a place or with anything in it. */
export const problemAt = (problems: Problems, path: string): string | undefined =>
  problems[path] ?? Object.entries(problems).find(([place]) => place.startsWith(`${path}.`))?.[1]

/** The places of the form that are folded away at first. */
const FOLDED = ['name', 'labels', 'environment', 'limits', 'network', 'workspace', 'budget', 'runtime', 'image']

export const isFolded = (problems: Problems): boolean => FOLDED.some((path) => problemAt(problems, path) !== undefined)

const PLACES = ['template', 'task', 'model', 'tools', 'parameters', ...FOLDED]

/** Whether every problem has a field at which it is said. */
export const allPlaced = (problems: Problems): boolean =>
  Object.keys(problems).length > 0 &&
  Object.keys(problems).every((path) => PLACES.some((place) => path === place || path.startsWith(`${place}.`)))

export const modelOf = ({ model }: Draft, template: AgentTemplate, catalog: CatalogView) => {
  const id = model === '' ? template.model : model
  return id === undefined || !template.usesModel ? undefined : catalog.models.find((one) => one.id === id)
}

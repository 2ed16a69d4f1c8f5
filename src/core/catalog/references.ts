/** What no schema can see: that every entry of a file fits the others it speaks of. */
import {
  type AgentTemplate,
  type CatalogModel,
  type CatalogProvider,
  type CatalogTool,
  SecretName,
  contract,
  listOperations,
} from '../../contract/index.ts'
import { looksLikeSecret } from '../secrets/index.ts'
import { convertParameter, placeholdersIn } from './fill.ts'
import { hintNear } from './near.ts'
import { type Entries, type Kind, type Lists, type Mistake, KINDS } from './parse.ts'

interface Look {
  lists: Lists
  /** Whether there is such an entry, and what the mistake says where there is none. */
  missing: (kind: Kind, id: string) => string | undefined
}

type Found = [place: string, message: string]

const RESERVED = new Set(['task', 'model'])

const providerMistakes = ({ kind, baseUrl, secret }: CatalogProvider): Found[] => {
  const found: Found[] = []
  if (kind === 'openai-compatible' && baseUrl === undefined) {
    found.push(['.baseUrl', 'A provider of this kind needs the address where it is reached.'])
  }
  if (baseUrl !== undefined) {
    const { protocol, username, password } = new URL(baseUrl)
    if (protocol !== 'http:' && protocol !== 'https:') found.push(['.baseUrl', 'must begin with https:// or http://'])
    if (username !== '' || password !== '')
      found.push(['.baseUrl', 'No name and no password belong here: keep the key as a secret and name it in "secret".'])
  }
  if (secret !== undefined && !SecretName.safeParse(secret).success)
    found.push(['.secret', 'must be the name of a secret; the key itself does not belong here.'])
  return found
}

/** The models that are gone on with, one after the other, back to the first. */
const cycleFrom = (start: CatalogModel, models: ReadonlyMap<string, CatalogModel>): string[] | undefined => {
  const walk = (model: CatalogModel, path: readonly string[], seen: Set<string>): string[] | undefined => {
    for (const id of model.fallbacks) {
      if (id === start.id) return [...path, id]
      const next = models.get(id)
      if (next === undefined || seen.has(id)) continue
      seen.add(id)
      const cycle = walk(next, [...path, id], seen)
      if (cycle !== undefined) return cycle
    }
    return undefined
  }
  return walk(start, [start.id], new Set())
}

const modelMistakes = (model: CatalogModel, { lists, missing }: Look): Found[] => {
  const found: Found[] = []
  const provider = missing('providers', model.provider)
  if (provider !== undefined) found.push(['.provider', provider])
  for (const [index, id] of model.fallbacks.entries()) {
    const fallback = missing('models', id)
    if (fallback !== undefined) found.push([`.fallbacks[${index}]`, fallback])
  }
  const cycle = cycleFrom(model, new Map(lists.models.map((one) => [one.id, one])))
  if (cycle !== undefined) found.push(['.fallbacks', `These go round in a circle: ${cycle.join(' → ')}.`])
  return found
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

const toolMistakes = ({ operations }: CatalogTool, names: readonly string[]): Found[] =>
  operations.flatMap((pattern, index): Found[] => {
    if (names.some((name) => matches(pattern, name))) return []
    return [[`.operations[${index}]`, `No operation is named like that.${hintNear(pattern, names)}`]]
  })

const parameterMistakes = ({ parameters }: AgentTemplate): Found[] => {
  const seen = new Set<string>()
  return parameters.flatMap((parameter, index): Found[] => {
    const at = `.parameters[${index}]`
    const found: Found[] = []
    if (RESERVED.has(parameter.name)) found.push([`${at}.name`, `{${parameter.name}} has a meaning of its own.`])
    if (seen.has(parameter.name)) found.push([`${at}.name`, `"${parameter.name}" is there already.`])
    seen.add(parameter.name)
    if (parameter.type === 'choice' && parameter.choices.length === 0)
      found.push([`${at}.choices`, 'A choice needs something to choose from.'])
    if (parameter.default !== undefined) {
      const result = convertParameter(parameter, parameter.default)
      if ('mistake' in result) found.push([`${at}.default`, result.mistake])
    }
    return found
  })
}

const templateMistakes = (template: AgentTemplate, { missing }: Look): Found[] => {
  const found: Found[] = parameterMistakes(template)
  const model = template.model === undefined ? undefined : missing('models', template.model)
  if (model !== undefined) found.push(['.model', model])
  for (const [index, id] of template.tools.entries()) {
    const tool = missing('tools', id)
    if (tool !== undefined) found.push([`.tools[${index}]`, tool])
  }
  if (template.runtimes.length === 0) found.push(['.runtimes', 'It has to run somewhere.'])
  if (template.recipe !== undefined && !/^[\w-][\w.-]*$/.test(template.recipe))
    found.push(['.recipe', 'must be the name of a file in resources/agent-image.'])

  const names = new Set([...RESERVED, ...template.parameters.map(({ name }) => name)])
  const unknown = (text: string, at: string): Found[] =>
    placeholdersIn(text).flatMap((name): Found[] => {
      if (name === 'task' && template.task === 'none') return [[at, 'It takes no task, so {task} would be empty.']]
      if (names.has(name)) return []
      return [[at, `There is no parameter for {${name}}; write {{${name}}} where these letters are meant.`]]
    })
  for (const [index, word] of template.command.entries()) found.push(...unknown(word, `.command[${index}]`))
  for (const [name, value] of Object.entries(template.environment)) {
    const at = `.environment[${JSON.stringify(name)}]`
    found.push(...unknown(value, at))
    if (looksLikeSecret(value, name))
      found.push([
        at,
        'This looks like a secret, and secrets do not enter a sandbox. Keep it with `gantry secrets set`.',
      ])
  }
  return found
}

/** Only what the file itself says is looked at: the rest was right before it. */
export const referenceMistakes = (lists: Lists, entries: Entries): Mistake[] => {
  const ids = (kind: Kind) => lists[kind].map(({ id }) => id)
  const singular: Record<Kind, string> = {
    providers: 'provider',
    models: 'model',
    tools: 'tool',
    templates: 'template',
  }
  const missing = (kind: Kind, id: string) =>
    ids(kind).includes(id) ? undefined : `There is no ${singular[kind]} "${id}".${hintNear(id, ids(kind))}`
  const look: Look = { lists, missing }
  const names = listOperations(contract).map(({ path }) => path.join('_'))
  const found: { [K in Kind]: (item: Lists[K][number]) => Found[] } = {
    providers: providerMistakes,
    models: (model) => modelMistakes(model, look),
    tools: (tool) => toolMistakes(tool, names),
    templates: (template) => templateMistakes(template, look),
  }
  const of = <K extends Kind>(kind: K): Mistake[] =>
    entries[kind].flatMap(({ path, item }) =>
      item === null ? [] : found[kind](item).map(([place, message]) => ({ path: path + place, message })),
    )
  return KINDS.flatMap((kind) => of(kind))
}

/** From text to the entries of a catalogue file, with every mistake named by its JSON path. */
import { z } from 'zod'
import {
  AgentTemplate,
  CatalogModel,
  CatalogProvider,
  CatalogTool,
  SomeLimits,
  TemplateParameter,
  isRecord,
} from '../../contract/index.ts'

export interface Lists {
  providers: readonly CatalogProvider[]
  models: readonly CatalogModel[]
  tools: readonly CatalogTool[]
  templates: readonly AgentTemplate[]
}
export type Kind = keyof Lists
export const KINDS = ['providers', 'models', 'tools', 'templates'] as const satisfies readonly Kind[]

export interface Mistake {
  /** JSON path: `$.models[2].context` */
  path: string
  message: string
}

/** What a file says about one id: an entry, or that there is to be none. */
export interface Entry<T> {
  id: string
  path: string
  item: T | null
}
export type Entries = { [K in Kind]: readonly Entry<Lists[K][number]>[] }

/** Unknown fields are mistakes here: most are a slip of the pen, and what was meant would not apply. */
const SCHEMAS = {
  providers: CatalogProvider.strict(),
  models: CatalogModel.strict(),
  tools: CatalogTool.strict(),
  templates: AgentTemplate.extend({
    parameters: z.array(TemplateParameter.strict()).default([]),
    limits: SomeLimits.strict().default({}),
  }).strict(),
}
const Removal = z
  .strictObject({ id: z.string().min(1), remove: z.literal(true) })
  .transform(({ id }) => ({ id, item: null }))

const step = (key: PropertyKey): string => {
  if (typeof key === 'number') return `[${key}]`
  const name = String(key)
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

const mistakesOf = (error: z.ZodError, at: string): Mistake[] =>
  error.issues.flatMap((issue) => {
    const path = at + issue.path.map(step).join('')
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
    return issue.keys.map((key) => ({ path: path + step(key), message: 'There is no such field.' }))
  })

const parseList = <T extends { id: string }>(
  raw: unknown,
  at: string,
  schema: z.ZodType<T>,
  mistakes: Mistake[],
): Entry<T>[] => {
  if (raw === undefined) return []
  if (!Array.isArray(raw)) {
    mistakes.push({ path: at, message: 'This must be a list.' })
    return []
  }
  const seen = new Set<string>()
  const Item = schema.transform((item) => ({ id: item.id, item }))
  return raw.flatMap((value: unknown, index): Entry<T>[] => {
    const path = `${at}[${index}]`
    const result = isRecord(value) && 'remove' in value ? Removal.safeParse(value) : Item.safeParse(value)
    if (!result.success) {
      mistakes.push(...mistakesOf(result.error, path))
      return []
    }
    const { id, item } = result.data
    if (seen.has(id)) mistakes.push({ path: `${path}.id`, message: `"${id}" is in this list already.` })
    seen.add(id)
    return [{ id, path, item }]
  })
}

export const NO_ENTRIES: Entries = { providers: [], models: [], tools: [], templates: [] }

export const parseCatalog = (text: string): { entries: Entries; mistakes: Mistake[] } => {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    return { entries: NO_ENTRIES, mistakes: [{ path: '$', message: `This is not JSON: ${(cause as Error).message}` }] }
  }
  if (!isRecord(raw)) {
    const message = `This must be an object with the lists ${KINDS.join(', ')}.`
    return { entries: NO_ENTRIES, mistakes: [{ path: '$', message }] }
  }
  const known: readonly string[] = [...KINDS, '$schema']
  const mistakes: Mistake[] = Object.keys(raw)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: `$${step(key)}`, message: `There are only the lists ${KINDS.join(', ')}.` }))
  const entries: Entries = {
    providers: parseList(raw['providers'], '$.providers', SCHEMAS.providers, mistakes),
    models: parseList(raw['models'], '$.models', SCHEMAS.models, mistakes),
    tools: parseList(raw['tools'], '$.tools', SCHEMAS.tools, mistakes),
    templates: parseList(raw['templates'], '$.templates', SCHEMAS.templates, mistakes),
  }
  return { entries, mistakes }
}

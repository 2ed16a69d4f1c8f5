/**
 * Owns what agents are made of: providers, models, tools and templates, ours overlaid by the user's own file.
 * Promises a catalogue that is right in itself at any time: a wrong edit keeps the last good one and is told by its place.
 * Never knows what can be used on this machine: it is told, and passes it on with the reason.
 */
import { readFileSync, statSync } from 'node:fs'
import {
  type AgentTemplate,
  type Availability,
  type CatalogModel,
  type CatalogProvider,
  type CatalogTool,
  type CatalogView,
  GantryError,
} from '../../contract/index.ts'
import { watchFile } from '../files/index.ts'
import { fill } from './fill.ts'
import { hintNear } from './near.ts'
import { NO_LISTS, overlay } from './overlay.ts'
import { type Kind, type Lists, type Mistake, NO_ENTRIES, parseCatalog } from './parse.ts'
import { referenceMistakes } from './references.ts'

export interface CatalogAvailability {
  /** Whether there is a secret of this name that can be used. */
  hasSecret: (name: string) => boolean
  /** Why a template cannot run here, such as an image that is not built. */
  template?: (template: AgentTemplate) => string | null
  /** Why a provider cannot be reached, beyond its key. */
  provider?: (provider: CatalogProvider) => string | null
}

export interface CatalogOptions {
  /** Ours: `resources/catalog.json`. */
  file: string
  /** The user's: `catalog.json` in the data folder. It need not exist. */
  overlay: string
  availability: CatalogAvailability
  /** Called after the catalogue became another one. */
  onChange: () => void
  /** Called with what is wrong with the user's file, and with nothing once it is mended. */
  onProblem: (problems: CatalogView['problems']) => void
}

type Read = { text: string } | { mistake: string } | 'missing'

const MOST_BYTES = 4 * 1024 * 1024

const readText = (file: string): Read => {
  try {
    const found = statSync(file)
    // Reading a pipe would wait for ever.
    if (!found.isFile()) return { mistake: 'This is not a file.' }
    if (found.size > MOST_BYTES) return { mistake: 'This is larger than any catalogue.' }
    return { text: readFileSync(file, 'utf8') }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    return code === 'ENOENT' ? 'missing' : { mistake: `This cannot be read: ${message}` }
  }
}

/** Lists with a file laid over them, or what is wrong with it. */
const withFile = (base: Lists, read: Read): { lists: Lists; mistakes: Mistake[] } => {
  if (read === 'missing') return { lists: overlay(base, NO_ENTRIES), mistakes: [] }
  if ('mistake' in read) return { lists: base, mistakes: [{ path: '$', message: read.mistake }] }
  const { entries, mistakes } = parseCatalog(read.text)
  const lists = overlay(base, entries)
  // References to entries that could not be read would be told as a second mistake.
  return { lists, mistakes: mistakes.length > 0 ? mistakes : referenceMistakes(lists, entries) }
}

const openBuiltIn = (file: string): Lists => {
  const read = readText(file)
  const { lists, mistakes } = withFile(NO_LISTS, read === 'missing' ? { mistake: 'This is missing.' } : read)
  if (mistakes.length === 0) return lists
  throw new GantryError(
    'E_INTERNAL',
    `The catalogue of Gantry itself is damaged: ${mistakes.map(({ path, message }) => `${path}: ${message}`).join(' · ')}`,
    { hint: `Install Gantry again; ${file} is part of it.` },
  )
}

export const openCatalog = ({ file, overlay: overlayFile, availability, onChange, onProblem }: CatalogOptions) => {
  const builtIn = openBuiltIn(file)
  let lists = builtIn
  let problems: CatalogView['problems'] = []

  const reload = () => {
    const before = JSON.stringify(lists)
    const told = JSON.stringify(problems)
    const result = withFile(builtIn, readText(overlayFile))
    problems = result.mistakes.map((mistake) => ({ file: overlayFile, ...mistake }))
    if (problems.length === 0) lists = result.lists
    if (JSON.stringify(problems) !== told) onProblem(problems)
    return JSON.stringify(lists) !== before
  }

  const find = <K extends Kind>(kind: K, what: string, id: string): Lists[K][number] => {
    const found = lists[kind].find((item) => item.id === id)
    if (found !== undefined) return found
    const ids = lists[kind].map((item) => item.id)
    throw new GantryError('E_NOT_FOUND', `There is no ${what} named "${id}".${hintNear(id, ids)}`, {
      hint: ids.length === 0 ? `There are no ${kind} at all.` : `There are ${ids.join(', ')}.`,
    })
  }

  const provider = (id: string): CatalogProvider => find('providers', 'provider', id)
  const model = (id: string): CatalogModel => find('models', 'model', id)
  const tool = (id: string): CatalogTool => find('tools', 'tool', id)
  const template = (id: string): AgentTemplate => find('templates', 'template', id)

  const whyNotProvider = (one: CatalogProvider): string | null => {
    if (one.secret !== undefined && !availability.hasSecret(one.secret))
      return `No key yet: gantry secrets set ${one.secret}`
    return availability.provider?.(one) ?? null
  }

  /** Why it cannot be used here, or nothing. */
  const whyNot = (kind: 'provider' | 'model' | 'template', id: string): string | null => {
    switch (kind) {
      case 'provider':
        return whyNotProvider(provider(id))
      case 'model':
        return whyNotProvider(provider(model(id).provider))
      case 'template':
        return availability.template?.(template(id)) ?? null
    }
  }

  const judged = <T extends { id: string }>(
    kind: Parameters<typeof whyNot>[0],
    items: readonly T[],
  ): (T & Availability)[] =>
    items.map((item) => {
      const reason = whyNot(kind, item.id)
      return { ...item, available: reason === null, reason }
    })

  const view = (): CatalogView => ({
    problems,
    overlay: overlayFile,
    providers: judged('provider', lists.providers),
    models: judged('model', lists.models),
    tools: [...lists.tools],
    templates: judged('template', lists.templates),
  })

  reload()
  const watcher = watchFile(overlayFile, () => {
    if (reload()) onChange()
  })

  return {
    view,
    provider,
    model,
    tool,
    template,
    whyNot,
    fill,
    /** All there is, without what can be used here. */
    lists: (): Lists => lists,
    stop: () => watcher.close(),
  }
}

export type Catalog = ReturnType<typeof openCatalog>

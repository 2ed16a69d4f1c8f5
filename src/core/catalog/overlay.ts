/** Lays the entries of a file over lists that are there: same id replaces, a removal hides, a new id adds. */
import type { Entries, Entry, Kind, Lists } from './parse.ts'

export const NO_LISTS: Lists = { providers: [], models: [], tools: [], templates: [] }

const overlayList = <T extends { id: string }>(base: readonly T[], entries: readonly Entry<T>[]): T[] => {
  const byId = new Map(base.map((item) => [item.id, item]))
  for (const { id, item } of entries) {
    if (item === null) byId.delete(id)
    else byId.set(id, item)
  }
  return [...byId.values()]
}

const idsOf = (items: readonly { id: string }[]): ReadonlySet<string> => new Set(items.map(({ id }) => id))

/**
 * What was removed is removed from the entries below as well, so that hiding a provider is one line. The file's own
 * entries stay as they are: a reference of theirs that leads nowhere is a mistake to be told.
 */
export const overlay = (base: Lists, entries: Entries): Lists => {
  const own = (kind: Kind) => idsOf(entries[kind])
  const providers = overlayList(base.providers, entries.providers)
  const tools = overlayList(base.tools, entries.tools)

  const ownModels = own('models')
  const hasProvider = idsOf(providers)
  const reachable = overlayList(base.models, entries.models).filter(
    ({ id, provider }) => ownModels.has(id) || hasProvider.has(provider),
  )
  const hasModel = idsOf(reachable)
  const models = reachable.map((model) =>
    ownModels.has(model.id) ? model : { ...model, fallbacks: model.fallbacks.filter((id) => hasModel.has(id)) },
  )

  const ownTemplates = own('templates')
  const hasTool = idsOf(tools)
  const templates = overlayList(base.templates, entries.templates).map((template) => {
    if (ownTemplates.has(template.id)) return template
    const { model, ...rest } = template
    return {
      ...rest,
      tools: template.tools.filter((id) => hasTool.has(id)),
      ...(model !== undefined && hasModel.has(model) ? { model } : {}),
    }
  })
  return { providers, models, tools, templates }
}

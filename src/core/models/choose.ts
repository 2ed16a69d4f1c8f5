/** From the name that a program asks for to the models that are tried for it. */
import { CallFailure } from './failure.ts'
import type { Target } from './providers.ts'
import type { ModelCaller, ModelCatalog } from './types.ts'

export const allowedModels = ({ models }: ModelCatalog, caller: Pick<ModelCaller, 'model' | 'models'>) =>
  models.filter(({ id }) => id === caller.model || caller.models.includes(id))

/** Programs ask for models by names of their own; what is not known here means the agent's model. */
const idFor = (name: string, catalog: ModelCatalog, caller: ModelCaller): string => {
  const allowed = allowedModels(catalog, caller)
  const found = allowed.find(({ id }) => id === name) ?? allowed.find((model) => model.name === name)
  return found?.id ?? caller.model
}

/** The model and, after it, those to go on with. */
export const chainFor = (name: string, catalog: ModelCatalog, caller: ModelCaller): Target[] => {
  const first = idFor(name, catalog, caller)
  const modelOf = (id: string) => catalog.models.find((model) => model.id === id)
  const next = first === caller.model && caller.fallbacks !== undefined ? caller.fallbacks : modelOf(first)?.fallbacks
  const targets = [...new Set([first, ...(next ?? [])])].flatMap((id) => {
    const model = modelOf(id)
    const provider = catalog.providers.find((one) => one.id === model?.provider)
    return model === undefined || provider === undefined ? [] : [{ model, provider }]
  })
  if (targets.length === 0) {
    throw new CallFailure('unavailable', `The catalogue has no model "${first}" any more, or no provider for it.`)
  }
  return targets
}

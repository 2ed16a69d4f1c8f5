/** What programs ask before and beside their calls: which models there are, which version this is, how much a text is. */
import type { CatalogModel } from '../../contract/index.ts'
import type { InsideHttpResponse } from '../wire/index.ts'
import { jsonResponse } from './answer.ts'
import { allowedModels } from './choose.ts'
import type { Json } from './json.ts'
import type { ModelCaller, ModelCatalog } from './types.ts'

/** Programs refuse to speak to an Ollama of before they were made. */
const OLLAMA_VERSION = '0.12.0'

/** OpenAI's and Anthropic's fields in one: each program reads its own. */
const modelJson = ({ id, title, provider, context, maxOutput }: CatalogModel, at: Date): Json => ({
  id,
  object: 'model',
  type: 'model',
  created: Math.floor(at.getTime() / 1000),
  created_at: at.toISOString(),
  owned_by: provider,
  display_name: title,
  max_input_tokens: context,
  ...(maxOutput === undefined ? {} : { max_tokens: maxOutput }),
})

const details = { parent_model: '', format: '', family: '', families: [], parameter_size: '', quantization_level: '' }

const tagJson = ({ id }: CatalogModel, at: Date): Json => ({
  name: id,
  model: id,
  modified_at: at.toISOString(),
  size: 0,
  digest: '',
  details,
})

const EPOCH = new Date(0)

const list = (models: readonly CatalogModel[]) =>
  jsonResponse(200, {
    object: 'list',
    data: models.map((model) => modelJson(model, EPOCH)),
    has_more: false,
    first_id: models.at(0)?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  })

const text = (body: string): InsideHttpResponse => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
})

const PROBES: Record<string, (models: readonly CatalogModel[]) => InsideHttpResponse> = {
  'GET /': () => text('Ollama is running'),
  'GET /v1/models': list,
  'GET /api/tags': (models) => jsonResponse(200, { models: models.map((model) => tagJson(model, EPOCH)) }),
  'GET /api/ps': () => jsonResponse(200, { models: [] }),
  'GET /api/version': () => jsonResponse(200, { version: OLLAMA_VERSION }),
  'POST /api/show': () =>
    jsonResponse(200, { details, model_info: {}, capabilities: ['completion', 'tools'], template: '', modelfile: '' }),
}

const MODEL_PATH = '/v1/models/'

/** Answers to what costs nothing; undefined when it is none of that. */
export const answerProbe = (
  method: string,
  path: string,
  catalog: ModelCatalog,
  caller: ModelCaller,
): InsideHttpResponse | undefined => {
  const asked = method === 'HEAD' ? 'GET' : method
  const models = allowedModels(catalog, caller)
  const probe = PROBES[`${asked} ${path}`]
  if (probe !== undefined) return { ...probe(models), ...(method === 'HEAD' ? { body: '' } : {}) }
  if (asked !== 'GET' || !path.startsWith(MODEL_PATH)) return undefined
  const id = decodeURIComponent(path.slice(MODEL_PATH.length))
  const model = models.find((one) => one.id === id || one.name === id) ?? models.find((one) => one.id === caller.model)
  return model === undefined ? undefined : jsonResponse(200, modelJson(model, EPOCH))
}

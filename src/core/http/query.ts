/** How an address carries input: what of it is in the query, and that lists are lists however often they are named. */
import type { StandardHandlerInterceptorOptions, StandardHandlerPlugin } from '@orpc/server/standard'
import { z } from 'zod'
import { type JsonSchema, expandSchema, isRecord, propertiesOf, toJsonSchema } from '../../contract/index.ts'
import type { CallContext } from '../operations/index.ts'

type Handling<T extends CallContext> = StandardHandlerInterceptorOptions<T>

const isEmpty = (body: unknown): boolean => body === undefined || (isRecord(body) && Object.keys(body).length === 0)

/** Given under names that no field can have, so that it is refused like any other field that there is not. */
const asStrangers = (query: URLSearchParams) =>
  Object.fromEntries([...query].map(([name, value]) => [`?${name}`, value]))

/** What goes without a body has its input in the query; what has one takes nothing from there. */
export const withQuery = <T extends CallContext, R>({
  next,
  ...options
}: Handling<T> & { next: (options: Handling<T>) => Promise<R> }): Promise<R> => {
  const { request } = options
  const query = request.url.searchParams
  if (request.method === 'GET' || query.size === 0) return next(options)
  const body = async () => {
    const sent = await request.body()
    if (request.method === 'DELETE' && isEmpty(sent)) return query
    return isRecord(sent) ? { ...sent, ...asStrangers(query) } : sent
  }
  return next({ ...options, request: { ...request, body } })
}

/** `?types=a` is a list with one entry, also inside an object: how often a name is given must not change its type. */
const withLists = (value: unknown, root: JsonSchema, at: unknown): unknown => {
  if (!isRecord(at)) return value
  const schema = expandSchema(at, root)
  if (schema['type'] === 'array') {
    const items = typeof value === 'string' ? [value] : value
    return Array.isArray(items) ? items.map((item) => withLists(item, root, schema['items'])) : items
  }
  if (!isRecord(value)) return value
  const properties = propertiesOf(schema)
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      withLists(child, root, Object.hasOwn(properties, name) ? properties[name] : schema['additionalProperties']),
    ]),
  )
}

/** Lists come first: only then are their entries read as the types that they are to have. */
export const createListsPlugin = (): StandardHandlerPlugin<CallContext> => {
  const schemas = new WeakMap<z.ZodType, JsonSchema>()
  const schemaOf = (input: z.ZodType): JsonSchema => {
    const schema = schemas.get(input) ?? toJsonSchema(input, 'input')
    schemas.set(input, schema)
    return schema
  }
  return {
    // Behind the others: who puts an interceptor before all that are there already comes first.
    order: Number.MAX_SAFE_INTEGER,
    init: (options) => {
      options.clientInterceptors = [
        ({ next, ...call }) => {
          const { inputSchema } = call.procedure['~orpc']
          if (!(inputSchema instanceof z.ZodType)) return next(call)
          const schema = schemaOf(inputSchema)
          return next({ ...call, input: withLists(call.input, schema, schema) })
        },
        ...(options.clientInterceptors ?? []),
      ]
    },
  }
}

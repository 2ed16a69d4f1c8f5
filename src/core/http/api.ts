/** REST and RPC: two wires into the same router. REST is for people and programs, RPC for our own clients. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SmartCoercionPlugin } from '@orpc/json-schema'
import { OpenAPIHandler } from '@orpc/openapi/node'
import { ORPCError, type Router } from '@orpc/server'
import { RPCHandler } from '@orpc/server/node'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { z } from 'zod'
import { ErrorBody, GantryError, type OperationMeta, toGantryError, toOrpcError } from '../../contract/index.ts'
import type { CallContext } from '../operations/index.ts'

// The contract's router as oRPC's handlers ask for it.
// oxlint-disable-next-line typescript/no-explicit-any
export type ApiRouter = Router<any, CallContext>

/** The body was read under our cap already; the handlers take it from here instead of reading the stream. */
type Parsed = IncomingMessage & { body?: unknown }

export const createApi = (router: ApiRouter) => {
  const listFields = createListFields()
  const rest = new OpenAPIHandler(router, {
    plugins: [new SmartCoercionPlugin({ schemaConverters: [new ZodToJsonSchemaConverter()] })],
    customErrorResponseBodyEncoder: (error) => toGantryError(error).toBody(),
    rootInterceptors: [withRetryAfter],
    interceptors: [withOurErrors],
    clientInterceptors: [
      async ({ next, input, procedure, ...options }) =>
        next({ ...options, procedure, input: withLists(input, listFields(procedure['~orpc'].inputSchema)) }),
      async ({ next, procedure }) => {
        const output = await next()
        const { text } = procedure['~orpc'].meta as OperationMeta
        if (text === undefined || text.mediaType === null) return output
        return new Blob([text.render(output as never)], { type: text.mediaType })
      },
    ],
  })
  const rpc = new RPCHandler(router, { interceptors: [withOurErrors] })

  return {
    rest: async (request: Parsed, response: ServerResponse, context: CallContext) =>
      (await rest.handle(request, response, { context })).matched,
    rpc: async (request: Parsed, response: ServerResponse, context: CallContext) =>
      (await rpc.handle(request, response, { prefix: '/rpc', context })).matched,
  }
}

/** The fields of an input that are lists, looked up once for each schema. */
const createListFields = () => {
  const known = new Map<unknown, string[]>()
  return (schema: unknown): string[] => {
    const found = known.get(schema) ?? (schema instanceof z.ZodObject ? listFieldsOf(schema) : [])
    known.set(schema, found)
    return found
  }
}

const listFieldsOf = (schema: z.ZodObject) =>
  Object.entries(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {}).flatMap(
    ([name, field]) => (typeof field === 'object' && field.type === 'array' ? [name] : []),
  )

/** `?types=a` is a list with one entry: how often a name is given must not change its type. */
const withLists = (input: unknown, fields: readonly string[]): unknown => {
  if (typeof input !== 'object' || input === null) return input
  const single = Object.entries(input).filter(([name, value]) => fields.includes(name) && typeof value === 'string')
  return single.length === 0
    ? input
    : { ...input, ...Object.fromEntries(single.map(([name, value]) => [name, [value]])) }
}

interface Handled {
  matched: boolean
  response?: { status: number; headers: Record<string, string | string[] | undefined>; body?: unknown } | undefined
}

const Waiting = ErrorBody.extend({ details: z.object({ retryAfterSeconds: z.number() }) })

/** Says in HTTP's own words when to come back, for clients that know how to wait. */
const withRetryAfter = async <T extends Handled>({ next }: { next: () => Promise<T> }): Promise<T> => {
  const result = await next()
  const waiting = result.response?.status === 429 ? Waiting.safeParse(result.response.body).data : undefined
  if (waiting !== undefined && result.response !== undefined) {
    result.response.headers['retry-after'] = String(waiting.details.retryAfterSeconds)
  }
  return result
}

/**
 * What fails before an operation is reached (a path, a body) gets the same shape as what fails within. Operations fail
 * with errors of our own only, so anything else comes from reading the request.
 */
const unreadable = (cause: unknown) =>
  new GantryError('E_SCHEMA', 'The request cannot be read: it is not of the form that this address takes.', {
    hint: 'GET /openapi.json says what each address takes; /docs shows it.',
    cause,
  })

const withOurErrors = async <T>({ next }: { next: () => Promise<T> }): Promise<T> => {
  try {
    return await next()
  } catch (thrown) {
    throw toOrpcError(thrown instanceof ORPCError ? thrown : unreadable(thrown))
  }
}

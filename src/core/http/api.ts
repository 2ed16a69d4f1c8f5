/** REST, its streams as sockets, and RPC: wires into the same router. RPC is for our own clients, the others for all. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SmartCoercionPlugin } from '@orpc/json-schema'
import { OpenAPIHandler } from '@orpc/openapi/node'
import { ORPCError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/node'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { z } from 'zod'
import { ErrorBody, GantryError, type OperationMeta, toGantryError, toOrpcError } from '../../contract/index.ts'
import type { CallContext } from '../operations/index.ts'
import { createListsPlugin, withQuery } from './query.ts'
import type { ApiRouter } from './router.ts'
import { createStreamOpener } from './stream-opener.ts'

/** The body was read under our cap already; the handlers take it from here instead of reading the stream. */
type Parsed = IncomingMessage & { body?: unknown }

export const createApi = (router: ApiRouter, keepAliveMs: number) => {
  const reading = () => [
    new SmartCoercionPlugin<CallContext>({ schemaConverters: [new ZodToJsonSchemaConverter()] }),
    createListsPlugin(),
  ]
  const rest = new OpenAPIHandler(router, {
    plugins: reading(),
    eventIteratorKeepAliveInterval: keepAliveMs,
    customErrorResponseBodyEncoder: (error) => toGantryError(error).toBody(),
    rootInterceptors: [withRetryAfter, withQuery],
    interceptors: [withOurErrors],
    clientInterceptors: [
      async ({ next, procedure }) => {
        const output = await next()
        const { text } = procedure['~orpc'].meta as OperationMeta
        if (text === undefined || text.mediaType === null) return output
        return new Blob([text.render(output as never)], { type: text.mediaType })
      },
    ],
  })
  const rpc = new RPCHandler(router, { interceptors: [withOurErrors], eventIteratorKeepAliveInterval: keepAliveMs })

  return {
    rest: async (request: Parsed, response: ServerResponse, context: CallContext) =>
      (await rest.handle(request, response, { context })).matched,
    rpc: async (request: Parsed, response: ServerResponse, context: CallContext) =>
      (await rpc.handle(request, response, { prefix: '/rpc', context })).matched,
    openStream: createStreamOpener(router, reading, withOurErrors),
  }
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

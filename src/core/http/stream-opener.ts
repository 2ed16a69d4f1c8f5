/** Opens the stream behind an address, for those who carry its items themselves. */
import { getEventIteratorSchemaDetails } from '@orpc/contract'
import { OpenAPIHandler } from '@orpc/openapi/fetch'
import type { StandardHandlerPlugin } from '@orpc/server/standard'
import { type GantryError, toGantryError } from '../../contract/index.ts'
import type { CallContext } from '../operations/index.ts'
import type { ApiRouter } from './router.ts'

/** `none`: there is no stream at this address; `refused`: the operation itself said no. */
export type OpenedStream =
  | { kind: 'none' }
  | { kind: 'refused'; error: GantryError }
  | { kind: 'open'; items: AsyncIterable<unknown> }

interface Taking extends CallContext {
  take: (opened: OpenedStream) => void
}

const isStream = (output: unknown): output is AsyncIterable<unknown> =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output

/** The address and its query are read just as REST reads them; only what would become the answer is taken out. */
export const createStreamOpener = (
  router: ApiRouter,
  plugins: () => StandardHandlerPlugin<CallContext>[],
  withOurErrors: <T>(handling: { next: () => Promise<T> }) => Promise<T>,
) => {
  const handler = new OpenAPIHandler<Taking>(router, {
    plugins: plugins(),
    interceptors: [
      async ({ next, context }) => {
        try {
          return await withOurErrors({ next })
        } catch (thrown) {
          context.take({ kind: 'refused', error: toGantryError(thrown) })
          throw thrown
        }
      },
    ],
    clientInterceptors: [
      async ({ next, context, procedure }) => {
        // Not even called: what it would answer is not asked for.
        if (getEventIteratorSchemaDetails(procedure['~orpc'].outputSchema) === undefined) return undefined
        const items = await next()
        if (isStream(items)) context.take({ kind: 'open', items })
        return undefined
      },
    ],
  })

  return async (request: Request, context: CallContext): Promise<OpenedStream> => {
    let opened: OpenedStream = { kind: 'none' }
    await handler.handle(request, { context: { ...context, take: (taken) => (opened = taken) } })
    return opened
  }
}

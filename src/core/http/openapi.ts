/** The OpenAPI 3.1 description, generated from the contract. Loaded when somebody asks for it. */
import type { AnyContractRouter } from '@orpc/contract'
import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { z } from 'zod'
import {
  contract,
  ErrorBody,
  exampleOf,
  listOperations,
  type Operation,
  outputJsonSchema,
} from '../../contract/index.ts'
import { describeInput } from './openapi-input.ts'

type Method = 'get' | 'put' | 'post' | 'delete'

const AS_SOCKET =
  'Also as WebSocket at the same address: an item a message, an error as the last one, then the close code 4000 + status. ' +
  'Browsers send the key as subprotocol: `["gantry", "gantry.bearer.<key>"]`.'

const describe = (operation: Operation, document: OpenAPI.Document) => {
  const described = document.paths?.[operation.route]?.[operation.method.toLowerCase() as Method]
  if (described === undefined) return
  const { permission, text } = operation.meta
  described.operationId = operation.name
  described.tags = [operation.path[0] ?? 'other']
  described.security = permission === 'public' ? [] : [{ bearer: [] }, { apiKey: [] }]
  described.description = [
    operation.description,
    ...(operation.stream ? [AS_SOCKET] : []),
    ...(permission === 'public' ? [] : [`Permission: \`${permission}\`.`]),
  ].join('\n\n')
  describeInput(described, operation.method)
  described.responses = { ...described.responses, default: { $ref: '#/components/responses/Error' } }
  const example = exampleOf(outputJsonSchema(operation))
  if (text !== undefined && text.mediaType !== null) {
    const mediaType = text.mediaType.split(';')[0] ?? 'text/plain'
    described.responses['200'] = {
      description: 'OK',
      content: { [mediaType]: { schema: { type: 'string' }, example: text.render(example as never) } },
    }
    return
  }
  for (const response of Object.values(described.responses)) {
    if (!('content' in response)) continue
    for (const [mediaType, content] of Object.entries(response.content ?? {})) {
      content.example = mediaType === 'text/event-stream' ? asServerSentEvent(example) : example
    }
  }
}

const asServerSentEvent = (item: unknown) => `event: message\ndata: ${JSON.stringify(item)}\n\n`

export const describeApi = async (
  version: string,
  url: string,
  router: AnyContractRouter = contract,
): Promise<OpenAPI.Document> => {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(router, {
    info: {
      title: 'Gantry',
      version,
      description:
        'The control room for AI agents and everything they stand on. Send a key as `Authorization: Bearer …` or `X-API-Key`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url }],
    commonSchemas: { Error: { schema: ErrorBody } },
  })
  document.components = {
    ...document.components,
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    },
    responses: {
      Error: {
        description: 'What went wrong, and what to do about it',
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/Error' },
            example: exampleOf(z.toJSONSchema(ErrorBody)),
          },
        },
      },
    },
  }
  for (const operation of listOperations(router)) describe(operation, document)
  return document
}

/** The OpenAPI 3.1 description, generated from the contract. Loaded when somebody asks for it. */
import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { contract, ErrorBody, listOperations, type Operation } from '../../contract/index.ts'

type Method = 'get' | 'put' | 'post' | 'delete'

const describe = (operation: Operation, document: OpenAPI.Document) => {
  const described = document.paths?.[operation.route]?.[operation.method.toLowerCase() as Method]
  if (described === undefined) return
  const { permission, text } = operation.meta
  described.operationId = operation.name
  described.tags = [operation.path[0] ?? 'other']
  described.security = permission === 'public' ? [] : [{ bearer: [] }, { apiKey: [] }]
  if (permission !== 'public') described.description = `${operation.description}\n\nPermission: \`${permission}\`.`
  described.responses = { ...described.responses, default: { $ref: '#/components/responses/Error' } }
  if (text !== undefined) {
    described.responses['200'] = { description: 'OK', content: { [text.mediaType.split(';')[0] ?? 'text/plain']: { schema: { type: 'string' } } } }
  }
}

export const describeApi = async (version: string, url: string): Promise<OpenAPI.Document> => {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(contract, {
    info: {
      title: 'Gantry',
      version,
      description: 'The control room for AI agents and everything they stand on. Send a key as `Authorization: Bearer …` or `X-API-Key`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url }],
    commonSchemas: { Error: { schema: ErrorBody } },
  })
  document.components = {
    ...document.components,
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
    responses: {
      Error: {
        description: 'What went wrong, and what to do about it',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
  for (const operation of listOperations(contract)) describe(operation, document)
  return document
}

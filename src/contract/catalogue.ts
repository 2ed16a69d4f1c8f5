/** The contract as a flat list: what the surfaces walk to make tools, commands, palette entries and documentation. */
import {
  type AnyContractProcedure,
  type AnyContractRouter,
  getEventIteratorSchemaDetails,
  isContractProcedure,
} from '@orpc/contract'
import { z } from 'zod'
import type { OperationMeta } from './operation.ts'

export interface Operation {
  /** `['access', 'keys', 'create']` */
  path: readonly string[]
  /** `access.keys.create` */
  name: string
  summary: string
  description: string
  method: string
  route: string
  meta: OperationMeta
  input: z.ZodObject
  /** What is answered, or for a stream what each item of it is. */
  output: z.ZodType
  stream: boolean
}

const asZod = (schema: unknown, where: string): z.ZodType => {
  if (schema instanceof z.ZodType) return schema
  throw new TypeError(`${where} needs a zod schema`)
}

const describe = (path: readonly string[], procedure: AnyContractProcedure): Operation => {
  const definition = procedure['~orpc']
  const name = path.join('.')
  const yields = getEventIteratorSchemaDetails(definition.outputSchema)?.yields
  const input = asZod(definition.inputSchema, `${name}: the input`)
  if (!(input instanceof z.ZodObject)) throw new TypeError(`${name}: the input must be an object`)
  return {
    path,
    name,
    summary: definition.route.summary ?? name,
    description: definition.route.description ?? '',
    method: definition.route.method ?? 'POST',
    route: definition.route.path ?? `/${path.join('/')}`,
    meta: definition.meta as OperationMeta,
    input,
    output: asZod(yields ?? definition.outputSchema, `${name}: the output`),
    stream: yields !== undefined,
  }
}

/** Every operation in the order it is declared. */
export const listOperations = (router: AnyContractRouter, path: readonly string[] = []): Operation[] => {
  if (isContractProcedure(router)) return [describe(path, router)]
  return Object.entries(router).flatMap(([key, child]) => listOperations(child, [...path, key]))
}

/** JSON schemas as the outside sees them: inputs before defaults are filled in, outputs as they are sent. */
export const inputJsonSchema = (operation: Operation) => toJsonSchema(operation.input, 'input')
export const outputJsonSchema = (operation: Operation) => toJsonSchema(operation.output, 'output')

export const toJsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema: { _zod }, jsonSchema }) => {
      // Every surface refuses a field that is not known, so the schema says so.
      if (io === 'input' && _zod.def.type === 'object' && !('catchall' in _zod.def && _zod.def.catchall !== undefined))
        jsonSchema.additionalProperties = false
    },
  })
  return rest
}

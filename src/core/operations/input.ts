/** What was given and is no field of the input is refused: on every surface, as the command line does. */
import { z } from 'zod'
import { GantryError, type JsonSchema, propertiesOf, toJsonSchema, unknownFields } from '../../contract/index.ts'
import type { Around } from './around.ts'

const unknownField = (unknown: readonly string[], schema: JsonSchema): GantryError => {
  const names = Object.keys(propertiesOf(schema))
  return new GantryError('E_SCHEMA', `There is no input field ${unknown.map((path) => `"${path}"`).join(', ')}.`, {
    hint: names.length === 0 ? 'This takes no input.' : `The fields are ${names.join(', ')}.`,
    details: unknown.map((path) => ({ path, message: 'is no field of this input' })),
  })
}

export const refuseUnknownFields = (): Around => {
  // Made once for each input: a schema is the same for all calls.
  const schemas = new WeakMap<z.ZodType, JsonSchema>()
  const schemaOf = (input: z.ZodType): JsonSchema => {
    const schema = schemas.get(input) ?? toJsonSchema(input, 'input')
    schemas.set(input, schema)
    return schema
  }
  return async ({ next, procedure }, input) => {
    const { inputSchema } = procedure['~orpc']
    if (inputSchema instanceof z.ZodType) {
      const unknown = unknownFields(input, schemaOf(inputSchema))
      if (unknown.length > 0) throw unknownField(unknown, schemaOf(inputSchema))
    }
    return next()
  }
}

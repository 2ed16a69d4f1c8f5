/** A plausible value for a JSON schema: its own example where it gives one, else one of the right form. */
import { type JsonSchema, follow, isRecord } from './json-schema.ts'

const FORMATS: Record<string, string> = { 'date-time': '2026-11-21T14:05:00.000Z', uri: 'https://example.com' }

export const exampleOf = (schema: unknown, root: JsonSchema = isRecord(schema) ? schema : {}): unknown => {
  if (!isRecord(schema)) return null
  const { examples, $ref, anyOf, oneOf, type, properties } = schema
  if (Array.isArray(examples) && examples.length > 0) return examples[0]
  if (typeof $ref === 'string') return exampleOf(follow($ref, root), root)
  if ('const' in schema) return schema['const']
  if ('default' in schema) return schema['default']
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  const choices = [anyOf, oneOf].find(Array.isArray)
  if (choices !== undefined) return exampleOf(choices[0], root)
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(isRecord(properties) ? properties : {}).map(([name, value]) => [name, exampleOf(value, root)]),
      )
    case 'array':
      return [exampleOf(schema['items'], root)]
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? Math.max(schema['minimum'], 0) : 1
    case 'boolean':
      return true
    case 'string':
      return FORMATS[String(schema['format'])] ?? '…'
    default:
      return null
  }
}

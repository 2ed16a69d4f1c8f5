/** Reading the JSON schema of an input: what it refers to, and the fields that a form or a command line asks for. */
export type JsonSchema = Record<string, unknown>

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a `$ref` stands for. */
export const follow = (reference: string, root: JsonSchema): unknown =>
  reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), root)

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** With what it refers to written out: a named schema stands once, beside those that use it. What it says itself wins. */
const resolve = (schema: unknown, root: JsonSchema): JsonSchema => {
  if (!isRecord(schema)) return {}
  const { $ref, allOf, ...own } = schema
  const parts = [...(typeof $ref === 'string' ? [follow($ref, root)] : []), ...listOf(allOf)]
  return Object.assign({}, ...parts.map((part) => resolve(part, root)), own) as JsonSchema
}

/** `choice` is one of a list of words; `any` stands for what may be of several types. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'choice' | 'array' | 'any'

const TYPES: readonly FieldType[] = ['string', 'integer', 'number', 'boolean', 'array']

const typeOf = (schema: JsonSchema): FieldType =>
  Array.isArray(schema['enum']) ? 'choice' : (TYPES.find((type) => type === schema['type']) ?? 'any')

export interface InputField {
  name: string
  type: FieldType
  /** The words that a choice is made from. */
  choices: readonly string[]
  /** For a list the type of what is in it, for `any` the types it may be of. */
  of: readonly FieldType[]
  required: boolean
  description: string
  fallback: unknown
  example: unknown
}

export const inputFields = (root: JsonSchema): InputField[] => {
  const required = listOf(root['required'])
  const properties = isRecord(root['properties']) ? root['properties'] : {}
  return Object.entries(properties).map(([name, property]) => {
    const schema = resolve(property, root)
    const parts = schema['type'] === 'array' ? [schema['items']] : listOf(schema['anyOf'])
    return {
      name,
      type: typeOf(schema),
      choices: listOf(schema['enum']).map(String),
      of: parts.map((part) => typeOf(resolve(part, root))),
      required: required.includes(name),
      description: typeof schema['description'] === 'string' ? schema['description'] : '',
      fallback: schema['default'],
      example: listOf(schema['examples'])[0],
    }
  })
}

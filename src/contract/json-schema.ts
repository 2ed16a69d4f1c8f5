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

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

/** With what it refers to written out: a named schema stands once, beside those that use it. What it says itself wins. */
export const expandSchema = (schema: unknown, root: JsonSchema): JsonSchema => {
  if (!isRecord(schema)) return {}
  const { $ref, allOf, ...own } = schema
  const parts = [...(typeof $ref === 'string' ? [follow($ref, root)] : []), ...listOf(allOf)]
  return Object.assign({}, ...parts.map((part) => expandSchema(part, root)), own) as JsonSchema
}

export const propertiesOf = (schema: JsonSchema): Record<string, unknown> =>
  isRecord(schema['properties']) ? schema['properties'] : {}

/** One of several forms that an object can have, known by the word in the field that tells them apart. */
export interface Variant {
  name: string
  fields: readonly InputField[]
}

/**
 * What a value can be. A `choice` is one of a list of words; a `record` holds values under names that the caller gives;
 * `variants` is one of several forms; `any` stands for what may be of several types, named as in JSON schema.
 */
export type Shape =
  | { type: 'string'; long: boolean }
  | { type: 'integer' | 'number' | 'boolean' }
  | { type: 'choice'; choices: readonly string[] }
  | { type: 'array'; item: Shape }
  | { type: 'record'; value: Shape }
  | { type: 'object'; fields: readonly InputField[] }
  | { type: 'variants'; tag: string; variants: readonly Variant[] }
  | { type: 'any'; of: readonly string[] }

export type InputField = Shape & {
  name: string
  required: boolean
  description: string
  fallback: unknown
  example: unknown
}

/** More than this does not fit on a line. */
const LONG_TEXT = 500
/** A schema may refer to itself: below this depth a value is asked for as JSON. */
const DEEPEST = 6

const alternativesOf = (schema: JsonSchema): readonly unknown[] => [
  ...listOf(schema['oneOf']),
  ...listOf(schema['anyOf']),
]

const wordsOf = (schema: JsonSchema): readonly unknown[] =>
  'const' in schema ? [schema['const']] : listOf(schema['enum'])

const areWords = (values: readonly unknown[]): values is readonly string[] =>
  values.length > 0 && values.every((value) => typeof value === 'string')

/** The field whose one word differs from form to form, as in `{ kind: 'copy', … } | { kind: 'git', … }`. */
const tagOf = (forms: readonly JsonSchema[]): string | undefined =>
  Object.keys(propertiesOf(forms[0] ?? {})).find((name) => {
    const words = forms.map((form) => (propertiesOf(form)[name] as JsonSchema | undefined)?.['const'])
    return areWords(words) && new Set(words).size === forms.length
  })

const variantsOf = (forms: readonly JsonSchema[], root: JsonSchema, depth: number): Shape | undefined => {
  const tag = forms.length > 1 ? tagOf(forms) : undefined
  if (tag === undefined) return undefined
  const variants = forms.map((form) => ({
    name: String((propertiesOf(form)[tag] as JsonSchema)['const']),
    fields: fieldsOf(form, root, depth).filter(({ name }) => name !== tag),
  }))
  return { type: 'variants', tag, variants }
}

const oneOfSeveral = (forms: readonly JsonSchema[], root: JsonSchema, depth: number): Shape => {
  const words = forms.flatMap(wordsOf)
  if (forms.every((form) => wordsOf(form).length > 0) && areWords(words)) return { type: 'choice', choices: words }
  const types = forms.flatMap((form) =>
    listOf(form['type'] ?? (areWords(wordsOf(form)) ? 'string' : 'any')).map(String),
  )
  return variantsOf(forms, root, depth) ?? { type: 'any', of: [...new Set(types)] }
}

const objectOf = (schema: JsonSchema, root: JsonSchema, depth: number): Shape => {
  const others = schema['additionalProperties']
  if (schema['properties'] !== undefined) return { type: 'object', fields: fieldsOf(schema, root, depth) }
  return isRecord(others) ? { type: 'record', value: shapeOf(others, root, depth) } : { type: 'any', of: ['object'] }
}

const shapeOf = (given: unknown, root: JsonSchema, depth: number): Shape => {
  const schema = expandSchema(given, root)
  const words = wordsOf(schema)
  if (areWords(words)) return { type: 'choice', choices: words }
  if (depth > DEEPEST) return { type: 'any', of: ['any'] }
  const alternatives = alternativesOf(schema)
  if (alternatives.length > 0) {
    return oneOfSeveral(
      alternatives.map((form) => expandSchema(form, root)),
      root,
      depth,
    )
  }
  switch (schema['type']) {
    case 'string':
      return { type: 'string', long: typeof schema['maxLength'] === 'number' && schema['maxLength'] > LONG_TEXT }
    case 'integer':
    case 'number':
    case 'boolean':
      return { type: schema['type'] }
    case 'array':
      return { type: 'array', item: shapeOf(schema['items'], root, depth + 1) }
    case 'object':
      return objectOf(schema, root, depth)
    default:
      return { type: 'any', of: listOf(schema['type'] ?? 'any').map(String) }
  }
}

const fieldsOf = (schema: JsonSchema, root: JsonSchema, depth: number): InputField[] => {
  const required = listOf(schema['required'])
  return Object.entries(propertiesOf(schema)).map(([name, property]) => {
    const about = expandSchema(property, root)
    return {
      ...shapeOf(property, root, depth + 1),
      name,
      required: required.includes(name),
      description: typeof about['description'] === 'string' ? about['description'] : '',
      fallback: about['default'],
      example: listOf(about['examples'])[0],
    }
  })
}

export const inputFields = (root: JsonSchema): InputField[] => fieldsOf(root, root, 0)

/** From the JSON schema of an input to the fields of a form, and from what was typed back to the input. */

export type JsonSchema = Record<string, unknown>

export type FieldKind = 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'texts' | 'json'

export interface FormField {
  name: string
  kind: FieldKind
  required: boolean
  description: string
  options: readonly string[]
  /** What applies if nothing is given, in words. */
  fallback: string | undefined
  example: string | undefined
}

/** What stands in the controls. Texts for everything that is typed, so that half a number is not lost. */
export type FormValue = string | boolean | readonly string[]
export type FormValues = Readonly<Record<string, FormValue>>

const isRecord = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const resolve = (schema: unknown, root: JsonSchema): JsonSchema => {
  if (!isRecord(schema)) return {}
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  const target = reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), root)
  const { $ref: _, ...own } = schema
  return { ...resolve(target, root), ...own }
}

const kindOf = (schema: JsonSchema, root: JsonSchema): FieldKind => {
  if (Array.isArray(schema['enum'])) return 'choice'
  switch (schema['type']) {
    case 'string':
      return 'text'
    case 'integer':
      return 'integer'
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'array':
      return resolve(schema['items'], root)['type'] === 'string' ? 'texts' : 'json'
    default:
      return 'json'
  }
}

const asText = (value: unknown) =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value)

export const fieldsOf = (root: JsonSchema): readonly FormField[] => {
  const required = Array.isArray(root['required']) ? root['required'] : []
  const properties = isRecord(root['properties']) ? root['properties'] : {}
  return Object.entries(properties).map(([name, property]) => {
    const schema = resolve(property, root)
    const examples = schema['examples']
    return {
      name,
      kind: kindOf(schema, root),
      required: required.includes(name),
      description: typeof schema['description'] === 'string' ? schema['description'] : '',
      options: Array.isArray(schema['enum']) ? schema['enum'].map(String) : [],
      fallback: asText(schema['default']),
      example: asText(Array.isArray(examples) ? examples[0] : undefined),
    }
  })
}

/** A choice that must be made starts with the first; everything else starts empty, and empty is not sent. */
export const initialValues = (fields: readonly FormField[]): FormValues =>
  Object.fromEntries(
    fields.map((field): [string, FormValue] => {
      if (field.kind === 'boolean') return [field.name, field.fallback === 'true']
      if (field.kind === 'texts') return [field.name, []]
      if (field.kind === 'choice')
        return [field.name, field.fallback ?? (field.required ? (field.options[0] ?? '') : '')]
      return [field.name, '']
    }),
  )

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // A field that takes several kinds of value takes a bare word as a text.
    return text
  }
}

const READERS: Record<FieldKind, (value: FormValue) => unknown> = {
  text: (value) => value || undefined,
  choice: (value) => value || undefined,
  boolean: (value) => value,
  texts: (value) => (Array.isArray(value) && value.length > 0 ? value : undefined),
  json: (value) => (value === '' ? undefined : parseJson(String(value))),
  // What is not a number stays a text: the schema then says so in its own words.
  integer: (value) => (value === '' ? undefined : Number.isNaN(Number(value)) ? value : Number(value)),
  number: (value) => (value === '' ? undefined : Number.isNaN(Number(value)) ? value : Number(value)),
}

export const toInput = (fields: readonly FormField[], values: FormValues): Record<string, unknown> =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const value = READERS[field.kind](values[field.name] ?? '')
      return value === undefined ? [] : [[field.name, value]]
    }),
  )

/** `expiresInDays` → `Expires in days` */
export const labelOf = (name: string) => {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** From the JSON schema of an input to the fields of a form, and from what was typed back to the input. */
import { type FieldType, type InputField, type JsonSchema, inputFields } from '../../../contract/index.ts'

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

const KINDS: Record<FieldType, (field: InputField) => FieldKind> = {
  string: () => 'text',
  integer: () => 'integer',
  number: () => 'number',
  boolean: () => 'boolean',
  choice: () => 'choice',
  array: ({ of }) => (of[0] === 'string' ? 'texts' : 'json'),
  any: () => 'json',
}

const asText = (value: unknown) =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value)

export const fieldsOf = (schema: JsonSchema): readonly FormField[] =>
  inputFields(schema).map((field) => ({
    name: field.name,
    kind: KINDS[field.type](field),
    required: field.required,
    description: field.description,
    options: field.choices,
    fallback: asText(field.fallback),
    example: asText(field.example),
  }))

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

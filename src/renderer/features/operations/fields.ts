/** From the JSON schema of an input to the fields of a form, and from what was typed back to the input. */
import {
  type InputField,
  type JsonSchema,
  type Shape,
  inputFields,
  isRecord,
  readAny,
} from '../../../contract/index.ts'

/** How a value is asked for. */
export type Control =
  | { kind: 'text' | 'long-text' | 'integer' | 'number' | 'boolean' | 'texts' }
  | { kind: 'choice' | 'choices'; options: readonly string[] }
  | { kind: 'json'; types: readonly string[] }
  | { kind: 'pairs'; value: Control }
  | { kind: 'group'; fields: readonly FormField[] }
  | { kind: 'variants'; tag: string; variants: readonly { name: string; fields: readonly FormField[] }[] }

export type FormField = Control & {
  name: string
  required: boolean
  description: string
  /** What applies if nothing is given, in words. */
  fallback: string | undefined
  example: string | undefined
}

export interface Pair {
  name: string
  value: string
}

/** What stands in the controls. Texts for everything that is typed, so that half a number is not lost. */
export type FormValue = string | boolean | readonly string[] | readonly Pair[] | FormValues
export interface FormValues {
  readonly [name: string]: FormValue
}

const listControl = (item: Shape): Control => {
  if (item.type === 'string') return { kind: 'texts' }
  return item.type === 'choice' ? { kind: 'choices', options: item.choices } : { kind: 'json', types: ['array'] }
}

const controlOf = (shape: Shape): Control => {
  switch (shape.type) {
    case 'string':
      return { kind: shape.long ? 'long-text' : 'text' }
    case 'integer':
    case 'number':
    case 'boolean':
      return { kind: shape.type }
    case 'choice':
      return { kind: 'choice', options: shape.choices }
    case 'array':
      return listControl(shape.item)
    case 'record':
      return { kind: 'pairs', value: controlOf(shape.value) }
    case 'object':
      return { kind: 'group', fields: shape.fields.map(toFormField) }
    case 'variants': {
      const variants = shape.variants.map(({ name, fields }) => ({ name, fields: fields.map(toFormField) }))
      return { kind: 'variants', tag: shape.tag, variants }
    }
    case 'any':
      return { kind: 'json', types: shape.of }
  }
}

const asText = (value: unknown) =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value)

/** Of several forms the default is told by the word for the form. */
const fallbackOf = (field: InputField): string | undefined =>
  field.type === 'variants' && isRecord(field.fallback) ? asText(field.fallback[field.tag]) : asText(field.fallback)

const toFormField = (field: InputField): FormField => ({
  ...controlOf(field),
  name: field.name,
  required: field.required,
  description: field.description,
  fallback: fallbackOf(field),
  example: asText(field.example),
})

export const fieldsOf = (schema: JsonSchema): readonly FormField[] => inputFields(schema).map(toFormField)

/** A choice that must be made starts with the first; everything else starts empty, and empty is not sent. */
const initialValue = (field: FormField): FormValue => {
  switch (field.kind) {
    case 'boolean':
      return field.fallback === 'true'
    case 'texts':
    case 'choices':
    case 'pairs':
      return []
    case 'choice':
      return field.fallback ?? (field.required ? (field.options[0] ?? '') : '')
    case 'group':
      return initialValues(field.fields)
    case 'variants': {
      const chosen = field.fallback ?? (field.required ? (field.variants[0]?.name ?? '') : '')
      return { ...initialValues(field.variants.flatMap(({ fields }) => fields)), [field.tag]: chosen }
    }
    default:
      return ''
  }
}

export const initialValues = (fields: readonly FormField[]): FormValues =>
  Object.fromEntries(fields.map((field) => [field.name, initialValue(field)]))

export const textsIn = (value: FormValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []

export const pairsIn = (value: FormValue | undefined): readonly Pair[] =>
  Array.isArray(value) ? value.filter((item): item is Pair => typeof item === 'object') : []

export const valuesIn = (value: FormValue | undefined): FormValues =>
  typeof value === 'object' && !Array.isArray(value) ? (value as FormValues) : {}

/** What is not a number stays a text: the schema then says so in its own words. */
const asNumber = (text: string): unknown => (Number.isNaN(Number(text)) ? text : Number(text))

const READERS: Partial<Record<Control['kind'], (text: string) => unknown>> = { integer: asNumber, number: asNumber }

const readText = (control: Control, text: string): unknown => {
  if (text === '') return undefined
  return control.kind === 'json' ? readAny(text, control.types) : (READERS[control.kind]?.(text) ?? text)
}

const readPairs = (control: Control, pairs: readonly Pair[]): unknown => {
  const named = pairs.filter(({ name }) => name.trim() !== '')
  if (named.length === 0) return undefined
  return Object.fromEntries(named.map(({ name, value }) => [name.trim(), readText(control, value) ?? '']))
}

const read = (field: FormField, value: FormValue): unknown => {
  switch (field.kind) {
    case 'boolean':
      return field.required || (value === true) !== (field.fallback === 'true') ? value === true : undefined
    case 'texts':
    case 'choices':
      return textsIn(value).length > 0 ? value : undefined
    case 'pairs':
      return readPairs(field.value, pairsIn(value))
    case 'group': {
      const inner = toInput(field.fields, valuesIn(value))
      return field.required || Object.keys(inner).length > 0 ? inner : undefined
    }
    case 'variants': {
      const values = valuesIn(value)
      const chosen = field.variants.find(({ name }) => name === values[field.tag])
      return chosen === undefined ? undefined : { [field.tag]: chosen.name, ...toInput(chosen.fields, values) }
    }
    case 'choice':
      return value === field.fallback ? undefined : value || undefined
    default:
      return readText(field, String(value))
  }
}

/** What is as it would be anyway is left out. */
export const toInput = (fields: readonly FormField[], values: FormValues): Record<string, unknown> =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const value = read(field, values[field.name] ?? '')
      return value === undefined ? [] : [[field.name, value]]
    }),
  )

export interface Issue {
  path: readonly PropertyKey[]
  message: string
}

/** Of what was left out people want to hear that, not of which type it is not. */
export const inWords = (issues: readonly Issue[], input: Record<string, unknown>): Issue[] =>
  issues.map(({ path, message }) => {
    const value = path.reduce<unknown>((at, name) => (isRecord(at) ? at[String(name)] : undefined), input)
    const isInside = path.some((name) => typeof name === 'number')
    return { path, message: value === undefined && !isInside ? 'This is needed' : message }
  })

/** What is wrong with a field itself, or with what it holds where that has no field of its own. */
export const problemAt = (issues: readonly Issue[], path: readonly string[], field: FormField): string | undefined => {
  const hasFields = field.kind === 'group' || field.kind === 'variants'
  return issues.find(
    (issue) =>
      path.every((name, index) => issue.path[index] === name) && (!hasFields || issue.path.length === path.length),
  )?.message
}

export const hasProblemBelow = (issues: readonly Issue[], path: readonly string[]): boolean =>
  issues.some((issue) => path.every((name, index) => issue.path[index] === name))

/** `expiresInDays` → `Expires in days` */
export const labelOf = (name: string) => {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

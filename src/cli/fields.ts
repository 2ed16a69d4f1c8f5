/** The fields of an input as the command line takes them: those inside an object under dotted names of their own. */
import {
  type InputField,
  type Operation,
  type Shape,
  type Variant,
  inputFields,
  inputJsonSchema,
  isRecord,
} from '../contract/index.ts'

export type Field = InputField & {
  /** `limits.memory-mb`, without its dashes. */
  option: string
  /** `['limits', 'memoryMb']` */
  path: readonly string[]
  positional: boolean
  /** Not taken from the command line, which every program of this machine can read. */
  secret: boolean
  /** The forms of an object that have it, where not all do. */
  forms: readonly string[]
}

const kebab = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()

export const commandWords = (operation: Operation): string[] => operation.path.map(kebab)

/** The fields of all forms, each once: which form it is for is said beside it. */
const fieldsOfForms = (variants: readonly Variant[]): [InputField, string[]][] => {
  const found = new Map<string, [InputField, string[]]>()
  for (const { name: form, fields } of variants) {
    for (const field of fields) {
      const [first, forms] = found.get(field.name) ?? [{ ...field, required: false }, []]
      found.set(field.name, [first, [...forms, form]])
    }
  }
  return [...found.values()]
}

/** What is inside a field, each with the forms that have it. */
const inside = (field: InputField): [InputField, string[]][] => {
  if (field.type === 'object') return field.fields.map((inner) => [inner, []])
  if (field.type !== 'variants') return []
  const { tag, variants, fallback } = field
  const which: InputField = {
    type: 'choice',
    choices: variants.map(({ name }) => name),
    name: tag,
    required: false,
    description: '',
    fallback: isRecord(fallback) ? fallback[tag] : undefined,
    example: undefined,
  }
  return [[which, []], ...fieldsOfForms(variants)]
}

const withWhatIsInside = (field: InputField, parents: readonly string[], forms: readonly string[]): Field[] => {
  const path = [...parents, field.name]
  const own: Field = { ...field, option: path.map(kebab).join('.'), path, positional: false, secret: false, forms }
  return [own, ...inside(field).flatMap(([inner, of]) => withWhatIsInside(inner, path, of))]
}

export const fieldsOf = (operation: Operation): Field[] => {
  const { cli, secret = [] } = operation.meta
  return inputFields(inputJsonSchema(operation)).flatMap((field) => {
    const [own, ...inner] = withWhatIsInside(field, [], [])
    if (own === undefined) return []
    const isSecret = secret.includes(field.name)
    return [
      { ...own, positional: cli?.positional?.includes(field.name) ?? false, secret: isSecret },
      ...inner.map((one) => ({ ...one, secret: isSecret })),
    ]
  })
}

/** The words that a field is made from, also where it takes several of them. */
export const choicesOf = (shape: Shape): readonly string[] =>
  shape.type === 'choice' ? shape.choices : shape.type === 'array' ? choicesOf(shape.item) : []

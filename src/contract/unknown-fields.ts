/** What was given and is no field: a slip of the pen must not be taken for a wish to leave a field out. */
import { type JsonSchema, expandSchema, isRecord, propertiesOf } from './json-schema.ts'

/** The paths of all that was given under names that the schema does not have, such as `limits.memory`. */
export const unknownFields = (value: unknown, root: JsonSchema): string[] => unknownIn(value, root, root, '')

const unknownIn = (value: unknown, root: JsonSchema, at: unknown, path: string): string[] => {
  // How deep this goes is up to the schema: what it says nothing about is not looked into.
  if (!isRecord(at)) return []
  const schema = expandSchema(at, root)
  const place = (name: string | number) => (path === '' ? String(name) : `${path}.${name}`)
  if (Array.isArray(value)) return value.flatMap((item, index) => unknownIn(item, root, schema['items'], place(index)))
  if (!isRecord(value)) return []

  const forms = [schema['oneOf'], schema['anyOf']].find(Array.isArray)
  if (forms !== undefined) {
    const fitting = forms.filter((form) => fits(value, expandSchema(form, root)))
    return fewest(fitting.map((form) => unknownIn(value, root, form, path)))
  }

  const properties = propertiesOf(schema)
  const others = schema['additionalProperties']
  return Object.entries(value).flatMap(([name, child]) => {
    if (child === undefined) return []
    if (Object.hasOwn(properties, name)) return unknownIn(child, root, properties[name], place(name))
    return others === false ? [place(name)] : unknownIn(child, root, others, place(name))
  })
}

/** Whether the words that tell the forms of an object apart are those of this form. */
const fits = (value: Record<string, unknown>, form: JsonSchema): boolean =>
  Object.entries(propertiesOf(form)).every(
    ([name, property]) => !isRecord(property) || !('const' in property) || property['const'] === value[name],
  )

/** Where no form fits, the schema itself has more to say than that a field is not known. */
const fewest = (found: readonly string[][]): string[] =>
  found.toSorted((one, other) => one.length - other.length)[0] ?? []

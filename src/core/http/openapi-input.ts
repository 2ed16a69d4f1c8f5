/** How input is described where the generator says it in another way than it is taken. */
import type { OpenAPI } from '@orpc/openapi'
import { type JsonSchema, isRecord, propertiesOf } from '../../contract/index.ts'

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const isNested = ({ type, anyOf, oneOf }: JsonSchema): boolean =>
  type === 'object' || [...listOf(anyOf), ...listOf(oneOf)].some((form) => isRecord(form) && isNested(form))

/** `?ids=a&ids=b` for lists, `?network[mode]=none` for what is inside an object. */
const styleOf = (schema: JsonSchema) => {
  if (schema['type'] === 'array') return { style: 'form', explode: true } as const
  return isNested(schema) ? ({ style: 'deepObject', explode: true } as const) : {}
}

type Parameter = OpenAPI.ParameterObject

const asParameter = (name: string, schema: JsonSchema, required: boolean): Parameter => ({
  name,
  in: 'query',
  required,
  schema: schema as Parameter['schema'] & object,
  ...styleOf(schema),
})

const bodyOf = (described: OpenAPI.OperationObject): JsonSchema | undefined => {
  const body = described.requestBody
  const schema = body !== undefined && 'content' in body ? body.content['application/json']?.schema : undefined
  return isRecord(schema) ? schema : undefined
}

/** What is removed has its input in the query. */
const withoutBody = (described: OpenAPI.OperationObject): void => {
  const schema = bodyOf(described)
  if (schema === undefined) return
  const required = listOf(schema['required'])
  const inQuery = Object.entries(propertiesOf(schema)).map(([name, property]) =>
    asParameter(name, isRecord(property) ? property : {}, required.includes(name)),
  )
  described.parameters = [...(described.parameters ?? []), ...inQuery]
  delete described.requestBody
}

/** A field that is not known is refused. */
const close = (schema: unknown): void => {
  if (Array.isArray(schema)) return schema.forEach(close)
  if (!isRecord(schema)) return
  if (schema['type'] === 'object' && schema['properties'] !== undefined) schema['additionalProperties'] ??= false
  for (const [name, part] of Object.entries(schema)) {
    if (name === 'properties') Object.values(propertiesOf(schema)).forEach(close)
    else if (name !== 'examples' && name !== 'default') close(part)
  }
}

export const describeInput = (described: OpenAPI.OperationObject, method: string): void => {
  if (method === 'DELETE') withoutBody(described)
  close(bodyOf(described))
  for (const parameter of described.parameters ?? []) {
    if (!('in' in parameter) || parameter.in !== 'query' || !isRecord(parameter.schema)) continue
    if (parameter.schema['type'] === 'array') Object.assign(parameter, styleOf(parameter.schema))
    close(parameter.schema)
  }
}

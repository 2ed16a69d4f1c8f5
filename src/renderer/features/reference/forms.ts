/** The four forms of an operation, as the surfaces derive them: tried by the tests of those surfaces, shown here. */
import {
  type JsonSchema,
  type Operation,
  exampleOf,
  inputJsonSchema,
  outputJsonSchema,
} from '../../../contract/index.ts'

const kebab = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()
const quote = (text: string) => (/^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)
const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** Only what must be given, and what the contract gives an example for: the line stays one to copy. */
const exampleInput = (operation: Operation, schema: JsonSchema): Record<string, unknown> => {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const wanted = Object.entries(properties).filter(
    ([name]) => required.includes(name) || operation.meta.cli?.positional?.includes(name),
  )
  return Object.fromEntries(wanted.map(([name, property]) => [name, exampleOf(property, schema)]))
}

const restForm = ({ method, route, meta, stream }: Operation, input: Record<string, unknown>, origin: string) => {
  const inPath = new Set([...route.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))
  const path = route.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(shown(input[name] ?? name)))
  const rest = Object.entries(input).filter(([name]) => !inPath.has(name))
  const takesBody = method === 'POST' || method === 'PUT'
  const query =
    takesBody || rest.length === 0
      ? ''
      : `?${new URLSearchParams(rest.map(([name, value]) => [name, shown(value)])).toString()}`
  return [
    `curl${stream ? ' -N' : ''}${method === 'GET' ? '' : ` -X ${method}`} ${quote(`${origin}${path}${query}`)}`,
    ...(meta.permission === 'public' ? [] : ['-H "Authorization: Bearer $GANTRY_KEY"']),
    ...(takesBody
      ? ["-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(Object.fromEntries(rest)))}`]
      : []),
  ].join(' \\\n  ')
}

const cliForm = ({ path, meta }: Operation, input: Record<string, unknown>) => {
  const positional = meta.cli?.positional ?? []
  // It asks for a secret.
  const options = Object.entries(input).filter(([name]) => !positional.includes(name) && !meta.secret?.includes(name))
  return [
    'gantry',
    ...path.map(kebab),
    ...positional.filter((name) => name in input).map((name) => quote(shown(input[name]))),
    ...options.flatMap(([name, value]) => [`--${kebab(name)}`, quote(shown(value))]),
  ].join(' ')
}

export interface OperationForms {
  curl: string
  tool: string | null
  cli: string
  window: string
  inputSchema: JsonSchema
  outputSchema: JsonSchema
  example: unknown
}

export const formsOf = (operation: Operation, origin: string): OperationForms => {
  const inputSchema = inputJsonSchema(operation)
  const outputSchema = outputJsonSchema(operation)
  const input = exampleInput(operation, inputSchema)
  return {
    curl: restForm(operation, input, origin),
    tool: operation.meta.mcp === false ? null : operation.path.join('_'),
    cli: cliForm(operation, input),
    window: `client.${operation.name}(${JSON.stringify(input)})`,
    inputSchema,
    outputSchema,
    example: exampleOf(outputSchema),
  }
}

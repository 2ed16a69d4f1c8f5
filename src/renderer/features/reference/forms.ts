/** The forms of an operation, as the surfaces derive them: tried by the tests of those surfaces, shown here. */
import {
  type JsonSchema,
  type Operation,
  exampleOf,
  inputJsonSchema,
  isRecord,
  outputJsonSchema,
} from '../../../contract/index.ts'

const kebab = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()
const quote = (text: string) => (/^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)
const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

/** `ids=a&ids=b` for a list, `network[mode]=none` for what is inside an object. */
const inQuery = (name: string, value: unknown): [string, string][] => {
  if (isRecord(value)) return Object.entries(value).flatMap(([key, inner]) => inQuery(`${name}[${key}]`, inner))
  return listOf(value).map((one) => [name, shown(one)])
}

/** Only what must be given, and what the contract gives an example for: the line stays one to copy. */
const exampleInput = (operation: Operation, schema: JsonSchema): Record<string, unknown> => {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const wanted = Object.entries(properties).filter(
    ([name]) => required.includes(name) || operation.meta.cli?.positional?.includes(name),
  )
  return Object.fromEntries(wanted.map(([name, property]) => [name, exampleOf(property, schema)]))
}

const pathForm = ({ route }: Operation, input: Record<string, unknown>) => {
  const inPath = new Set([...route.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))
  const path = route.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(shown(input[name] ?? name)))
  return { path, rest: Object.entries(input).filter(([name]) => !inPath.has(name)) }
}

const withQuery = (path: string, entries: readonly [string, unknown][]) =>
  entries.length === 0
    ? path
    : `${path}?${new URLSearchParams(entries.flatMap(([name, value]) => inQuery(name, value))).toString()}`

const restForm = (operation: Operation, input: Record<string, unknown>, origin: string) => {
  const { method, meta, stream } = operation
  const { path, rest } = pathForm(operation, input)
  const takesBody = method === 'POST' || method === 'PUT'
  const address = `${origin}${takesBody ? path : withQuery(path, rest)}`
  return [
    `curl${stream ? ' -N' : ''}${method === 'GET' ? '' : ` -X ${method}`} ${quote(address)}`,
    ...(meta.permission === 'public' ? [] : ['-H "Authorization: Bearer $GANTRY_KEY"']),
    ...(takesBody
      ? ["-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(Object.fromEntries(rest)))}`]
      : []),
  ].join(' \\\n  ')
}

const socketForm = (operation: Operation, input: Record<string, unknown>, origin: string) => {
  if (!operation.stream || operation.method !== 'GET') return null
  const { path, rest } = pathForm(operation, input)
  const address = `${origin.replace(/^http/, 'ws')}${withQuery(path, rest)}`
  return `new WebSocket('${address}', ['gantry', \`gantry.bearer.${'${key}'}\`])`
}

const cliForm = ({ path, meta }: Operation, input: Record<string, unknown>) => {
  const positional = meta.cli?.positional ?? []
  // It asks for a secret.
  const options = Object.entries(input).filter(([name]) => !positional.includes(name) && !meta.secret?.includes(name))
  return [
    'gantry',
    ...path.map(kebab),
    ...positional.filter((name) => name in input).flatMap((name) => listOf(input[name]).map(shown).map(quote)),
    ...options.flatMap(([name, value]) => listOf(value).flatMap((one) => [`--${kebab(name)}`, quote(shown(one))])),
  ].join(' ')
}

export interface OperationForms {
  curl: string
  /** For streams only. */
  socket: string | null
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
    socket: socketForm(operation, input, origin),
    tool: operation.meta.mcp === false ? null : operation.path.join('_'),
    cli: cliForm(operation, input),
    window: `client.${operation.name}(${JSON.stringify(input)})`,
    inputSchema,
    outputSchema,
    example: exampleOf(outputSchema),
  }
}

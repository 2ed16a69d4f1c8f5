/** Help texts, generated: what an operation says of itself, laid out for a terminal. */
import { type Operation, type Shape, isRecord } from '../contract/index.ts'
import { type Field, choicesOf, commandWords, fieldsOf } from './fields.ts'

const HOST_COMMANDS: [string, string][] = [
  ['serve', 'Run Gantry without a window; prints a link to the dashboard'],
  ['mcp', 'Speak MCP on stdin and stdout: what MCP clients are configured with'],
  ['completion <shell>', 'Print the completion script for bash, zsh or fish'],
]

const GLOBAL_OPTIONS: [string, string][] = [
  ['--home <folder>', 'The data folder (else GANTRY_HOME, else the platform’s place for data)'],
  ['--json', 'Print JSON for programs; streams print a line of JSON an item'],
  ['--yes', 'Do not ask before something is lost'],
  ['--help', 'Show this'],
  ['--version', 'Show the version'],
]

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join('\n')
}

export const overview = (operations: readonly Operation[], words: readonly string[] = []): string => {
  const within = operations.filter((operation) => words.every((word, index) => commandWords(operation)[index] === word))
  const rows = within.map((operation) => [commandWords(operation).join(' '), operation.summary] as const)
  const sections = [
    `gantry ${words.length === 0 ? '<group> <verb> [options]' : `${words.join(' ')} <verb> [options]`}`,
    `Commands\n${columns(words.length === 0 ? [...HOST_COMMANDS, ...rows] : rows)}`,
    `Options\n${columns(GLOBAL_OPTIONS)}`,
    'gantry <group> <verb> --help shows more.',
  ]
  return sections.join('\n\n')
}

const FEW = 6

const placeholder = (shape: Shape): string => {
  switch (shape.type) {
    case 'choice':
      return shape.choices.length <= FEW ? shape.choices.join('|') : 'choice'
    case 'array':
      return placeholder(shape.item)
    case 'record':
      return `name=${placeholder(shape.value)}`
    case 'object':
    case 'variants':
      return 'json'
    case 'any':
      return 'value'
    default:
      return shape.type
  }
}

/** An object says its defaults field by field, a list or record that starts empty goes without saying. */
const saysDefault = ({ type, fallback }: Field): boolean => {
  if (fallback === undefined || fallback === '' || type === 'object' || type === 'variants') return false
  return (
    !(Array.isArray(fallback) && fallback.length === 0) && !(isRecord(fallback) && Object.keys(fallback).length === 0)
  )
}

const NOTES: Partial<Record<Shape['type'], string>> = {
  array: 'may be repeated',
  record: 'may be repeated',
  object: 'or its fields:',
  variants: 'or its fields:',
}

const notesOn = (field: Field): string[] =>
  [
    field.secret ? 'secret: piped in, or asked for' : '',
    field.required && !field.positional && !field.secret ? 'required' : '',
    saysDefault(field) ? `default ${JSON.stringify(field.fallback)}` : '',
    field.forms.length > 0 ? `with ${field.forms.join(', ')}` : '',
    field.positional ? '' : (NOTES[field.type] ?? ''),
    field.type === 'string' && field.long && !field.secret ? '- reads it from stdin' : '',
    field.type === 'any' && field.of.includes('array') ? `a list as JSON: '["a","b"]'` : '',
    choicesOf(field).length > FEW ? `one of ${choicesOf(field).join(', ')}` : '',
  ].filter((note) => note !== '')

const inPlace = ({ name, type }: Field): string => (type === 'array' ? `<${name}>…` : `<${name}>`)

const describeField = (field: Field): [string, string] => {
  const left = field.secret
    ? field.name
    : field.positional
      ? inPlace(field)
      : field.type === 'boolean'
        ? `--[no-]${field.option}`
        : `--${field.option} <${placeholder(field)}>`
  const notes = notesOn(field)
  return [left, [field.description, notes.length === 0 ? '' : `(${notes.join('; ')})`].filter(Boolean).join(' ')]
}

/** The fields that an operation and the stream it turns into have in common. */
const commonOptions = (fields: readonly Field[], stream: Operation): string =>
  fields
    .filter(
      ({ path, positional }) => path.length === 1 && !positional && Object.hasOwn(stream.input.shape, path[0] ?? ''),
    )
    .map(({ option }) => `--${option}`)
    .join(', ')

export const commandHelp = (operation: Operation, stream?: Operation): string => {
  const fields = fieldsOf(operation)
  const places = (operation.meta.cli?.positional ?? []).flatMap(
    (name) => fields.find((field) => field.positional && field.name === name) ?? [],
  )
  const options = fields.some((field) => !field.positional && !field.secret) ? ['[options]'] : []
  const following: [string, string][] =
    stream === undefined ? [] : [['--follow, -f', `Go on with what comes; goes with ${commonOptions(fields, stream)}`]]
  const globals = GLOBAL_OPTIONS.slice(0, operation.meta.effect === 'destructive' ? 3 : 2)
  const sections = [
    `gantry ${[...commandWords(operation), ...places.map(inPlace), ...options].join(' ')}`,
    `${operation.summary}\n${operation.description}`,
    ...(fields.length === 0 ? [] : [`Input\n${columns(fields.map(describeField))}`]),
    `Options\n${columns([...following, ...globals])}`,
  ]
  return sections.join('\n\n')
}

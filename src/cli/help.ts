/** Help texts, generated: what an operation says of itself, laid out for a terminal. */
import type { Operation } from '../contract/index.ts'
import { type Field, commandWords, fieldsOf } from './arguments.ts'

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

const placeholder = ({ type, choices }: Field): string =>
  type === 'choice' && choices.length <= 6 ? choices.join('|') : type === 'any' ? 'value' : type

const describeField = (field: Field): [string, string] => {
  const left = field.secret
    ? field.name
    : field.positional
      ? `<${field.name}>`
      : field.type === 'boolean'
        ? `--[no-]${field.option}`
        : `--${field.option} <${placeholder(field)}>`
  const notes = [
    field.secret ? 'secret: piped in, or asked for' : '',
    field.required && !field.positional && !field.secret ? 'required' : '',
    field.fallback === undefined ? '' : `default ${JSON.stringify(field.fallback)}`,
    field.type === 'array' ? 'may be repeated' : '',
    field.type === 'any' && field.of.includes('array') ? `a list as JSON: '["a","b"]'` : '',
    field.choices.length > 6 ? `one of ${field.choices.join(', ')}` : '',
  ].filter((note) => note !== '')
  return [left, [field.description, notes.length === 0 ? '' : `(${notes.join('; ')})`].filter(Boolean).join(' ')]
}

export const commandHelp = (operation: Operation): string => {
  const fields = fieldsOf(operation)
  const positional = (operation.meta.cli?.positional ?? []).map((name) => `<${name}>`)
  const options = fields.some((field) => !field.positional && !field.secret) ? ['[options]'] : []
  const sections = [
    `gantry ${[...commandWords(operation), ...positional, ...options].join(' ')}`,
    `${operation.summary}\n${operation.description}`,
    ...(fields.length === 0 ? [] : [`Input\n${columns(fields.map(describeField))}`]),
    `Options\n${columns(GLOBAL_OPTIONS.slice(0, operation.meta.effect === 'destructive' ? 3 : 2))}`,
  ]
  return sections.join('\n\n')
}

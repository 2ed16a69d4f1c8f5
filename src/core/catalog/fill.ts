/** Fills in what a template leaves open. A word stays one word, whatever is put into it. */
import { type AgentTemplate, GantryError, type TemplateParameter } from '../../contract/index.ts'

export type ParameterValue = string | number | boolean

export interface Given {
  task: string
  model: string
  parameters: Readonly<Record<string, ParameterValue>>
}

export interface Filled {
  command: string[]
  environment: Record<string, string>
  /** Those that were given and the defaults of the others. */
  parameters: Record<string, ParameterValue>
}

/** `{name}` is filled in; `{{name}}` stands for the letters `{name}`. All other braces are what they are. */
const PLACEHOLDER = /\{\{([A-Za-z]\w*)\}\}|\{([A-Za-z]\w*)\}/g

export const placeholdersIn = (text: string): string[] =>
  [...text.matchAll(PLACEHOLDER)].flatMap(([, , name]) => (name === undefined ? [] : [name]))

const fillText = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replaceAll(PLACEHOLDER, (_whole, escaped: string | undefined, name: string | undefined) =>
    escaped === undefined ? (values.get(name ?? '') ?? '') : `{${escaped}}`,
  )

type Conversion = (value: ParameterValue, parameter: TemplateParameter) => ParameterValue | undefined

const asText: Conversion = (value) => (typeof value === 'boolean' ? undefined : String(value))

const asNumber: Conversion = (value) => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

const asBoolean: Conversion = (value) => {
  if (typeof value === 'boolean') return value
  return value === 'true' ? true : value === 'false' ? false : undefined
}

const asChoice: Conversion = (value, { choices }) => (choices.includes(String(value)) ? String(value) : undefined)

/** Texts of numbers and switches count as such: command lines and forms know only texts. */
const CONVERSIONS: Record<
  TemplateParameter['type'],
  { convert: Conversion; must: (parameter: TemplateParameter) => string }
> = {
  text: { convert: asText, must: () => 'must be a text' },
  lines: { convert: asText, must: () => 'must be a text' },
  number: { convert: asNumber, must: () => 'must be a number' },
  boolean: { convert: asBoolean, must: () => 'must be true or false' },
  choice: { convert: asChoice, must: ({ choices }) => `must be one of ${choices.join(', ')}` },
}

/** What is wrong with a value for a parameter, or the value as it is used. */
export const convertParameter = (
  parameter: TemplateParameter,
  value: ParameterValue,
): { value: ParameterValue } | { mistake: string } => {
  const { convert, must } = CONVERSIONS[parameter.type]
  const converted = convert(value, parameter)
  if (converted === undefined) return { mistake: must(parameter) }
  if (typeof converted === 'string' && converted.includes('\0')) return { mistake: 'must not hold a zero byte' }
  if (parameter.required && typeof converted === 'string' && converted.trim() === '') return { mistake: 'is needed' }
  return { value: converted }
}

interface Refusal {
  path: string
  message: string
}

const refuse = (template: AgentTemplate, refusals: readonly Refusal[]): GantryError => {
  const names = template.parameters.map(({ name }) => name)
  return new GantryError(
    'E_SCHEMA',
    `The input is not right. ${refusals.map(({ path, message }) => `${path}: ${message}`).join(' · ')}`,
    {
      hint:
        names.length === 0
          ? `The template "${template.id}" takes no parameters.`
          : `The parameters of "${template.id}" are ${names.join(', ')}.`,
      details: refusals,
    },
  )
}

export const fill = (template: AgentTemplate, { task, model, parameters: given }: Given): Filled => {
  const refusals: Refusal[] = []
  const parameters: Record<string, ParameterValue> = {}
  const known = new Set(template.parameters.map(({ name }) => name))
  for (const name of Object.keys(given)) {
    if (!known.has(name)) refusals.push({ path: `parameters.${name}`, message: 'there is no such parameter' })
  }
  for (const parameter of template.parameters) {
    const { name } = parameter
    const value = Object.hasOwn(given, name) ? given[name] : parameter.default
    if (value === undefined) {
      if (parameter.required) refusals.push({ path: `parameters.${name}`, message: 'is needed' })
      continue
    }
    const result = convertParameter(parameter, value)
    if ('mistake' in result) refusals.push({ path: `parameters.${name}`, message: result.mistake })
    else parameters[name] = result.value
  }
  // No argument of a program can hold one: it would be cut off there.
  for (const [path, text] of [
    ['task', task],
    ['model', model],
  ] as const) {
    if (text.includes('\0')) refusals.push({ path, message: 'must not hold a zero byte' })
  }
  if (refusals.length > 0) throw refuse(template, refusals)

  const values = new Map<string, string>([
    ...Object.entries(parameters).map(([name, value]) => [name, String(value)] as const),
    ['task', task],
    ['model', model],
  ])
  return {
    command: template.command.map((word) => fillText(word, values)),
    environment: Object.fromEntries(
      Object.entries(template.environment).map(([name, value]) => [name, fillText(value, values)]),
    ),
    parameters,
  }
}

/** From the words of a command line to the input of an operation, guided by the operation's own schema. */
import { GantryError, type InputField, type Operation, inputFields, inputJsonSchema } from '../contract/index.ts'

export interface Field extends InputField {
  option: string
  positional: boolean
  /** Not taken from the command line, which every program of this machine can read. */
  secret: boolean
}

const kebab = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()

export const fieldsOf = (operation: Operation): Field[] => {
  const { cli, secret = [] } = operation.meta
  return inputFields(inputJsonSchema(operation)).map((field) => ({
    ...field,
    option: kebab(field.name),
    positional: cli?.positional?.includes(field.name) ?? false,
    secret: secret.includes(field.name),
  }))
}

const usage = (message: string, operation: Operation) =>
  new GantryError('E_SCHEMA', message, { hint: `See \`gantry ${operation.path.map(kebab).join(' ')} --help\`.` })

const onCommandLine = ({ name, option }: Field) =>
  new GantryError('E_SCHEMA', `--${option} is a secret: others could read it on the command line.`, {
    hint: `Leave it out and be asked for ${name}, or pipe it in.`,
  })

const convert = (field: Field, text: string, operation: Operation): unknown => {
  switch (field.type) {
    case 'number':
    case 'integer': {
      const value = Number(text)
      if (text.trim() === '' || Number.isNaN(value))
        throw usage(`--${field.option} takes a number, not "${text}".`, operation)
      return value
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false')
        throw usage(`--${field.option} is true or false, not "${text}".`, operation)
      return text === 'true'
    case 'choice':
      if (!field.choices.includes(text)) {
        throw usage(
          `${field.positional ? field.name : `--${field.option}`} is one of ${field.choices.join(', ')}; not "${text}".`,
          operation,
        )
      }
      return text
    case 'string':
      return text
    default:
      // Several types are allowed: what reads as JSON is meant as JSON, a bare word as itself.
      try {
        return JSON.parse(text)
      } catch {
        return text
      }
  }
}

export const parseInput = (operation: Operation, words: readonly string[]): Record<string, unknown> => {
  const fields = fieldsOf(operation)
  const byOption = new Map(fields.map((field) => [field.option, field]))
  const places = (operation.meta.cli?.positional ?? []).flatMap(
    (name) => fields.find((field) => field.name === name && !field.secret) ?? [],
  )
  const input: Record<string, unknown> = {}
  const rest = [...words]
  let optionsEnded = false

  const put = (field: Field, value: unknown) => {
    if (field.type === 'array') {
      const list = (input[field.name] as unknown[] | undefined) ?? []
      input[field.name] = [...list, value]
    } else if (field.name in input) {
      throw usage(`--${field.option} was given twice.`, operation)
    } else {
      input[field.name] = value
    }
  }

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--' && !optionsEnded) {
      optionsEnded = true
      continue
    }
    if (optionsEnded || !word.startsWith('--')) {
      const field = places.shift()
      if (field === undefined) throw usage(`"${word}" is one word too many.`, operation)
      put(field, convert(field, word, operation))
      continue
    }
    const [, name = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    const negated = byOption.get(name.replace(/^no-/, ''))
    if (name.startsWith('no-') && negated?.type === 'boolean') {
      if (inline !== undefined) throw usage(`--${name} takes no value.`, operation)
      put(negated, false)
      continue
    }
    const field = byOption.get(name)
    if (field === undefined) throw usage(`There is no option --${name}.`, operation)
    if (field.secret) throw onCommandLine(field)
    if (field.type === 'boolean' && inline === undefined) {
      put(field, true)
      continue
    }
    const text = inline ?? rest.shift()
    if (text === undefined) throw usage(`--${name} needs a value.`, operation)
    put(field, field.type === 'array' ? text : convert(field, text, operation))
  }

  const missing = fields.filter((field) => field.required && !field.secret && !(field.name in input))
  if (missing.length > 0) {
    throw usage(
      `Missing: ${missing.map((field) => (field.positional ? field.name : `--${field.option}`)).join(', ')}.`,
      operation,
    )
  }
  return input
}

export const commandWords = (operation: Operation): string[] => operation.path.map(kebab)

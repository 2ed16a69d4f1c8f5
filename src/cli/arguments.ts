/** From the words of a command line to the input of an operation, guided by the operation's own schema. */
import { resolve } from 'node:path'
import { GantryError, type Operation, isRecord } from '../contract/index.ts'
import { Misfit, convert } from './convert.ts'
import { type Field, commandWords, fieldsOf } from './fields.ts'

export type Input = Record<string, unknown>

export interface ParsedWords {
  input: Input
  /** The text field that is read from stdin: its word was `-`. */
  piped: Field | undefined
}

export const usage = (message: string, operation: Operation, hint = '') =>
  new GantryError('E_SCHEMA', message, {
    hint: `${hint}See \`gantry ${commandWords(operation).join(' ')} --help\`.`,
  })

const onCommandLine = ({ name, option }: Field) =>
  new GantryError('E_SCHEMA', `--${option} is a secret: others could read it on the command line.`, {
    hint: `Leave it out and be asked for ${name}, or pipe it in.`,
  })

export const nameOf = ({ positional, name, option }: Field): string => (positional ? name : `--${option}`)

const valueAt = (input: Input, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), input)

export const withValueAt = (input: Input, [name = '', ...rest]: readonly string[], value: unknown): Input => {
  const inner = input[name]
  return { ...input, [name]: rest.length === 0 ? value : withValueAt(isRecord(inner) ? inner : {}, rest, value) }
}

/** Lists grow with every word, records with every name; anything else is given once. */
const joined = (before: unknown, value: unknown): unknown => {
  if (Array.isArray(before) && Array.isArray(value)) return [...before, ...(value as unknown[])]
  return isRecord(before) && isRecord(value) ? { ...before, ...value } : value
}

const isWhole = ({ type }: Field) => type === 'object' || type === 'variants'

const clash = (field: Field, given: readonly Field[]): string | undefined => {
  const { option, type } = field
  if (type !== 'array' && type !== 'record' && given.some((other) => other.option === option))
    return `--${option} was given twice.`
  const whole = [field, ...given].find(
    (one) => isWhole(one) && [field, ...given].some((other) => other.option.startsWith(`${one.option}.`)),
  )
  return whole === undefined ? undefined : `--${whole.option} was given as a whole and in parts.`
}

export const parseWords = (operation: Operation, words: readonly string[]): ParsedWords => {
  const fields = fieldsOf(operation)
  const byOption = new Map(fields.map((field) => [field.option, field]))
  const places = (operation.meta.cli?.positional ?? []).flatMap(
    (name) => fields.find((field) => field.positional && field.name === name && !field.secret) ?? [],
  )
  const given: Field[] = []
  const rest = [...words]
  let input: Input = {}
  let piped: Field | undefined
  let optionsEnded = false

  const put = (field: Field, value: unknown) => {
    const problem = clash(field, given)
    if (problem !== undefined) throw usage(problem, operation)
    given.push(field)
    const before = valueAt(input, field.path)
    const twice =
      field.type === 'record' &&
      isRecord(before) &&
      isRecord(value) &&
      Object.keys(value).find((name) => Object.hasOwn(before, name))
    if (typeof twice === 'string') throw usage(`--${field.option} was given twice for "${twice}".`, operation)
    input = withValueAt(input, field.path, joined(before, value))
  }

  const take = (field: Field, text: string) => {
    if (text === '-' && field.type === 'string' && !optionsEnded) {
      if (piped !== undefined) throw usage('Only one thing can be read from stdin.', operation)
      if (fields.some(({ secret }) => secret)) throw usage('Stdin is for the secret here.', operation)
      piped = field
    }
    try {
      put(field, convert(field, text))
    } catch (thrown) {
      throw thrown instanceof Misfit ? usage(`${nameOf(field)} ${thrown.message}`, operation) : thrown
    }
  }

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--' && !optionsEnded) {
      optionsEnded = true
      continue
    }
    if (optionsEnded || !word.startsWith('--')) {
      const [field] = places
      if (field === undefined) throw usage(`"${word}" is one word too many.`, operation)
      // A list takes all the words that are left.
      if (field.type !== 'array') places.shift()
      take(field, word)
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
    if (field === undefined) throw usage(`There is no option --${name}.`, operation, nearby(name, fields))
    if (field.secret) throw onCommandLine(field)
    if (field.type === 'boolean' && inline === undefined) {
      put(field, true)
      continue
    }
    const text = inline ?? rest.shift()
    if (text === undefined) throw usage(`--${name} needs a value.`, operation)
    take(field, text)
  }

  const missing = fields.filter(
    ({ required, secret, path }) => required && !secret && path.length === 1 && !Object.hasOwn(input, path[0] ?? ''),
  )
  if (missing.length > 0) throw usage(`Missing: ${missing.map(nameOf).join(', ')}.`, operation)
  return { input, piped }
}

/** Within an object what it does have; a record is known by its form. */
const nearby = (name: string, fields: readonly Field[]): string => {
  const parent = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
  const owner = fields.find(({ option }) => option === parent)
  if (owner?.type === 'record') return `--${parent} takes name=value. `
  const siblings = fields.filter(({ option, path }) => path.length > 1 && option.startsWith(`${parent}.`))
  return siblings.length === 0 || parent === ''
    ? ''
    : `There is ${siblings.map(({ option }) => `--${option}`).join(', ')}. `
}

/** What is relative is so to where the caller stands, which Gantry cannot know. */
export const withAbsolutePaths = ({ meta }: Operation, input: Input, folder: string): Input =>
  (meta.cli?.paths ?? []).reduce((changed, dotted) => {
    const path = dotted.split('.')
    const value = valueAt(changed, path)
    return typeof value === 'string' && value !== '' ? withValueAt(changed, path, resolve(folder, value)) : changed
  }, input)

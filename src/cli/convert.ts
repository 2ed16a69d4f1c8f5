/** From a word of the command line to the value that a field takes. */
import { type Shape, readAny, readObject } from '../contract/index.ts'

/** What is wrong with a word, said after the name of its field. */
export class Misfit extends Error {}

const asNumber = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) throw new Misfit(`takes a number, not "${text}".`)
  return value
}

const asObject = (text: string): Record<string, unknown> => {
  const value = readObject(text)
  if (value !== undefined) return value
  throw new Misfit(`takes an object as JSON, such as '{"name": 1}', not "${text}".`)
}

/** `name=value`, or all of them as JSON. */
const asEntries = (text: string, value: Shape): Record<string, unknown> => {
  const all = text.startsWith('{') ? readObject(text) : undefined
  if (all !== undefined) return all
  const at = text.indexOf('=')
  if (at < 1) throw new Misfit(`takes name=value, not "${text}".`)
  return { [text.slice(0, at)]: convert(value, text.slice(at + 1)) }
}

export const convert = (shape: Shape, text: string): unknown => {
  switch (shape.type) {
    case 'string':
      return text
    case 'number':
    case 'integer':
      return asNumber(text)
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw new Misfit(`is true or false, not "${text}".`)
      return text === 'true'
    case 'choice':
      if (!shape.choices.includes(text)) throw new Misfit(`is one of ${shape.choices.join(', ')}; not "${text}".`)
      return text
    case 'array':
      return [convert(shape.item, text)]
    case 'record':
      return asEntries(text, shape.value)
    case 'object':
    case 'variants':
      return asObject(text)
    case 'any':
      return readAny(text, shape.of)
  }
}

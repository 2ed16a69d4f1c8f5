/** From what somebody typed to a value, where a field takes values of several types. */
import { isRecord } from './json-schema.ts'

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const typesOf = (value: unknown): readonly string[] => {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  return typeof value === 'number' ? ['number', 'integer'] : [typeof value]
}

/** `1.10` is a version where a text would do as well: only what a number would be written as is meant as one. */
const isMeant = (value: unknown, text: string, types: readonly string[]): boolean => {
  if (typeof value === 'number' && String(value) !== text) return false
  return typeof value === 'string' || types.includes('any') || typesOf(value).some((type) => types.includes(type))
}

/** What reads as JSON of one of the types is meant as that, anything else as the text it is. */
export const readAny = (text: string, types: readonly string[]): unknown => {
  const value = parse(text)
  if (value === undefined) return text
  return !types.includes('string') || isMeant(value, text, types) ? value : text
}

/** An object written as JSON, or nothing where it is not one. */
export const readObject = (text: string): Record<string, unknown> | undefined => {
  const value = parse(text)
  return isRecord(value) ? value : undefined
}

/** Answers for people: a table where there are items, a list of fields where there is one thing. */
import { styleText } from 'node:util'
import { type ErrorBody, type Operation, isRecord } from '../contract/index.ts'

/** Control characters speak to the terminal, format characters (U+202E and its like) turn or hide what stands beside. */
const harmless = (text: string): string => text.replaceAll(/[^\P{Cc}\n]|\p{Cf}/gu, '�')

/** A name must not look like another row either. */
const onOneLine = (text: string): string => harmless(text.replaceAll(/\s*[\r\n\p{Zl}\p{Zp}]+\s*/gu, ' '))

const asText = (value: unknown): string => {
  if (value === null || value === undefined) return '–'
  return onOneLine(typeof value === 'string' ? value : JSON.stringify(value))
}

const table = (rows: readonly Record<string, unknown>[], columns: readonly string[]): string => {
  const cells = rows.map((row) => columns.map((column) => asText(row[column])))
  const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((row) => row[index]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  return [styleText('bold', line(columns)), ...cells.map(line)].join('\n')
}

const fields = (record: Record<string, unknown>): string => {
  const width = Math.max(...Object.keys(record).map((key) => key.length))
  return Object.entries(record)
    .map(([key, value]) => `${styleText('bold', key.padEnd(width))}  ${asText(value)}`)
    .join('\n')
}

/** Plain fields first, then each record inside under its own name. */
const fieldList = (record: Record<string, unknown>): string => {
  const inner = Object.entries(record).filter(
    (entry): entry is [string, Record<string, unknown>] => isRecord(entry[1]) && Object.keys(entry[1]).length > 0,
  )
  const plain = Object.fromEntries(
    Object.entries(record).filter(([name]) => !inner.some(([innerName]) => innerName === name)),
  )
  const blocks = inner.map(([name, value]) => `${styleText('bold', name)}\n${fields(value).replaceAll(/^/gm, '  ')}`)
  return [...(Object.keys(plain).length === 0 ? [] : [fields(plain)]), ...blocks].join('\n\n')
}

/** The list inside an answer that is shown as a table: `items`, or the one list of records it has. */
const listIn = (output: Record<string, unknown>): [string, Record<string, unknown>[]] | undefined => {
  const lists = Object.entries(output).filter(
    (entry): entry is [string, Record<string, unknown>[]] => Array.isArray(entry[1]) && entry[1].every(isRecord),
  )
  return lists.find(([name]) => name === 'items') ?? (lists.length === 1 ? lists[0] : undefined)
}

export const renderOutput = ({ meta }: Operation, output: unknown): string => {
  if (!isRecord(output)) return asText(output)
  const list = listIn(output)
  if (list === undefined) return fieldList(output)
  const [name, rows] = list
  const rest = Object.fromEntries(Object.entries(output).filter(([key, value]) => key !== name && value !== null))
  const parts = Object.keys(rest).length === 0 ? [] : [fieldList(rest)]
  const columns = meta.cli?.columns ?? Object.keys(rows[0] ?? {})
  return [...parts, rows.length === 0 ? 'None yet.' : table(rows, columns)].join('\n\n')
}

/** One item of a stream on one line: its time first, then what it says. */
export const renderItem = (item: unknown): string => {
  if (!isRecord(item)) return asText(item)
  const { at, type, ...rest } = item
  const fields = Object.entries(rest).map(([key, value]) => `${styleText('dim', `${key}=`)}${asText(value)}`)
  return [at, type, ...fields]
    .filter((part) => part !== undefined)
    .map(asText)
    .join('  ')
}

export const renderError = ({ message, hint }: ErrorBody): string =>
  [
    `${styleText('red', '✗', { stream: process.stderr })} ${onOneLine(message)}`,
    ...(hint === undefined ? [] : [`  ${onOneLine(hint)}`]),
  ].join('\n')

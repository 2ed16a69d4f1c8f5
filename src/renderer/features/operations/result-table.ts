import { isRecord } from '../../../contract/index.ts'

type Row = Readonly<Record<string, unknown>>

export interface ResultTable {
  columns: readonly string[]
  rows: readonly Row[]
}

/** The first list of objects in the output is what its table shows, in the columns that the contract names. */
export const tableOf = (output: unknown, columns?: readonly string[]): ResultTable | undefined => {
  if (!isRecord(output)) return undefined
  const list = Object.values(output).find((value): value is Row[] => Array.isArray(value) && value.every(isRecord))
  if (list === undefined) return undefined
  return { columns: columns ?? Object.keys(list[0] ?? {}), rows: list }
}

export const cellText = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

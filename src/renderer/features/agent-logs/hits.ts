/** Which rows of a window match. Only what is new is looked through, a part at a time, so that the page stays quick. */
import { plainText } from './ansi.ts'
import type { LogWindow } from './log-window.ts'
import type { Matcher } from './matcher.ts'
import { lastState } from './progress-lines.ts'
import type { LogRow } from './rows.ts'

type Rows = Pick<LogWindow, 'length' | 'at' | 'indexOf'>

export interface Hits {
  /** Answers whether everything was looked through. */
  update: (rows: Rows, most?: number) => boolean
  keys: () => readonly number[]
}

const AT_ONCE = 4000

/** The text of a row as it is read. */
export const textOf = (row: LogRow): string => (row.kind === 'line' ? plainText(lastState(row.text).text) : '')

export const createHits = (matcher: Matcher): Hits => {
  let keys: number[] = []
  /** The keys between which everything was looked through. */
  let seen: { from: number; to: number } | null = null
  /** Lines that went on when they were looked at. */
  let growing = new Map<number, number>()

  const look = (row: LogRow): boolean => {
    if (row.kind === 'line' && row.open) growing.set(row.key, row.text.length)
    return row.kind === 'line' && matcher.test(textOf(row))
  }

  const forget = (first: number, last: number) => {
    if (seen === null) return
    if (seen.to < first || seen.from > last) {
      seen = null
      keys = []
      growing = new Map()
      return
    }
    seen = { from: Math.max(seen.from, first), to: Math.min(seen.to, last) }
    if (keys.some((key) => key < first || key > last)) keys = keys.filter((key) => key >= first && key <= last)
  }

  const lookAgain = (rows: Rows) => {
    for (const [key, length] of growing) {
      const row = rows.at(rows.indexOf(key))
      if (row?.kind !== 'line' || row.key !== key) {
        growing.delete(key)
        continue
      }
      if (row.text.length === length && row.open) continue
      growing.delete(key)
      const at = keys.indexOf(key)
      const isHit = look(row)
      if (isHit && at === -1) keys = [...keys, key].toSorted((a, b) => a - b)
      if (!isHit && at !== -1) keys = keys.toSpliced(at, 1)
    }
  }

  const lookDown = (rows: Rows, most: number): number => {
    let left = most
    const found: number[] = []
    let to = seen?.to ?? Number.NEGATIVE_INFINITY
    const begin = seen === null ? 0 : rows.indexOf(seen.to) + 1
    for (let index = begin; index < rows.length && left > 0; index += 1, left -= 1) {
      const row = rows.at(index)
      if (row === undefined) break
      if (look(row)) found.push(row.key)
      to = row.key
    }
    seen = { from: seen?.from ?? rows.at(0)?.key ?? to, to }
    if (found.length > 0) keys = [...keys, ...found]
    return left
  }

  const lookUp = (rows: Rows, most: number): number => {
    let left = most
    const found: number[] = []
    if (seen === null) return left
    let { from } = seen
    for (let index = rows.indexOf(from) - 1; index >= 0 && left > 0; index -= 1, left -= 1) {
      const row = rows.at(index)
      if (row === undefined) break
      if (look(row)) found.unshift(row.key)
      from = row.key
    }
    seen = { ...seen, from }
    if (found.length > 0) keys = [...found, ...keys]
    return left
  }

  return {
    keys: () => keys,
    update: (rows, most = AT_ONCE) => {
      const first = rows.at(0)?.key
      const last = rows.at(rows.length - 1)?.key
      if (first === undefined || last === undefined) {
        forget(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
        return true
      }
      forget(first, last)
      lookAgain(rows)
      const left = lookUp(rows, lookDown(rows, most))
      return left > 0
    },
  }
}

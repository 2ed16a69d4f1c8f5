/** What a program wants, understood once; and an answer that has begun. */
import type { Dialect } from './dialects/types.ts'
import type { Json } from './json.ts'

export interface Wanted {
  dialect: Dialect
  request: Json
  isStream: boolean
  /** The program's own headers, names in small letters. */
  headers: Readonly<Record<string, string>>
  now: () => Date
  id: string
}

export type Opened = { kind: 'whole'; body: string } | { kind: 'stream'; frames: AsyncGenerator<string> }

/** What each protocol of the stand-in says for itself; the server does the rest. */
import type { Asked, Plan } from './script.ts'

export type Body = Record<string, unknown>

export interface Protocol {
  /** The type of its streams. */
  streamType: string
  isStream: (body: Body) => boolean
  /** Which header carries the key; undefined where none is wanted. */
  keyOf: (headers: Record<string, string | undefined>) => string | undefined
  needsKey: boolean
  asked: (body: Body) => Asked
  /** Before the words, one for each word, and after them. */
  events: (plan: Plan, body: Body) => { before: string[]; words: string[]; after: string[] }
  whole: (plan: Plan, body: Body) => Body
  error: (status: number, message: string) => Body
  errorEvent: (message: string) => string
}

export const list = (value: unknown): Body[] => (Array.isArray(value) ? (value as Body[]) : [])
export const object = (value: unknown): Body => (typeof value === 'object' && value !== null ? (value as Body) : {})
export const string = (value: unknown): string => (typeof value === 'string' ? value : '')

/** `data:image/png;base64,…` or the type and the bytes apart. */
export const pictureOf = (address: string): string => /^data:([^;]+);base64,./.exec(address)?.[1] ?? `bad ${address}`

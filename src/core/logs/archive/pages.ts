/** Questions as people ask them, in the terms of the store, and its answers in theirs. */
import { GantryError, type LogPage, type LogQuery } from '../../../contract/index.ts'
import { STREAMS, streamBit } from './block.ts'
import { unpack } from './decode.ts'
import type { Found, Selection } from './messages.ts'

/** What a page or the hits of a search hold at the most, whatever number of entries was asked for. */
export const PAGE_BYTES = 4 * 1024 * 1024

export const streamBits = (streams: readonly string[] | undefined): number =>
  STREAMS.reduce((bits, stream) => (streams?.includes(stream) === false ? bits : bits | streamBit(stream)), 0)

const NEVER = Number.MAX_SAFE_INTEGER

const moment = (text: string | undefined, otherwise: number): number => {
  const time = text === undefined ? otherwise : Date.parse(text)
  return Number.isNaN(time) ? otherwise : time
}

interface Filter {
  streams?: readonly string[] | undefined
  since?: string | undefined
  until?: string | undefined
}

export const selectionOf = (
  agentId: string,
  { streams, since, until }: Filter,
  part: Partial<Selection> = {},
): Selection => ({
  agentId,
  after: 0,
  before: NEVER,
  fromEnd: false,
  limit: 500,
  bytes: PAGE_BYTES,
  streams: streamBits(streams),
  since: moment(since, 0),
  until: moment(until, NEVER),
  ...part,
})

/** A cursor of before or a tail asks for the last ones. */
export const selectionOfQuery = (query: LogQuery): Selection =>
  selectionOf(query.id, query, {
    after: query.after ?? 0,
    before: query.before ?? NEVER,
    fromEnd: query.before !== undefined || query.tail !== undefined,
    limit: query.tail ?? query.limit,
  })

export const pageOf = (found: Found): Omit<LogPage, 'state'> => ({
  items: unpack(found),
  next: found.seen < found.last ? found.seen : null,
  first: found.first,
  last: found.last,
  cut: found.cut,
})

/** Looked at before anything is started for it. */
export const assertPattern = (grep: string): void => {
  try {
    new RegExp(grep)
  } catch (cause) {
    throw badPattern(grep, (cause as Error).message)
  }
}

export const badPattern = (grep: string, why: string): GantryError =>
  new GantryError(
    'E_SCHEMA',
    `"${grep}" is no regular expression: ${why.replace(/^Invalid regular expression: (\/.*\/\w*: )?/, '')}.`,
    {
      hint: 'To look for a character such as ( [ * + ? or . itself, put a \\ before it.',
      details: { field: 'grep' },
    },
  )

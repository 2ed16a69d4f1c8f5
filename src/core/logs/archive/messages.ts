/** What the archive and its worker thread say to each other. */
import type { Kept, LogSize } from './types.ts'

/** What is to be written, in its order. */
export type Item =
  /** Chunks `seq`, `seq + 1` … of one stream, put together; `sizes` tells how long each of them is. */
  | { kind: 'text'; agentId: string; seq: number; stream: 'out' | 'err'; at: number; text: string; sizes: number[] }
  | { kind: 'bytes'; agentId: string; seq: number; stream: 'out' | 'err'; at: number; base64: string }
  | { kind: 'advance'; agentId: string; seq: number }
  | { kind: 'note'; agentId: string; at: number; text: string }
  /** Does not wait any longer for the rest of a line. */
  | { kind: 'release'; agentId: string }
  /** Could neither be written nor held: so many entries, up to this frame. */
  | { kind: 'lost'; agentId: string; seq: number; at: number; entries: number }

export interface Batch {
  id: number
  bytes: number
  items: Item[]
}

/** Which entries are wanted. Times in ms since 1970, streams as bits. */
export interface Selection {
  agentId: string
  after: number
  before: number
  /** The last ones instead of the first. */
  fromEnd: boolean
  limit: number
  bytes: number
  streams: number
  since: number
  until: number
}

export interface Standing {
  first: number | null
  last: number
  cut: number
}

/** Runs in the form of a block, and the number of the first entry of each. */
export interface Packed {
  data: Uint8Array
  seqs: number[]
}

export interface Found extends Packed, Standing {
  /** Up to this entry everything was looked at. */
  seen: number
}

/** What the worker is asked, and what it answers. */
export interface Questions {
  position: { ask: { agentId: string }; answer: number }
  read: { ask: { selection: Selection; release: boolean }; answer: Found }
  /** After which entry the last `tail` entries of these streams begin. */
  startOfTail: { ask: { agentId: string; tail: number; streams: number }; answer: number }
  /** Everything that was appended is written, also lines that did not end. Answers the last entry. */
  settle: { ask: { agentIds: readonly string[] }; answer: void }
  remove: { ask: { agentId: string }; answer: void }
  sizes: { ask: Record<never, never>; answer: LogSize[] }
  limit: { ask: { perAgentBytes: number }; answer: void }
  clear: { ask: { agentId: string; words: string }; answer: void }
  shorten: { ask: { bytes: number }; answer: number }
  close: { ask: Record<never, never>; answer: void }
}

export type QuestionKind = keyof Questions
export type Question = { [K in QuestionKind]: { kind: K; ask: Questions[K]['ask'] } }[QuestionKind]

export type ToWorker = { kind: 'batch'; batch: Batch } | { kind: 'question'; id: number; question: Question }

export type FromWorker =
  /** Batches up to `upTo` are on the disk. */
  | { kind: 'kept'; kept: Kept[]; upTo: number }
  /** Batches up to `upTo` could not be written; they are the worker's matter now. */
  | { kind: 'held'; upTo: number }
  | { kind: 'problem'; message: string | null }
  | { kind: 'repaired'; message: string }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'refusal'; id: number; message: string }

export interface StoreThread {
  kind: 'store'
  file: string
  startedAt: number
  perAgentBytes: number
  patienceMs: number
  heldBytes: number
}

export interface SearchThread {
  kind: 'search'
  file: string
  pattern: string
  ignoreCase: boolean
  limit: number
  /** One log after the other; `agentId` of a selection is what is looked through. */
  selections: Selection[]
  /** Of all logs the newest first, of each its newest lines: for these the selections are in no order. */
  newestFirst: boolean
}

export type ThreadData = StoreThread | SearchThread

export type FromSearch =
  | { kind: 'hits'; agentId: string; hits: Packed }
  /** A part of the log was looked through, up to this entry. */
  | { kind: 'seen'; seen: number }
  | { kind: 'done'; complete: boolean }
  | { kind: 'failed'; reason: 'pattern' | 'archive'; message: string }

/** A dialect: one of the shapes in which programs ask for models. It reads and writes it; it knows no provider. */
import type {
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
} from '@ai-sdk/provider'
import type { CallFailure } from '../failure.ts'
import type { Framing } from '../frames.ts'
import type { Json } from '../json.ts'
import type { Usage } from '../meter.ts'

export type DialectName = 'chat' | 'responses' | 'messages' | 'ollama-chat' | 'ollama-generate'

/** A request in the libraries' neutral form. */
export type NeutralCall = Omit<LanguageModelV3CallOptions, 'abortSignal' | 'headers' | 'includeRawChunks'>

export interface NeutralAnswer {
  content: LanguageModelV3Content[]
  finish: LanguageModelV3FinishReason['unified']
}

export interface AnswerHead {
  /** Unique, to be used in the ids of an answer. */
  id: string
  /** The catalogue's id of the model that answers. */
  model: string
  at: Date
  /** The request, for the little that answers repeat of it. */
  request: Json
}

export type SureUsage = Required<{ [K in keyof Usage]: number }>

/** Writes a stream, part by part. `usage` is what stands when the closing words are written. */
export type StreamWriter = (part: LanguageModelV3StreamPart, usage: () => SureUsage) => string

/** What an event or a whole answer of a provider says that concerns us. */
export interface Observation {
  usage?: Usage
  /** What was said with it, of whatever kind: to estimate by. */
  text?: string
  /** The stream is complete with it. */
  done?: true
  failed?: true
  /** There is nothing in it but the usage that we asked for. */
  onlyUsage?: true
}

export interface Dialect {
  readonly name: DialectName
  readonly framing: Framing
  readonly wantsStream: (request: Json) => boolean
  /** Whether it asked for the usage itself; else the event that tells it is for us alone. */
  readonly wantsUsage: (request: Json) => boolean
  /** For what is no question at all. */
  readonly answerWithoutModel?: (request: Json, at: Date) => Json | undefined
  /** The request as the provider gets it, where it speaks the same. What it must not be asked for is refused or left out. */
  readonly forProvider: (request: Json, model: string) => Json
  readonly observe: (event: unknown) => Observation
  /** Throws what is for `toFailure` when the request cannot be understood. */
  readonly parse: (request: Json) => NeutralCall
  readonly writeWhole: (answer: NeutralAnswer, head: AnswerHead, usage: SureUsage) => Json
  readonly writeStream: (head: AnswerHead) => StreamWriter
  readonly errorBody: (failure: CallFailure) => Json
  /** The last words of a stream that cannot go on. */
  readonly errorFrame: (failure: CallFailure) => string
}

/** Streams of answers cut into their events: server-sent events, or a line of JSON each. The bytes stay what they were. */
import { StringDecoder } from 'node:string_decoder'
import { CallFailure } from './failure.ts'
import { parseJson } from './json.ts'

export interface Frame {
  /** As it came, its end included. */
  raw: string
  /** What it says: `undefined` for a comment, `done` for the last word of OpenAI's streams. */
  data: { kind: 'json'; value: unknown } | { kind: 'done' } | { kind: 'broken' } | undefined
}

export type Framing = 'sse' | 'ndjson'

/** A single event larger than this is nothing that a model says. */
const MOST_CHARACTERS = 16 * 1024 * 1024

const END_OF: Record<Framing, RegExp> = { sse: /\r?\n\r?\n/g, ndjson: /\r?\n/g }

const dataOf = (text: string): Frame['data'] => {
  if (text === '') return undefined
  if (text === '[DONE]') return { kind: 'done' }
  const value = parseJson(text)
  return value === undefined ? { kind: 'broken' } : { kind: 'json', value }
}

const sseData = (raw: string): string => {
  const lines: string[] = []
  for (const line of raw.split(/\r?\n/)) if (line.startsWith('data:')) lines.push(line.slice(5).trim())
  return lines.join('\n')
}

const READ: Record<Framing, (raw: string) => Frame> = {
  sse: (raw) => ({ raw, data: dataOf(sseData(raw)) }),
  ndjson: (raw) => ({ raw, data: dataOf(raw.trim()) }),
}

/** `push` takes what came and answers with the events that are complete now; `rest` is what never was. */
export const createFramer = (framing: Framing) => {
  const decoder = new StringDecoder('utf8')
  const end = END_OF[framing]
  let rest = ''

  const push = (chunk: Buffer): Frame[] => {
    // An end that lies across two chunks begins at most three characters back.
    const from = Math.max(0, rest.length - 3)
    rest += decoder.write(chunk)
    const frames: Frame[] = []
    let begin = 0
    end.lastIndex = from
    for (let match = end.exec(rest); match !== null; match = end.exec(rest)) {
      frames.push(READ[framing](rest.slice(begin, end.lastIndex)))
      begin = end.lastIndex
    }
    rest = rest.slice(begin)
    if (rest.length > MOST_CHARACTERS) throw new CallFailure('upstream', 'The provider sent an event without end.')
    return frames
  }

  /** The last line of an answer need not be ended. */
  const finish = (): Frame[] => {
    const last = rest + decoder.end()
    rest = ''
    return last.trim() === '' ? [] : [READ[framing](last)]
  }

  return { push, finish }
}

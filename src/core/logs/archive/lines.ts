/** Puts lines together again that were written in pieces, and looks which of them match. */
import { type Run, MAX_RUN_BYTES, entriesOf, isOpen } from './block.ts'
import type { Placed } from './select.ts'

interface Piece {
  seq: number
  at: number
  bytes: Buffer
}

// oxlint-disable-next-line no-control-regex -- what terminals are told to do is no part of what a line says
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g
const ESCAPE = '\u001b'

const textOf = (pieces: readonly Piece[]): string => {
  const bytes =
    pieces.length === 1 && pieces[0] !== undefined ? pieces[0].bytes : Buffer.concat(pieces.map((piece) => piece.bytes))
  return bytes.toString('utf8').replace(/\r?\n$/, '')
}

/** As a person sees the line, or as it was written. */
const matches = (pattern: RegExp, text: string): boolean =>
  pattern.test(text) || (text.includes(ESCAPE) && pattern.test(text.replaceAll(ANSI, '')))

/** `pattern` must have neither the flag g nor y: those remember where they were. */
export const createLines = (pattern: RegExp) => {
  const begun = new Map<Run['stream'], { pieces: Piece[]; bytes: number }>()

  function* decide(stream: Run['stream'], pieces: readonly Piece[]): Generator<Placed[], void, void> {
    if (!matches(pattern, textOf(pieces))) return
    yield pieces.map(({ seq, at, bytes }) => ({ seq, run: { stream, at, entries: 1, bytes } }))
  }

  /** Lines that end here and match, each with all its entries. */
  function* feed({ seq, run }: Placed): Generator<Placed[], void, void> {
    let number = seq
    for (const bytes of entriesOf(run)) {
      const piece = { seq: number, at: run.at, bytes }
      number += 1
      const line = begun.get(run.stream)
      // A line without an end is looked at by the piece: what is held is bounded.
      const fits = line !== undefined && line.bytes + bytes.length <= MAX_RUN_BYTES
      if (line !== undefined && !fits) {
        begun.delete(run.stream)
        yield* decide(run.stream, line.pieces)
      }
      const pieces = fits ? [...line.pieces, piece] : [piece]
      if (isOpen(bytes)) {
        begun.set(run.stream, { pieces, bytes: (fits ? line.bytes : 0) + bytes.length })
      } else {
        begun.delete(run.stream)
        yield* decide(run.stream, pieces)
      }
    }
  }

  /** Lines whose end is not there yet. */
  function* rest(): Generator<Placed[], void, void> {
    for (const [stream, { pieces }] of begun) yield* decide(stream, pieces)
    begun.clear()
  }

  return { feed, rest }
}

import type { Piece } from './ansi.ts'

export interface MarkedPiece extends Piece {
  marked: boolean
}

type Range = readonly [from: number, to: number]

const borders = (text: string, at: number, ranges: readonly Range[]): readonly number[] => {
  const inside = ranges.flat().filter((border) => border > at && border < at + text.length)
  return [at, ...inside, at + text.length]
}

/** The same pieces, cut where what was found begins and ends. */
export const markPieces = (pieces: readonly Piece[], ranges: readonly Range[]): readonly MarkedPiece[] => {
  let at = 0
  return pieces.flatMap(({ text, style }) => {
    const cuts = borders(text, at, ranges)
    const begin = at
    at += text.length
    return cuts.slice(0, -1).map((from, index) => ({
      text: text.slice(from - begin, (cuts[index + 1] ?? from) - begin),
      style,
      marked: ranges.some(([start, end]) => from >= start && from < end),
    }))
  })
}

import { expect, it } from 'vitest'
import { parseAnsi } from './ansi.ts'
import { markPieces } from './marked.ts'

const shown = (text: string, ranges: readonly (readonly [number, number])[]) =>
  markPieces(parseAnsi(text), ranges).map(({ text: words, marked }) => (marked ? `[${words}]` : words))

it('marks what was found, also across colours and more than once', () => {
  expect(shown('a legacy_id here', [[2, 11]])).toEqual(['a ', '[legacy_id]', ' here'])
  expect(shown('lega\u001B[31mcy_id\u001B[0m x', [[0, 9]])).toEqual(['[lega]', '[cy_id]', ' x'])
  expect(
    shown('abab', [
      [0, 1],
      [2, 3],
    ]),
  ).toEqual(['[a]', 'b', '[a]', 'b'])
})

it('leaves a line without finds in its pieces', () => {
  expect(shown('plain', [])).toEqual(['plain'])
  expect(shown('', [])).toEqual([])
})

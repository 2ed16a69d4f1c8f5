import { expect, it } from 'vitest'
import { plainText } from './ansi.ts'
import { lastState } from './progress-lines.ts'

it.each([
  ['an ordinary line', 'done', 'done', 0],
  ['the line end of Windows', 'done\r', 'done', 0],
  ['progress', '10 %\r50 %\r100 %', '100 %', 2],
  ['progress that ends with a return', '10 %\r50 %\r', '50 %', 1],
  ['a line erased before it is written again', 'old\r\u001B[Knew', 'new', 1],
  ['a line erased at the end', 'working\r\u001B[K', 'working', 0],
  ['nothing but returns', '\r\r\r', '', 0],
])('shows the last state of %s', (_what, text, shown, overwritten) => {
  const last = lastState(text)
  expect([plainText(last.text), last.overwritten]).toEqual([shown, overwritten])
})

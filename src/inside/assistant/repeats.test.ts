import { expect, it } from 'vitest'
import { createRepeats } from './repeats.ts'

it('takes the third same call in a row for a loop, whatever the order of its arguments', () => {
  const repeats = createRepeats()
  expect(repeats.isLoop({ name: 'read', input: { a: 1, b: 2 } })).toBe(false)
  expect(repeats.isLoop({ name: 'read', input: { b: 2, a: 1 } })).toBe(false)
  expect(repeats.isLoop({ name: 'read', input: { a: 1, b: 2 } })).toBe(true)
})

it('lets the same call be made again after another one', () => {
  const repeats = createRepeats()
  for (let count = 0; count < 5; count += 1) {
    expect(repeats.isLoop({ name: 'run_command', input: { command: 'npm test' } })).toBe(false)
    expect(repeats.isLoop({ name: 'write_file', input: { path: 'a', text: String(count) } })).toBe(false)
  }
})

it('takes the same result of the same call for a loop the third time, also with others in between', () => {
  const repeats = createRepeats()
  const call = { name: 'list', input: {} }
  expect(repeats.isSameAgain(call, 'a')).toBe(false)
  expect(repeats.isSameAgain({ name: 'other', input: {} }, 'a')).toBe(false)
  expect(repeats.isSameAgain(call, 'changed')).toBe(false)
  expect(repeats.isSameAgain(call, 'a')).toBe(false)
  expect(repeats.isSameAgain(call, 'a')).toBe(true)
})

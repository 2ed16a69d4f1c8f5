import { expect, it } from 'vitest'
import { stepsOf, turnOf } from './script.ts'

const SCRIPT = `Please do this:
think about it
use read_file {"path":"a b.txt"}
say half way
ask Which one? [red|green]
count 3`

it('reads a line a step, and leaves out what is none', () => {
  expect(stepsOf(SCRIPT)).toEqual([
    { kind: 'think', text: 'about it' },
    { kind: 'use', tool: 'read_file', input: '{"path":"a b.txt"}' },
    { kind: 'say', text: 'half way' },
    { kind: 'use', tool: 'ask_person', input: '{"question":"Which one?","choices":["red","green"]}' },
    { kind: 'count', to: 3 },
  ])
})

it('goes on after the tool that came back', () => {
  const steps = stepsOf(SCRIPT)
  expect(turnOf(steps, 0).map(({ kind }) => kind)).toEqual(['think', 'use'])
  expect(turnOf(steps, 1).map(({ kind }) => kind)).toEqual(['say', 'use'])
  expect(turnOf(steps, 2).map(({ kind }) => kind)).toEqual(['count'])
  expect(turnOf(steps, 3)).toEqual([])
})

it('repeats a loop for ever, after what comes before it', () => {
  const steps = stepsOf('use a\nthink first\nloop b {"x":1}\nsay never')
  const loop = { kind: 'loop', tool: 'b', input: '{"x":1}' }
  expect(turnOf(steps, 0)).toEqual([{ kind: 'use', tool: 'a', input: '{}' }])
  expect(turnOf(steps, 1)).toEqual([{ kind: 'think', text: 'first' }, loop])
  expect(turnOf(steps, 2)).toEqual([loop])
  expect(turnOf(steps, 9)).toEqual([loop])
})

it('keeps what it is told within bounds', () => {
  expect(stepsOf('count 999999999\nwait -5\ncount many\nfail 900 x')).toEqual([
    { kind: 'count', to: 100_000 },
    { kind: 'wait', ms: 0 },
    { kind: 'count', to: 0 },
    { kind: 'fail', status: 599, text: 'x' },
  ])
})

import { expect, onTestFinished, test } from 'vitest'
import { createNeeds } from './needs.ts'
import { TEST_ACTOR, testAgents } from './testing.ts'

const opened = () => {
  const parts = testAgents(onTestFinished)
  const needs = createNeeds({ store: parts.store, events: parts.events, now: parts.clock.now })
  return { ...parts, needs, id: parts.add().id }
}
const never = () => new AbortController().signal
const question = (text: string) => ({ kind: 'question', text, choices: ['Yes', 'No'], key: text }) as const

test('a question waits until a person answers, and stands in the conversation with its answer', async () => {
  const { needs, id } = opened()
  const asked = needs.ask(id, question('Drop the column?'), never())
  const need = needs.openOf([id]).get(id)
  expect(need).toMatchObject({ kind: 'question', text: 'Drop the column?', choices: ['Yes', 'No'] })
  needs.answer(id, 'No', need?.id, TEST_ACTOR)
  expect(await asked).toBe('No')
  expect(needs.openOf([id]).size).toBe(0)
  expect(needs.list(id).map(({ from, kind, text }) => [from, kind, text])).toEqual([
    ['agent', 'question', 'Drop the column?'],
    ['person', 'answer', 'No'],
  ])
})

test('a question that is asked again after a restart is the same question, and its answer is known', async () => {
  const { needs, id, store, events, clock } = opened()
  const gone = new AbortController()
  const asked = needs.ask(id, question('Go on?'), gone.signal)
  gone.abort(new Error('Gantry ended'))
  await expect(asked).rejects.toThrow('Gantry ended')

  const later = createNeeds({ store, events, now: clock.now })
  later.answer(id, 'Yes', undefined, TEST_ACTOR)
  expect(await later.ask(id, question('Go on?'), never())).toBe('Yes')
  expect(later.list(id).filter(({ kind }) => kind === 'question')).toHaveLength(1)
})

test('the oldest of several questions is the one that is shown and answered first', async () => {
  const { needs, id } = opened()
  const first = needs.ask(id, question('First?'), never())
  const second = needs.ask(id, question('Second?'), never())
  expect(needs.openOf([id]).get(id)?.text).toBe('First?')
  needs.answer(id, 'a', undefined, TEST_ACTOR)
  needs.answer(id, 'b', undefined, TEST_ACTOR)
  expect(await Promise.all([first, second])).toEqual(['a', 'b'])
})

test('an answer comes once: the second one is refused', () => {
  const { needs, id } = opened()
  needs.ask(id, question('Once?'), never()).catch(() => undefined)
  const need = needs.openOf([id]).get(id)
  needs.answer(id, 'Yes', need?.id, TEST_ACTOR)
  expect(() => needs.answer(id, 'No', need?.id, TEST_ACTOR)).toThrowError(
    expect.objectContaining({ code: 'E_CONFLICT' }),
  )
})

test('what is said without end does not fill the database', () => {
  const { needs, id } = opened()
  for (let turn = 0; turn < 2050; turn += 1) needs.say(id, { speaker: 'agent', kind: 'text', text: `turn ${turn}` })
  const kept = needs.list(id)
  expect(kept).toHaveLength(2000)
  expect(kept.at(-1)?.text).toBe('turn 2049')
  needs.say(id, { speaker: 'agent', kind: 'text', text: 'x'.repeat(200_000) })
  expect(needs.list(id).at(-1)?.text.length).toBeLessThan(40_000)
})

test('nobody is asked to answer an agent that has ended', () => {
  const { needs, id } = opened()
  needs.ask(id, question('Still there?'), never()).catch(() => undefined)
  needs.close(id)
  expect(needs.openOf([id]).size).toBe(0)
})

test('an agent that asks without end is refused, and what it has asked stays answerable', async () => {
  const { needs, id } = opened()
  const asked = Array.from({ length: 16 }, (_, turn) => needs.ask(id, question(`Number ${turn}?`), never()))
  await expect(needs.ask(id, question('One more?'), never())).rejects.toMatchObject({ code: 'E_RATE' })
  needs.answer(id, 'yes', undefined, TEST_ACTOR)
  expect(await asked[0]).toBe('yes')
})

test('two that ask the same are both answered, and an approval only by a person', async () => {
  const { needs, id } = opened()
  const approval = { kind: 'approval', text: 'Delete it?', choices: [], key: 'x' } as const
  const both = [needs.ask(id, approval, never()), needs.ask(id, approval, never())]
  const agent = { kind: 'agent', id: 'parent', name: 'parent', role: 'client' } as const
  expect(() => needs.answer(id, 'Allow', undefined, agent)).toThrowError(
    expect.objectContaining({ code: 'E_FORBIDDEN' }),
  )
  needs.answer(id, 'Allow', undefined, TEST_ACTOR)
  expect(await Promise.all(both)).toEqual(['Allow', 'Allow'])
})

import { expect, onTestFinished, test } from 'vitest'
import type { Actor } from '../../contract/index.ts'
import { createList } from './list.ts'
import { createNeeds } from './needs.ts'
import { assertQuota } from './quota.ts'
import { TEST_ACTOR, testAgents, testSpec } from './testing.ts'

const opened = () => {
  const parts = testAgents(onTestFinished)
  const needs = createNeeds({ store: parts.store, events: parts.events, now: parts.clock.now })
  const list = createList({
    store: parts.store,
    now: parts.clock.now,
    live: (rows) => {
      const open = needs.openOf(rows.map(({ id }) => id))
      return ({ id, lastActivityAt }) => ({ need: open.get(id), lastActivityAt })
    },
  })
  return { ...parts, needs, list }
}
const KEY: Actor = { kind: 'key', id: 'k1', name: 'cron', role: 'client' }
const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name)

test('who waits for a person comes first, the longest-waiting on top; the ended come last, the newest on top', () => {
  const { add, records, needs, list, clock } = opened()
  const working = add({ name: 'working', state: 'running' })
  const done = add({ name: 'done', state: 'running' })
  const [late, early] = [add({ name: 'late', state: 'running' }), add({ name: 'early', state: 'running' })]
  const ask = (id: string) =>
    needs
      .ask(id, { kind: 'question', text: '?', choices: [], key: '?' }, new AbortController().signal)
      .catch(() => undefined)
  void ask(early.id)
  clock.pass(1000)
  void ask(late.id)
  records.move(done.id, { to: 'finished' })
  const paused = add({ name: 'paused', state: 'paused' })
  const page = list.page({ limit: 100 }, TEST_ACTOR)
  expect(names(page)).toEqual(['early', 'late', 'working', 'paused', 'done'])
  expect(page.counts).toEqual({ 'needs-you': 2, working: 1, idle: 1, done: 1 })
  expect([working.id, paused.id]).toHaveLength(2)
})

test('one that runs without a sign of life for a minute is idle', () => {
  const { add, list, clock } = opened()
  add({ state: 'running' })
  expect(list.page({ limit: 1 }, TEST_ACTOR).items[0]?.group).toBe('working')
  clock.pass(61_000)
  expect(list.page({ limit: 1 }, TEST_ACTOR).items[0]?.group).toBe('idle')
})

test('filters find by state, label, template, key and words, and a label may hold anything', () => {
  const { add, list } = opened()
  add({ name: 'a', labels: JSON.stringify({ team: 'docs', 'with"quote': '1' }) })
  add({ name: 'b', labels: JSON.stringify({ team: 'core' }), template: 'command', creatorId: 'k1' })
  add({ name: 'c', state: 'running', spec: JSON.stringify(testSpec({ task: 'Mend the LOGIN page' })) })
  const find = (filter: Parameters<typeof list.select>[0]) =>
    list
      .select(filter, TEST_ACTOR)
      .map(({ name }) => name)
      .toSorted()
  expect(find({ states: ['running'] })).toEqual(['c'])
  expect(find({ label: 'team' })).toEqual(['a', 'b'])
  expect(find({ label: 'team=docs' })).toEqual(['a'])
  expect(find({ label: "x' OR 1=1 --" })).toEqual([])
  expect(find({ template: 'command' })).toEqual(['b'])
  expect(find({ key: 'k1' })).toEqual(['b'])
  expect(find({ search: 'login' })).toEqual(['c'])
  expect(find({ search: '%' })).toEqual([])
})

test('a program sees what it started itself, and nothing else', () => {
  const { add, list } = opened()
  add({ name: 'mine', creatorId: 'k1' })
  add({ name: 'not mine', creatorId: 'k2' })
  expect(names(list.page({ limit: 10 }, KEY))).toEqual(['mine'])
})

test('pages follow each other without a gap or a repeat', () => {
  const { add, list } = opened()
  for (let index = 0; index < 25; index += 1) add({ name: `agent ${index}` })
  const seen: string[] = []
  for (let cursor: string | undefined, more = true; more;) {
    const page = list.page({ limit: 10, cursor }, TEST_ACTOR)
    seen.push(...names(page))
    cursor = page.next ?? undefined
    more = page.next !== null
  }
  expect(new Set(seen).size).toBe(25)
  expect(seen).toHaveLength(25)
  expect(() => list.page({ limit: 10, cursor: 'gone' }, TEST_ACTOR)).toThrowError(
    expect.objectContaining({ code: 'E_NOT_FOUND' }),
  )
})

test('a quota names its limit and who holds it', () => {
  const { add, records } = opened()
  const held = [add({ name: 'one', creatorId: 'k1' }), add({ name: 'two', creatorId: 'k1' })]
  const limits = { perKey: () => 2, inAll: () => 3 }
  expect(() => assertQuota(records.live(), KEY, limits)).toThrowError(
    expect.objectContaining({
      code: 'E_QUOTA',
      message: '"cron" may have 2 agents at once, and has them.',
      details: expect.objectContaining({
        limit: 2,
        setting: 'agents.perKey',
        holders: held.map(({ id }) => expect.objectContaining({ id })),
      }),
    }),
  )
  // Somebody at this machine shares only what there is in all.
  expect(() => assertQuota(records.live(), TEST_ACTOR, limits)).not.toThrow()
  add()
  expect(() => assertQuota(records.live(), TEST_ACTOR, limits)).toThrowError(
    expect.objectContaining({ code: 'E_QUOTA' }),
  )
})

test('an ended agent holds nothing of a quota', () => {
  const { add, records } = opened()
  const { id } = add({ creatorId: 'k1', state: 'running' })
  records.move(id, { to: 'finished' })
  expect(() => assertQuota(records.live(), KEY, { perKey: () => 1, inAll: () => 1 })).not.toThrow()
})

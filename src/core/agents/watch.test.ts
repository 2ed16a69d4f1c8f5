import { expect, onTestFinished, test } from 'vitest'
import { AgentLimits } from '../../contract/index.ts'
import { manualTimer } from '../testing/index.ts'
import { createNeeds } from './needs.ts'
import { testAgents, testSpec } from './testing.ts'
import { type WatchDeps, watchTime } from './watch.ts'

/** Real rows and questions; what would be done to boxes is written down. */
const opened = () => {
  const parts = testAgents(onTestFinished)
  const { clock, records } = parts
  const needs = createNeeds({ store: parts.store, events: parts.events, now: clock.now })
  const timer = manualTimer()
  const done: string[] = []
  const visited: string[] = []
  const lives = new Map<string, { lastActivityAt: number; session: { wire: { open: () => number } } }>()
  let risen = 0
  let openCalls = 0
  const stop = watchTime({
    records,
    needs,
    lives: {
      get: (id: string) => lives.get(id),
      all: () => lives,
      end: async (id: string, { to, reason }: { to: string; reason: string | null }) =>
        void done.push(`${id} ${to}: ${reason}`),
      pause: async (id: string, reason: string) => void done.push(`${id} paused: ${reason}`),
      comeBack: async (id: string) => void visited.push(id),
    } as unknown as WatchDeps['lives'],
    now: clock.now,
    clock: () => risen,
    every: timer.every,
    onTick: () => undefined,
    report: (_id, thrown) => done.push(String(thrown)),
  })
  onTestFinished(stop)
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      risen += 1000
      clock.pass(1000)
      timer.tick(1000)
    }
  }
  const add = (limits: Partial<AgentLimits>) => {
    const at = clock.now().getTime()
    const all = AgentLimits.parse(limits)
    const row = parts.add({
      state: 'running',
      spec: JSON.stringify(testSpec({ limits: all })),
      expiresAt: at + all.ttlSeconds * 1000,
    })
    lives.set(row.id, { lastActivityAt: at, session: { wire: { open: () => openCalls } } })
    return row.id
  }
  return {
    ...parts,
    needs,
    done,
    visited,
    pass,
    add,
    jump: (ms: number) => {
      clock.pass(ms)
      risen += 1000
      timer.tick(1000)
    },
    active: (id: string) => {
      const life = lives.get(id)
      if (life !== undefined) life.lastActivityAt = clock.now().getTime()
    },
    calls: (count: number) => (openCalls = count),
  }
}

test('an agent expires at the time that was set for it, and not a second before', () => {
  const { add, pass, done } = opened()
  const id = add({ ttlSeconds: 120, idleSeconds: 86_400 })
  pass(119)
  expect(done).toEqual([])
  pass(1)
  expect(done[0]).toBe(`${id} expired: its time of 2 min is over`)
})

test('time at work is counted while it works, not while it waits for a person', () => {
  const { add, pass, done, needs } = opened()
  const id = add({ wallSeconds: 60, idleSeconds: 86_400 })
  pass(30)
  const answered = needs.ask(id, { kind: 'question', text: '?', choices: [], key: '?' }, new AbortController().signal)
  pass(600)
  expect(done).toEqual([])
  needs.answer(id, 'yes', undefined, { kind: 'owner', id: 'owner', name: 'owner', role: 'admin' })
  pass(29)
  expect(done).toEqual([])
  pass(1)
  expect(done[0]).toBe(`${id} expired: it has worked for 1 min, which was its limit`)
  return answered
})

test('one without a sign of life is paused; a sign of life, a question or an open call holds that off', () => {
  const { add, pass, done, active, calls, needs } = opened()
  const id = add({ idleSeconds: 60 })
  pass(59)
  active(id)
  pass(59)
  expect(done).toEqual([])
  calls(1)
  pass(600)
  calls(0)
  pass(59)
  expect(done).toEqual([])
  void needs
    .ask(id, { kind: 'question', text: '?', choices: [], key: '?' }, new AbortController().signal)
    .catch(() => undefined)
  pass(600)
  expect(done).toEqual([])
  needs.close(id)
  pass(61)
  expect(done).toEqual([`${id} paused: no sign of life for 1 min`])
})

test('a clock that jumps, or a machine that slept, takes nobody’s time away', () => {
  const { add, pass, jump, done, records } = opened()
  const id = add({ ttlSeconds: 3600, wallSeconds: 3600, idleSeconds: 900 })
  const before = records.get(id).expiresAt
  jump(5 * 3_600_000)
  expect(done).toEqual([])
  expect(records.get(id).expiresAt).toBeGreaterThan(before + 4 * 3_600_000)
  jump(-4 * 3_600_000)
  pass(10)
  expect(done).toEqual([])
})

test('what was worked is kept, so that a restart does not begin to count anew', () => {
  const { add, pass, records } = opened()
  const id = add({ idleSeconds: 86_400 })
  pass(20)
  expect(records.get(id).workedMs).toBe(20_000)
})

test('an end that did not work out is tried again', () => {
  const { add, pass, done, records } = opened()
  const id = add({})
  records.update(id, { ending: 'cancelled' })
  pass(60)
  expect(done).toEqual([`${id} cancelled: null`, `${id} cancelled: null`])
})

test('one that lives is looked for now and then, so that no engine that comes late leaves it unattended', () => {
  const { add, pass, visited } = opened()
  const id = add({ idleSeconds: 86_400 })
  pass(29)
  expect(visited).toEqual([])
  pass(31)
  expect(visited).toEqual([id, id])
})

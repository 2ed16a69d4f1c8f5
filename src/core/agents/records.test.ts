import { expect, onTestFinished, test } from 'vitest'
import { AGENT_STATES, type GantryEvent } from '../../contract/index.ts'
import { isEnded, mayMove } from './states.ts'
import { testAgents } from './testing.ts'

const opened = () => testAgents(onTestFinished)

test('an ended agent stays as it ended', () => {
  for (const ended of AGENT_STATES.filter(isEnded)) {
    expect(AGENT_STATES.filter((state) => mayMove(ended, state))).toEqual([])
  }
})

test('every state can be reached from the first one', () => {
  const reached = new Set(['pending'])
  for (let grown = true; grown;) {
    const next = AGENT_STATES.filter(
      (to) => !reached.has(to) && AGENT_STATES.some((from) => reached.has(from) && mayMove(from, to)),
    )
    for (const state of next) reached.add(state)
    grown = next.length > 0
  }
  expect([...reached].toSorted()).toEqual([...AGENT_STATES].toSorted())
})

test('a move that is not in the table is refused and changes nothing', () => {
  const { records, add } = opened()
  const { id } = add()
  expect(() => records.move(id, { to: 'finished' })).toThrowError(
    expect.objectContaining({ code: 'E_CONFLICT', message: 'An agent that is pending cannot become finished.' }),
  )
  expect(records.get(id).state).toBe('pending')
  expect(records.timeline(id)).toHaveLength(1)
})

test('every move stands in the timeline with its reason and who made it, and is told once after it is kept', () => {
  const { records, add, events, clock } = opened()
  const { id } = add()
  const told: GantryEvent[] = []
  events.on((event) => {
    // By then it can be read.
    if (event.type === 'agents.changed') expect(records.get(event.agentId).state).toBe(event.state)
    told.push(event)
  })
  clock.pass(1000)
  records.move(id, { to: 'starting' })
  clock.pass(1000)
  records.move(id, { to: 'cancelled', reason: 'stopped by ada', actor: 'ada' })
  expect(records.timeline(id).map(({ from, to, reason, actor }) => [from, to, reason, actor])).toEqual([
    [null, 'pending', null, 'owner'],
    ['pending', 'starting', null, 'Gantry'],
    ['starting', 'cancelled', 'stopped by ada', 'ada'],
  ])
  expect(told).toMatchObject([
    { type: 'agents.changed', state: 'starting' },
    { type: 'agents.changed', state: 'cancelled' },
  ])
  expect(records.get(id).endedAt).toBe(clock.now().getTime())
})

test('what belongs to an agent goes with it', () => {
  const { records, add } = opened()
  const { id } = add()
  records.noteEgress(id, { at: 1, host: 'example.com', port: 443, allowed: false, reason: 'not on the list' })
  records.remove(id)
  expect(records.find(id)).toBeUndefined()
  expect(records.timeline(id)).toEqual([])
  expect(records.egress(id)).toEqual([])
})

test('of many decisions about ways out the newest thousand are kept, for each agent', () => {
  const { records, add } = opened()
  const [one, other] = [add(), add()]
  records.noteEgress(other.id, { at: 0, host: 'kept.example', port: 443, allowed: true, reason: 'allowed' })
  for (let at = 0; at < 1005; at += 1) {
    records.noteEgress(one.id, { at, host: `h${at}.example`, port: 443, allowed: true, reason: 'allowed' })
  }
  expect(records.egress(one.id)).toHaveLength(1000)
  expect(records.egress(one.id)[0]?.host).toBe('h5.example')
  expect(records.egress(other.id)).toHaveLength(1)
})

test('an agent that is not there is told in plain words', () => {
  const { records } = opened()
  expect(() => records.get('nobody00')).toThrowError(expect.objectContaining({ code: 'E_NOT_FOUND' }))
})

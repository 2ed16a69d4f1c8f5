import { expect, test } from 'vitest'
import type { GantryEvent } from '../../contract/index.ts'
import { manualClock } from '../testing/index.ts'
import { createEventBus } from './index.ts'

const changed = (key: string) => ({ type: 'settings.changed' as const, keys: [key] })
const everything = { isWanted: () => true }
const only = (type: GantryEvent['type']) => ({ isWanted: (event: GantryEvent) => event.type === type })
/** What ids rise from: the clock of the manual tests. */
const START = Date.parse('2026-11-21T14:00:00.000Z')
const createBus = () => createEventBus(manualClock().now)
const take = async (source: AsyncGenerator<GantryEvent>, count: number) => {
  const taken: GantryEvent[] = []
  while (taken.length < count) {
    const { value, done } = await source.next()
    if (done === true) break
    taken.push(value)
  }
  return taken
}

test('gives every event a rising id and the time', () => {
  const bus = createBus()
  const seen: GantryEvent[] = []
  const off = bus.on((event) => seen.push(event))
  bus.emit(changed('a'))
  bus.emit(changed('b'))
  off()
  bus.emit(changed('c'))
  expect(seen.map(({ id, at }) => [id, at])).toEqual([
    [START + 1, '2026-11-21T14:00:00.000Z'],
    [START + 2, '2026-11-21T14:00:00.000Z'],
  ])
})

test('sends a reader what comes after it began, live', async () => {
  const bus = createBus()
  bus.emit(changed('before'))
  const reader = bus.watch(everything)
  const first = reader.next()
  bus.emit(changed('after'))
  expect((await first).value).toMatchObject({ id: START + 2, keys: ['after'] })
  await reader.return()
})

test('sends what was missed since an id, once and in order', async () => {
  const bus = createBus()
  for (const key of ['1', '2', '3']) bus.emit(changed(key))
  const reader = bus.watch({ since: START + 1, ...everything })
  expect((await take(reader, 2)).map(({ id }) => id)).toEqual([START + 2, START + 3])
  const next = reader.next()
  bus.emit(changed('4'))
  expect((await next).value).toMatchObject({ id: START + 4 })
  await reader.return()
})

test('sends everything kept to a reader that knows an id of another run', async () => {
  const bus = createBus()
  for (const key of ['1', '2']) bus.emit(changed(key))
  expect((await take(bus.watch({ since: START + 900, ...everything }), 2)).map(({ id }) => id)).toEqual([
    START + 1,
    START + 2,
  ])
})

test('keeps the last thousand', async () => {
  const bus = createBus()
  for (let count = 0; count < 1005; count += 1) bus.emit(changed('x'))
  const [oldest] = await take(bus.watch({ since: 0, ...everything }), 1)
  expect(oldest?.id).toBe(START + 6)
})

test('says how many are not kept any more, before those that are', async () => {
  const bus = createBus()
  for (let count = 0; count < 1005; count += 1) bus.emit(changed('x'))
  const [notice, oldest] = await take(bus.watch({ since: START + 2, ...everything }), 2)
  expect(notice).toMatchObject({ type: 'events.skipped', count: 3, id: START + 5 })
  expect(oldest?.id).toBe(START + 6)
})

test('sends all of this run to a reader that remembers the one before', async () => {
  const clock = manualClock()
  const before = createEventBus(clock.now)
  before.emit(changed('old'))
  clock.pass(5000)
  const bus = createEventBus(clock.now)
  bus.emit(changed('new'))
  expect(await take(bus.watch({ since: START + 1, ...everything }), 1)).toMatchObject([{ keys: ['new'] }])
})

test('leaves out the types that were not asked for, live and missed', async () => {
  const bus = createBus()
  bus.emit(changed('a'))
  bus.emit({ type: 'system.stopping' })
  const reader = bus.watch({ since: 0, ...only('system.stopping') })
  expect((await take(reader, 1))[0]?.type).toBe('system.stopping')
  const next = reader.next()
  bus.emit(changed('b'))
  bus.emit({ type: 'system.stopping' })
  expect((await next).value).toMatchObject({ id: START + 4 })
  await reader.return()
})

test('tells a slow reader how many it skipped, and does not count what it never wanted', async () => {
  const bus = createBus()
  const reader = bus.watch(only('settings.changed'))
  const first = reader.next()
  bus.emit(changed('first'))
  await first
  for (let count = 0; count < 1003; count += 1) {
    bus.emit(changed(String(count)))
    bus.emit({ type: 'system.stopping' })
  }
  const seen = await take(reader, 1001)
  expect(seen.slice(0, 1000).every(({ type }) => type === 'settings.changed')).toBe(true)
  expect(seen.at(-1)).toMatchObject({ type: 'events.skipped', count: 3 })
  await reader.return()
})

test('ends with its signal, also while it waits', async () => {
  const bus = createBus()
  const stop = new AbortController()
  const reader = bus.watch(everything, stop.signal)
  const pending = reader.next()
  stop.abort()
  expect((await pending).done).toBe(true)
})

import { describe, expect, test } from 'vitest'
import type { GantryEvent } from '../../contract/index.ts'
import { type TestCore, manualClock, manualTimer, openSse, startTestCore } from '../testing/index.ts'

const rename = (core: TestCore, level: 'debug' | 'warn' | 'error') => core.core.settings.set('log.level', level)
const outcomeOf = async (core: TestCore, operation: string) => {
  const { items } = await core.client(core.core.access.ownerToken).system.metrics({})
  const samples = items.find(({ name }) => name === 'gantry_operations_total')?.samples ?? []
  return samples
    .filter(({ labels }) => labels['operation'] === operation)
    .map(({ labels, value }) => [labels['outcome'], value])
}

/** Lets the test see when the source of each stream has ended. */
const observeSources = (core: TestCore) => {
  const { watch } = core.core.events
  const ended = Promise.withResolvers<void>()
  core.core.events.watch = async function* (filter, signal) {
    try {
      yield* watch(filter, signal)
    } finally {
      ended.resolve()
    }
  }
  return ended.promise
}

describe('the stream of events', () => {
  test('is live: what happens arrives as it happens', async () => {
    const core = await startTestCore()
    const stream = await openSse(core.url(), '/events?types=settings.changed', { key: core.key('viewer').secret })
    expect(stream.headers['content-type']).toContain('text/event-stream')
    for (const level of ['debug', 'warn'] as const) {
      rename(core, level)
      expect((await stream.next())?.data).toMatchObject({ type: 'settings.changed', keys: ['log.level'] })
    }
  })

  test('goes on after `since`, and after the Last-Event-ID that a browser sends when it comes back', async () => {
    const core = await startTestCore()
    const { secret } = core.key()
    const first = await openSse(core.url(), '/events?since=0', { key: secret })
    const seen = [await first.next(), await first.next()]
    first.close()
    expect(seen[0]?.id).toBe(String(seen[0]?.data?.id))
    rename(core, 'debug')

    for (const [path, headers] of [
      [`/events?since=${seen[0]?.id}`, {}],
      ['/events', { 'last-event-id': seen[0]?.id ?? '' }],
      ['/events?since=0', { 'last-event-id': seen[0]?.id ?? '' }],
    ] as const) {
      const again = await openSse(core.url(), path, { key: secret, headers })
      expect((await again.next())?.id).toBe(seen[1]?.id)
      again.close()
    }
  })

  test('is refused where the Last-Event-ID is none', async () => {
    const core = await startTestCore()
    const answer = await core.rest('GET', '/events', {
      key: core.key().secret,
      headers: { 'last-event-id': 'nonsense' },
    })
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'E_SCHEMA', message: '"nonsense" is not the id of an event.' },
    })
  })

  test('tells a key only what its role may know', async () => {
    const core = await startTestCore()
    const stream = await openSse(core.url(), '/events?since=0', { key: core.key('client').secret })
    core.core.access.keys.create({ name: 'x', role: 'viewer' }, 'test')
    core.core.events.emit({ type: 'system.stopping' })
    const types: unknown[] = []
    while (types.at(-1) !== 'system.stopping')
      types.push(((await stream.next())?.data as GantryEvent | undefined)?.type)
    expect(types.filter((type) => /^(audit|access|settings)/.test(String(type)))).toEqual([])
  })

  test('ends when the key it was opened with has expired', async () => {
    const clock = manualClock()
    const core = await startTestCore({ now: clock.now })
    const { secret } = core.core.access.keys.create({ name: 'x', role: 'admin', expiresInDays: 1 }, 'test')
    const stream = await openSse(core.url(), '/events?types=settings.problem', { key: secret })
    clock.pass(2 * 86_400_000)
    core.core.events.emit({ type: 'settings.problem', message: 'after' })
    const last = await stream.next()
    expect(JSON.stringify(last)).not.toContain('after')
    expect(JSON.stringify(last)).toContain('E_AUTH')
  })

  test('tells a reader that does not keep up how much it skipped', async () => {
    const core = await startTestCore()
    const stream = await openSse(core.url(), '/events?since=0&types=settings.problem', { key: core.key().secret })
    // Nothing is read while this goes on: it is all within one turn.
    for (let count = 0; count < 1500; count += 1)
      core.core.events.emit({ type: 'settings.problem', message: String(count) })
    let event = (await stream.next())?.data as GantryEvent
    let received = 0
    while (event.type !== 'events.skipped') {
      received += 1
      event = (await stream.next())?.data as GantryEvent
    }
    expect(received + event.count).toBe(1500)
    expect(event.count).toBeGreaterThan(0)
  })

  test('ends when its key is revoked, with an error that says so', async () => {
    const core = await startTestCore()
    const { key, secret } = core.key('viewer')
    const other = await openSse(core.url(), '/events?types=settings.changed', { key: core.key('viewer').secret })
    const stream = await openSse(core.url(), '/events?types=settings.changed', { key: secret })
    core.core.access.keys.revoke(key.id)
    const rest = await stream.rest()
    expect(rest.at(-1)).toMatchObject({ event: 'error', data: { code: 'E_AUTH' } })
    rename(core, 'debug')
    expect((await other.next())?.data).toMatchObject({ type: 'settings.changed' })
  })

  test('ends when a restore brings back a database that does not know its key', async () => {
    const core = await startTestCore()
    const owner = core.client(core.core.access.ownerToken)
    const { name } = await owner.system.backup({})
    const stream = await openSse(core.url(), '/events?types=settings.changed', { key: core.key('viewer').secret })
    await owner.system.restore({ name })
    expect((await stream.rest()).at(-1)).toMatchObject({ event: 'error' })
  })

  test('is let go of when the reader leaves, and counted', async () => {
    const core = await startTestCore()
    const ended = observeSources(core)
    const stream = await openSse(core.url(), '/events?since=0', { key: core.key().secret })
    await stream.next()
    stream.close()
    await ended
    expect(await outcomeOf(core, 'events.watch')).toEqual([['ok', 1]])
  })

  test('ends with Gantry', async () => {
    const core = await startTestCore()
    const stream = await openSse(core.url(), '/events', { key: core.key().secret })
    const [rest] = await Promise.all([stream.rest(), core.stop()])
    expect(rest.filter(({ data }) => data?.type === 'system.started')).toEqual([])
  })
})

describe('the stream of vitals', () => {
  test('sends the past, then each new sample', async () => {
    const timer = manualTimer()
    const core = await startTestCore({ every: timer.every })
    timer.tick(4000)
    timer.tick(4000)
    const { secret } = core.key('client')
    const all = await openSse(core.url(), '/system/vitals', { key: secret })
    const past = [await all.next(), await all.next()].map((event) => event?.data)
    expect(past.every((sample) => sample.memoryBytes > 0)).toBe(true)
    const fresh = await openSse(core.url(), '/system/vitals?history=false', { key: secret })
    expect((await fresh.next())?.data).toEqual(past[1])
    timer.tick(4000)
    expect((await all.next())?.data.at >= past[1].at).toBe(true)
    expect((await fresh.next())?.data).toBeDefined()
  })

  test('ends when its key is revoked', async () => {
    const core = await startTestCore({ every: manualTimer().every })
    const { key, secret } = core.key('client')
    const stream = await openSse(core.url(), '/system/vitals', { key: secret })
    await stream.next()
    core.core.access.keys.revoke(key.id)
    expect((await stream.rest()).at(-1)).toMatchObject({ event: 'error', data: { code: 'E_AUTH' } })
  })
})

import { describe, expect, onTestFinished, test } from 'vitest'
import type { Backup, Vitals } from '../../contract/index.ts'
import { createEventBus } from '../events/index.ts'
import { openLog } from '../logs/index.ts'
import { openStore } from '../store/index.ts'
import { manualClock, manualTimer, tempHome } from '../testing/index.ts'
import { createMeasures, createVitals, everyInterval, startUpkeep } from './index.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

describe('vitals', () => {
  const setUp = () => {
    const clock = manualClock()
    const timer = manualTimer()
    let calls = 0
    const vitals = createVitals({ now: clock.now, every: timer.every, storeBytes: () => 4096, calls: () => calls })
    onTestFinished(vitals.stop)
    const sample = () => {
      clock.pass(4000)
      calls += 20
      timer.tick(4000)
    }
    return { vitals, sample }
  }
  const read = async (stream: AsyncGenerator<Vitals>, count: number) => {
    const all: Vitals[] = []
    while (all.length < count) all.push((await stream.next()).value as Vitals)
    return all
  }

  test('measure the process since the sample before', async () => {
    const { vitals, sample } = setUp()
    sample()
    const [first] = await read(vitals.watch(true), 1)
    expect(first).toMatchObject({ at: '2026-11-21T14:00:04.000Z', storeBytes: 4096, operationsPerSecond: 5 })
    expect(first?.memoryBytes).toBeGreaterThan(1_000_000)
    expect(vitals.eventLoopP99Seconds()).toBeGreaterThanOrEqual(0)
  })

  test('send the last ten minutes first, then each new sample', async () => {
    const { vitals, sample } = setUp()
    for (let count = 0; count < 152; count += 1) sample()
    const stream = vitals.watch(true)
    const past = await read(stream, 150)
    expect(past[0]?.at).toBe('2026-11-21T14:00:12.000Z')
    const next = stream.next()
    sample()
    expect((await next).value).toMatchObject({ at: '2026-11-21T14:10:12.000Z' })
    await stream.return()
  })

  test('lose no sample that was taken while the past was still being sent', async () => {
    const { vitals, sample } = setUp()
    sample()
    sample()
    const stream = vitals.watch(true)
    await read(stream, 1)
    sample()
    const rest = await read(stream, 2)
    expect(rest.map(({ at }) => at)).toEqual(['2026-11-21T14:00:08.000Z', '2026-11-21T14:00:12.000Z'])
    await stream.return()
  })

  test('begin with the present where the past is not wanted', async () => {
    const { vitals, sample } = setUp()
    sample()
    sample()
    const [first] = await read(vitals.watch(false), 1)
    expect(first?.at).toBe('2026-11-21T14:00:08.000Z')
  })

  test('end with their signal and with Gantry, also while they wait', async () => {
    const { vitals } = setUp()
    const left = new AbortController()
    const one = vitals.watch(false, left.signal)
    const other = vitals.watch(false)
    await one.next()
    await other.next()
    const [pendingOne, pendingOther] = [one.next(), other.next()]
    left.abort()
    expect((await pendingOne).done).toBe(true)
    vitals.stop()
    expect((await pendingOther).done).toBe(true)
  })

  test('tick on the real clock until they are stopped', async () => {
    const ticked = Promise.withResolvers<void>()
    const stop = everyInterval(ticked.resolve, 1)
    await ticked.promise
    stop()
  })
})

describe('measures', () => {
  test('count calls by outcome and hand everything out as plain data', async () => {
    const measures = createMeasures({
      storeBytes: () => 7,
      eventLoopP99Seconds: () => 0.001,
      startedAt: new Date(1000),
      version: '1',
    })
    measures.record({ operation: 'system.info', surface: 'rest', outcome: 'ok', seconds: 0.002 })
    const families = await measures.collect()
    const named = (name: string) => families.find((family) => family.name === name)?.samples
    expect(named('gantry_operations_total')).toEqual([
      {
        name: 'gantry_operations_total',
        labels: { operation: 'system.info', surface: 'rest', outcome: 'ok' },
        value: 1,
      },
    ])
    expect(named('gantry_store_bytes')?.[0]?.value).toBe(7)
    expect(named('gantry_start_time_seconds')?.[0]?.value).toBe(1)
    expect(named('gantry_operation_duration_seconds')).toContainEqual({
      name: 'gantry_operation_duration_seconds_bucket',
      labels: { operation: 'system.info', le: '0.0025' },
      value: 1,
    })
    expect(measures.calls()).toBe(1)
  })
})

describe('upkeep', () => {
  const setUp = ({ hours = 24 } = {}) => {
    const home = tempHome()
    const clock = manualClock()
    const timer = manualTimer()
    const events = createEventBus(clock.now)
    const store = openStore({ home, now: clock.now, keepBackups: () => 3 })
    onTestFinished(store.close)
    const journal = openLog(home, 'info')
    onTestFinished(journal.close)
    const pruned: string[] = []
    const backedUp: string[] = []
    events.on((event) => {
      if (event.type === 'store.backed-up') backedUp.push(event.name)
    })
    const stop = startUpkeep({
      store,
      events,
      log: journal.log,
      now: clock.now,
      every: timer.every,
      backupEveryHours: () => hours,
      pruneAudit: () => pruned.push(clock.now().toISOString()),
    })
    /** Lets a minute pass `count` times; what each look started has ended when this resolves. */
    const minutes = async (count: number) => {
      clock.pass(count * MINUTE)
      timer.tick(MINUTE)
      await stop()
    }
    return { store, timer, pruned, backedUp, minutes, stop, clock }
  }
  const reasons = (backups: Backup[]) => backups.map(({ reason }) => reason)

  test('backs up when there is no backup, then when the newest is old enough', async () => {
    const { store, timer, clock, stop, backedUp } = setUp()
    timer.tick(MINUTE)
    clock.pass(23 * HOUR)
    timer.tick(MINUTE)
    await stop()
    expect(reasons(store.backups())).toEqual(['scheduled'])
    expect(backedUp).toEqual([store.backups()[0]?.name])
  })

  test('backs up once where two looks fall on one slow backup', async () => {
    const { store, timer, stop } = setUp()
    timer.tick(MINUTE)
    timer.tick(MINUTE)
    await stop()
    expect(store.backups()).toHaveLength(1)
  })

  test('counts a backup made by hand', async () => {
    const { store, minutes } = setUp()
    await store.backup('manual')
    await minutes(60)
    expect(reasons(store.backups())).toEqual(['manual'])
  })

  test('backs up again when the hours have passed', async () => {
    const { store, minutes } = setUp()
    await store.backup('manual')
    await minutes(24 * 60)
    expect(reasons(store.backups())).toEqual(['scheduled', 'manual'])
  })

  test('makes none where automatic backups are off', async () => {
    const { store, minutes } = setUp({ hours: 0 })
    await minutes(9999)
    expect(store.backups()).toEqual([])
  })

  test('prunes the audit trail at the first look and once a day after', async () => {
    const { pruned, timer, clock, stop } = setUp({ hours: 0 })
    timer.tick(MINUTE)
    await Promise.resolve()
    clock.pass(HOUR)
    timer.tick(MINUTE)
    await stop()
    expect(pruned).toEqual(['2026-11-21T14:00:00.000Z'])
  })

  test('looks no more after it was stopped', async () => {
    const { timer, stop } = setUp()
    await stop()
    expect(timer.rhythms()).toEqual([])
  })
})

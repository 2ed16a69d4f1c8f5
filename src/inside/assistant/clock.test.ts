import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createClock } from './clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('says when the time is up', () => {
  const timeUp = vi.fn<() => void>()
  const clock = createClock(10, timeUp)
  vi.advanceTimersByTime(9500)
  expect(timeUp).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1000)
  expect(timeUp).toHaveBeenCalled()
  clock.close()
})

it('stands still while a person is waited for, also by several at once', async () => {
  const timeUp = vi.fn<() => void>()
  const clock = createClock(10, timeUp)
  const first = Promise.withResolvers<string>()
  const second = Promise.withResolvers<string>()
  const waits = [clock.standStill(() => first.promise), clock.standStill(() => second.promise)]
  vi.advanceTimersByTime(3_600_000)
  first.resolve('a')
  expect(await waits[0]).toBe('a')
  vi.advanceTimersByTime(3_600_000)
  second.resolve('b')
  await waits[1]
  expect(timeUp).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10_500)
  expect(timeUp).toHaveBeenCalled()
  clock.close()
})

it('does not count the time in which the box was frozen', () => {
  const timeUp = vi.fn<() => void>()
  const clock = createClock(10, timeUp)
  vi.advanceTimersByTime(1000)
  // Time passes, but no timer is run: that is what being frozen looks like from inside.
  const frozen = performance.now() + 3_600_000
  const spy = vi.spyOn(performance, 'now').mockReturnValue(frozen)
  vi.advanceTimersByTime(250)
  expect(timeUp).not.toHaveBeenCalled()
  spy.mockRestore()
  clock.close()
})

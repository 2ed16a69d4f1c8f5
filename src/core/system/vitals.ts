/** One sample of how the process does every four seconds, the last ten minutes of them, and a stream of new ones. */
import type { Vitals } from '../../contract/index.ts'
import { createDelayMeter } from './delay-meter.ts'

const EVERY_MS = 4000
const KEPT = 150
/** Above this many operations a second the process counts as busy. */
const BUSY = 20

export interface VitalsDeps {
  now: () => Date
  storeBytes: () => number
  calls: () => number
  every?: (tick: () => void, ms: number) => () => void
}

export const everyInterval = (tick: () => void, ms: number) => {
  const timer = setInterval(tick, ms)
  timer.unref()
  return () => clearInterval(timer)
}

export const createVitals = ({ now, storeBytes, calls, every = everyInterval }: VitalsDeps) => {
  const delay = createDelayMeter()
  const samples: Vitals[] = []
  const waiting = new Set<() => void>()
  let stopped = false
  let lastCpu = process.cpuUsage()
  let lastCalls = calls()
  let lastAt = now().getTime()
  let p99 = 0

  const sample = () => {
    const at = now()
    const seconds = Math.max(0.001, (at.getTime() - lastAt) / 1000)
    const cpu = process.cpuUsage(lastCpu)
    const memory = process.memoryUsage()
    const operations = (calls() - lastCalls) / seconds
    p99 = delay.read(operations > BUSY)
    samples.push({
      at: at.toISOString(),
      eventLoopP99Ms: round(p99),
      cpuPercent: round((cpu.user + cpu.system) / 1e4 / seconds),
      memoryBytes: memory.rss,
      heapBytes: memory.heapUsed,
      storeBytes: storeBytes(),
      operationsPerSecond: round(operations),
    })
    if (samples.length > KEPT) samples.shift()
    lastCpu = process.cpuUsage()
    lastCalls = calls()
    lastAt = at.getTime()
    for (const wake of waiting) wake()
    waiting.clear()
  }

  const stopTimer = every(sample, EVERY_MS)

  async function* watch(history: boolean, signal?: AbortSignal): AsyncGenerator<Vitals, void, void> {
    if (samples.length === 0) sample()
    let last: Vitals | undefined
    for (const past of history ? samples.slice() : samples.slice(-1)) {
      yield past
      last = past
    }
    while (!stopped && signal?.aborted !== true) {
      const latest = samples.at(-1)
      if (latest === undefined || latest === last) {
        await nextSample(signal)
        continue
      }
      last = latest
      yield latest
    }
  }

  const nextSample = (signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        waiting.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      waiting.add(wake)
      signal?.addEventListener('abort', wake)
    })

  const stop = () => {
    stopped = true
    stopTimer()
    delay.stop()
    for (const wake of waiting) wake()
  }

  return { watch, stop, eventLoopP99Seconds: () => p99 / 1000 }
}

const round = (value: number) => Math.round(value * 100) / 100

export type VitalsMonitor = ReturnType<typeof createVitals>

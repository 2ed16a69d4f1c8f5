/**
 * How late timers fire. Looking costs wake-ups, and a wake-up costs most where nothing else happens: so it looks closely
 * while there is work, and only now and then while there is none.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const CLOSE_MS = 10
const LOOSE_MS = 200

const meter = (resolution: number) => ({ resolution, histogram: monitorEventLoopDelay({ resolution }) })

export const createDelayMeter = () => {
  const close = meter(CLOSE_MS)
  const loose = meter(LOOSE_MS)
  let current = close
  current.histogram.enable()

  /** The 99th percentile in milliseconds since the last reading; `busy` chooses how to look until the next. */
  const read = (busy: boolean): number => {
    // The histogram measures from tick to tick: what is above its own interval is the delay.
    const p99 = Math.max(0, current.histogram.percentile(99) / 1e6 - current.resolution)
    current.histogram.reset()
    const next = busy ? close : loose
    if (next !== current) {
      current.histogram.disable()
      current = next
      current.histogram.enable()
    }
    return p99
  }

  return { read, stop: () => current.histogram.disable() }
}

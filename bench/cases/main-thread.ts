import { type Running, endpointOf } from '../support/launch.ts'
import { round } from '../support/numbers.ts'
import { type Row, atMost } from '../support/report.ts'

/**
 * Reads the app's own samples while the other cases load it. Each sample holds the 99th percentile of two seconds; the
 * worst of them is the number.
 */
export const watchMainThread = (app: Running): (() => Promise<Row>) => {
  const { url, token } = endpointOf(app)
  const stop = new AbortController()
  let worst = 0
  const watching = (async () => {
    const response = await fetch(`${url}/system/vitals?history=false`, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    })
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      for (const [, value] of decoder.decode(chunk).matchAll(/"eventLoopP99Ms":([\d.]+)/g))
        worst = Math.max(worst, Number(value))
    }
  })().catch(() => undefined)
  return async () => {
    stop.abort()
    await watching
    return atMost('Main-thread delay under that load, worst p99 of any 2 s', round(worst), 16, 'ms')
  }
}

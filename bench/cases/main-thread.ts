import { type Running, endpointOf } from '../support/launch.ts'
import { round } from '../support/numbers.ts'
import { type Row, atMost } from '../support/report.ts'

/**
 * Reads the app's own samples while the other cases load it. Each sample holds the 99th percentile of four seconds; the
 * worst of them is the number. The first one handed out was taken before, while the app started, and is left out.
 */
export const watchMainThread = (app: Running): (() => Promise<Row>) => {
  const { url, token } = endpointOf(app)
  const stop = new AbortController()
  const delays: number[] = []
  const watching = (async () => {
    const response = await fetch(`${url}/system/vitals?history=false`, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    })
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      for (const [, value] of decoder.decode(chunk).matchAll(/"eventLoopP99Ms":([\d.]+)/g)) delays.push(Number(value))
    }
  })().catch(() => undefined)
  return async () => {
    stop.abort()
    await watching
    return atMost(
      'Main-thread delay under that load, worst p99 of any 4 s',
      round(Math.max(...delays.slice(1))),
      16,
      'ms',
    )
  }
}

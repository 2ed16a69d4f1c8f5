import { rolldown } from 'rolldown'
import { join } from 'node:path'
import type { Windowed } from '../support/launch.ts'
import { median, percentile, round } from '../support/numbers.ts'
import { type Row, atLeast, atMost } from '../support/report.ts'

const bundleClient = async (): Promise<string> => {
  const bundle = await rolldown({
    input: join(import.meta.dirname, '..', 'support', 'page-client.ts'),
    logLevel: 'silent',
  })
  const { output } = await bundle.generate({ format: 'iife' })
  return output[0].code
}

/** The same call a page makes, over the same kind of port, in the same page. */
export const ipc = async ({ page }: Windowed): Promise<Row[]> => {
  await page.evaluate(await bundleClient())
  const sequential = await page.evaluate(async () => {
    const client = await window.benchClient
    const times: number[] = []
    for (let call = 0; call < 2200; call += 1) {
      const began = performance.now()
      await client.system.info({})
      times.push(performance.now() - began)
    }
    return times.slice(200)
  })
  const parallel = await page.evaluate(async () => {
    const client = await window.benchClient
    const calls = 20_000
    const inFlight = 100
    let left = calls
    const began = performance.now()
    const worker = async () => {
      while (left > 0) {
        left -= 1
        await client.system.info({})
      }
    }
    await Promise.all(Array.from({ length: inFlight }, worker))
    return (calls / (performance.now() - began)) * 1000
  })
  return [
    atMost('IPC call, one after the other, p50', round(median(sequential)), 0.5, 'ms', {
      note: `p99 ${round(percentile(sequential, 0.99))} ms`,
    }),
    atLeast('IPC calls, 100 in flight', round(parallel, 0), 5000, '/s'),
  ]
}

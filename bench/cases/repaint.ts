import { type Windowed, endpointOf } from '../support/launch.ts'
import { median, percentile, round } from '../support/numbers.ts'
import { type Row, atMost } from '../support/report.ts'

const CHANGES = 60

/**
 * From just before the call that causes a change (made from outside, over REST) to the frame in which the page shows
 * it: call, commit, event, refetch, render and paint together.
 */
export const repaint = async (app: Windowed): Promise<Row[]> => {
  const { url, token } = endpointOf(app)
  const { page } = app
  await page.evaluate(() => (location.hash = '#/audit'))
  const times: number[] = []
  const change = (value: number) =>
    fetch(`${url}/settings/http.maxBodyBytes`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
    })
  await change(1_999_999)
  await page.locator('main').getByRole('table').waitFor()
  for (let step = 0; step < CHANGES; step += 1) {
    const value = 2_000_000 + step
    const painted = page.evaluate(
      (text) =>
        new Promise<number>((resolve) => {
          const observer = new MutationObserver(() => {
            if (document.querySelector('main')?.textContent?.includes(text) !== true) return
            observer.disconnect()
            // After the next frame was drawn, not merely asked for.
            requestAnimationFrame(() => {
              const { port1, port2 } = new MessageChannel()
              port1.onmessage = () => resolve(performance.timeOrigin + performance.now())
              port2.postMessage(null)
            })
          })
          observer.observe(document.body, { childList: true, subtree: true, characterData: true })
        }),
      String(value),
    )
    await page.evaluate(() => undefined)
    const began = performance.timeOrigin + performance.now()
    await change(value)
    times.push((await painted) - began)
  }
  return [
    atMost('Event to repaint in the window, p95', round(percentile(times, 0.95), 1), 50, 'ms', {
      note: `p50 ${round(median(times), 1)} ms; from the REST call to the drawn frame`,
    }),
  ]
}

import { launchBareWindow, launchWindow } from '../support/launch.ts'
import { median, round } from '../support/numbers.ts'
import { type Row, atMost } from '../support/report.ts'

const RUNS = 10

/** From the command to a page that shows real data and takes input, each time with a new data folder. */
export const coldStart = async (): Promise<Row[]> => {
  const ours: number[] = []
  const bare: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    for (const [launch, times] of [
      [launchWindow, ours],
      [launchBareWindow, bare],
    ] as const) {
      const app = await launch()
      times.push(app.interactiveMs)
      await app.stop()
    }
  }
  return [
    atMost('Cold start to interactive, median of 10', round(median(ours) / 1000), 1.2, 's', {
      peer: `bare window ${round(median(bare) / 1000)} s`,
    }),
  ]
}

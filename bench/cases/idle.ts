import { setTimeout as pause } from 'node:timers/promises'
import { launchHeadless, launchQuietly } from '../support/launch.ts'
import { megabytes, round } from '../support/numbers.ts'
import { cpuOfTree, pssOfTree } from '../support/processes.ts'
import { type Row, atMost } from '../support/report.ts'

const SETTLE_MS = 15_000
const WATCH_SECONDS = 20

const watch = async (running: { pid: number; stop: () => Promise<void> }) => {
  await pause(SETTLE_MS)
  const cpu = await cpuOfTree(running.pid, WATCH_SECONDS)
  const pss = pssOfTree(running.pid)
  await running.stop()
  return { cpu, pss }
}

/** Nobody does anything: what does it cost to have Gantry open? */
export const idle = async (): Promise<Row[]> => {
  const bare = await watch(launchQuietly('bare'))
  const window = await watch(launchQuietly('window'))
  const headless = await watch(await launchHeadless())
  return [
    atMost('Idle processor, window open, all processes', round(window.cpu), 1, '%', {
      peer: `bare window ${round(bare.cpu)} %`,
    }),
    atMost('Idle memory (PSS), window open, against a bare window', round(window.pss / bare.pss), 1.25, '×', {
      peer: `bare window ${megabytes(bare.pss)} MB`,
      note: `${megabytes(window.pss)} MB`,
    }),
    atMost('Idle memory (PSS), headless', megabytes(headless.pss), 150, 'MB', {
      note: `processor ${round(headless.cpu)} %`,
    }),
  ]
}

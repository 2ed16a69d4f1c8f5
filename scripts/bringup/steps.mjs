// A bring-up is a list of steps. Each knows whether it is needed; only those are run, in order, one bring-up at a time.
import { untilEnded } from './foreground.mjs'
import { takeLock } from './lock.mjs'
import { CommandFailed } from './processes.mjs'

/** @typedef {import('./report.mjs').Report} Report */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {() => boolean | Promise<boolean>} needed
 * @property {(progress: (text: string) => void) => unknown} run
 */

/** The user has to do something first; said in one go, and the scripts end with this code. */
export class CannotGoOn extends Error {
  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode = 2) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * @param {Step[]} steps
 * @param {Report} report
 * @param {{ lock?: typeof takeLock }} options
 * @returns {Promise<string[]>} titles of the steps that were run
 */
export async function runSteps(steps, report, { lock = takeLock } = {}) {
  const done = []
  /** @type {(() => void) | undefined} */
  let release
  try {
    for (const step of steps) {
      if (!(await step.needed())) {
        report.detail(`  · ${step.title}: in place`)
        continue
      }
      if (!release) {
        release = await lock(report.say)
        // Another bring-up may have done it while we waited.
        if (!(await step.needed())) continue
      }
      await runStep(step, report)
      done.push(step.title)
    }
  } finally {
    release?.()
  }
  return done
}

/** @param {Step} step @param {Report} report */
async function runStep(step, report) {
  const line = report.step(step.title)
  try {
    await step.run(line.progress)
    line.done()
  } catch (error) {
    await untilEnded()
    if (error instanceof CannotGoOn) {
      line.fail('')
      throw error
    }
    line.fail(/** @type {Error} */ (error).message.split('\n')[0])
    if (error instanceof CommandFailed) report.say(lastLines(error.output))
    throw new CannotGoOn(`“${step.title}” did not work. Run the same command again: it goes on from here.`, 1)
  }
}

/** The end of what a command printed, without its log of fetches. @param {string} output */
const lastLines = (output) =>
  output
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('npm http '))
    .slice(-30)
    .join('\n')

// What the scripts' own command lines and their ends have in common.
import { resolve } from 'node:path'
import { untilEnded } from './foreground.mjs'
import { createReport } from './report.mjs'
import { CannotGoOn } from './steps.mjs'

/**
 * Takes our own flags out of the arguments; the rest goes to the program that is started.
 * @param {string[]} args
 */
export function parseArguments(args, env = process.env) {
  const rest = []
  let [headless, verbose] = [false, false]
  /** @type {string | undefined} */
  let home
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index]
    if (arg === '--headless') headless = true
    else if (arg === '--verbose') verbose = true
    else if (arg === '--home') home = args[(index += 1)]
    else if (arg.startsWith('--home=')) home = arg.slice('--home='.length)
    else rest.push(arg)
  }
  // npm runs scripts in the checkout; a folder is meant from where the user stands.
  const folder = home === undefined ? [] : ['--home', resolve(env.INIT_CWD ?? '.', home)]
  return { headless, verbose, appArguments: [...folder, ...rest] }
}

/**
 * Runs a script's main function and turns its end into an exit code.
 * @param {(report: import('./report.mjs').Report) => Promise<number>} main
 * @param {Parameters<typeof createReport>[0]} options
 */
export async function runScript(main, options = {}) {
  const report = createReport(options)
  try {
    process.exitCode = await main(report)
    await untilEnded()
  } catch (error) {
    await untilEnded()
    if (!(error instanceof CannotGoOn)) throw error
    report.say(error.message)
    process.exitCode = error.exitCode
  }
}

// What each command needs before it can run, as lists of steps.
import { buildStep } from './app-build.mjs'
import { dependenciesStep } from './dependencies.mjs'
import { electronBinary, electronInPlace, installElectron } from './electron.mjs'
import { inModules } from './paths.mjs'
import { placeSqlite, removeSqlite, sqliteIsCached, sqliteIsInPlace } from './sqlite.mjs'
import { CannotGoOn } from './steps.mjs'
import { isRoot, missing, optionalSystemStep, sandboxCommand, systemStep } from './system.mjs'
import { compilerNeeds, dockerNeeds, sandboxNeeds, screenNeeds, windowNeeds } from './system-packages.mjs'

/** @typedef {import('./report.mjs').Report} Report */
/** @typedef {import('./steps.mjs').Step} Step */

/** `official` or `fallback` where the user leaves no choice. */
const electronSource = () => process.env.GANTRY_ELECTRON

/** @param {Report} report @returns {Step[]} */
function electronSteps(report) {
  const usesFallback = () => electronInPlace() === 'fallback'
  const compiles = () => usesFallback() && !sqliteIsInPlace() && !sqliteIsCached()
  const compiler = systemStep('Compiler for the database module', compilerNeeds, {
    without: 'The Electron at hand needs the database module compiled for it.',
  })
  return [
    {
      title: 'Electron',
      needed: () =>
        electronInPlace() === undefined || (electronSource() !== undefined && electronSource() !== electronInPlace()),
      async run(progress) {
        const source = await installElectron(progress, { ask: report.ask, say: report.say, source: electronSource() })
        if (source === 'official') removeSqlite()
      },
    },
    { ...compiler, needed: () => compiles() && missing(compilerNeeds).length > 0 },
    {
      title: 'Database module for this Electron',
      needed: () => usesFallback() && !sqliteIsInPlace(),
      run: placeSqlite,
    },
  ]
}

/** @type {(report: Report) => Step} */
const sandboxStep = (report) =>
  optionalSystemStep(
    'Sandbox for agents',
    sandboxNeeds,
    { without: 'bubblewrap is missing: agents cannot run in its sandbox.' },
    report,
  )

/** Headless and the command line: no Electron, no libraries of a desktop. @param {Report} report */
export const headlessSteps = (report) => [dependenciesStep(), sandboxStep(report), buildStep()]

/** The command line run from the checkout. */
export const commandLineSteps = () => [dependenciesStep(), buildStep()]

/** Packing reads Electron but does not run it. @param {Report} report */
export const packageSteps = (report) => [dependenciesStep(), ...electronSteps(report), buildStep()]

/** The checks read sources only. */
export const checkSteps = () => [dependenciesStep()]

/** @param {Report} report @param {{ build?: boolean }} options */
export function windowSteps(report, { build = true } = {}) {
  return [
    systemStep('System libraries for the window', windowNeeds, {
      without: 'The window cannot open without them (npm start -- --headless can).',
    }),
    sandboxStep(report),
    dependenciesStep(),
    ...electronSteps(report),
    chromiumSandboxStep(),
    ...(build ? [buildStep()] : []),
  ]
}

/** @param {Report} report @param {{ screen: boolean, docker: boolean }} options */
export function testSteps(report, { screen, docker }) {
  return [
    ...(screen
      ? [
          systemStep('Screen and desktop bus for tests', screenNeeds, {
            without: 'The tests of the window need a screen.',
          }),
        ]
      : []),
    ...(docker
      ? [systemStep('Docker engine for tests', dockerNeeds, { without: 'Tests of containers need an engine.' })]
      : []),
    ...windowSteps(report),
  ]
}

/** @returns {Step} */
function chromiumSandboxStep() {
  const command = () => sandboxCommand(inModules('electron', 'dist', 'chrome-sandbox'))
  return {
    title: "Chromium's sandbox",
    needed: () => command() !== undefined,
    run() {
      throw new CannotGoOn(
        `This system lets Chromium's sandbox start only through a helper that belongs to root. Run this, then again:\n\n    ${command()}\n`,
      )
    },
  }
}

/** The command that opens the app's window. @param {string[]} args @returns {[string, string[]]} */
export const windowCommand = (args) => [
  electronBinary(),
  [...(isRoot() && process.platform === 'linux' ? ['--no-sandbox'] : []), '.', ...args],
]

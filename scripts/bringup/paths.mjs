// Where things are: the checkout, the cache outside it, and the tools inside node_modules.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = process.env.GANTRY_ROOT ?? resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** @param {...string} parts */
export const inRoot = (...parts) => join(root, ...parts)

/** @param {...string} parts */
export const inModules = (...parts) => join(root, 'node_modules', ...parts)

/**
 * The folder for downloads and prepared parts. It outlives node_modules and is shared by checkouts.
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} platform
 */
export function cacheFolder(env = process.env, platform = process.platform) {
  if (env.GANTRY_CACHE) return resolve(env.GANTRY_CACHE)
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'gantry')
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'gantry', 'cache')
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gantry')
}

/** @param {...string} parts */
export const inCache = (...parts) => join(cacheFolder(), ...parts)

/** Node 24 as the `node` package installs it. */
export const node24 = () => inModules('node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** The environment for children: Node 24 and the local tools come first on the PATH. */
export function toolEnv(extra = {}) {
  const separator = process.platform === 'win32' ? ';' : ':'
  const path = [dirname(node24()), inModules('.bin'), process.env.PATH ?? ''].join(separator)
  return { ...process.env, PATH: path, ...extra }
}

/**
 * How to run the npm that started us, or the one on the PATH.
 * @param {string[]} args
 * @returns {[string, string[]]}
 */
export function npmCommand(args) {
  const script = process.env.npm_execpath
  const node = process.env.npm_node_execpath
  if (script && node && /npm-cli\.[cm]?js$/.test(script) && existsSync(node)) return [node, [script, ...args]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', args]
}

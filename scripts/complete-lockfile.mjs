// Run after `npm install`: adds to package-lock.json the optional packages of other systems that npm could not look up.
// npm drops an optional package whose version its registry does not have, and then `npm ci` refuses the lockfile it wrote.
import { readFileSync } from 'node:fs'
import { inRoot } from './bringup/paths.mjs'
import { writeWhole } from './bringup/stamps.mjs'

/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string>, peerDependenciesMeta?: unknown }} Entry
 */

/** Whether a package at `path` finds `name`, as Node looks it up. @param {Record<string, Entry>} packages */
function finds(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder}${folder && '/'}node_modules/${name}`]) return true
    if (!folder.includes('/node_modules/')) return Boolean(packages[`node_modules/${name}`])
  }
}

const systems = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'aix',
  'win32',
  'wasi',
]
const processors = [
  'arm64',
  'arm',
  'ia32',
  'x64',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
  'wasm32',
  'universal',
]

/** What a platform package runs on, which its name says. @param {string} name */
export function platformOf(name) {
  const words = name.slice(name.lastIndexOf('/') + 1).split(/[-.]/)
  const os = words.filter((word) => systems.includes(word) && word !== 'wasi')
  const cpu = words.filter((word) => processors.includes(word) && word !== 'universal')
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : []
  return {
    ...(os.length > 0 && { os }),
    ...(cpu.length > 0 && { cpu }),
    ...(os[0] === 'linux' && libc.length > 0 && { libc }),
  }
}

/** npm sorts the keys of an entry, version first; the same order keeps later changes small. @param {Entry} entry @returns {Entry} */
const inNpmOrder = ({ version, ...rest }) => ({
  version,
  ...Object.fromEntries(Object.entries(rest).sort(([left], [right]) => left.localeCompare(right, 'en'))),
})

/**
 * @param {{ packages: Record<string, Entry> }} lockfile
 * @returns {{ packages: Record<string, Entry>, added: string[] }}
 */
export function complete({ packages }) {
  const added = []
  const all = { ...packages }
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const platform = platformOf(name)
      if (finds(all, path, name) || !/^\d+\.\d+\.\d+/.test(version) || Object.keys(platform).length === 0) continue
      all[`node_modules/${name}`] = inNpmOrder({
        version,
        optional: true,
        ...(entry.dev && { dev: true }),
        ...platform,
      })
      added.push(`${name}@${version}`)
    }
  }
  const sorted = Object.entries(all).sort(([left], [right]) => left.localeCompare(right, 'en'))
  return { packages: Object.fromEntries(sorted), added }
}

if (process.argv[1] === import.meta.filename) {
  const file = inRoot('package-lock.json')
  const lockfile = JSON.parse(readFileSync(file, 'utf8'))
  const { packages, added } = complete(lockfile)
  if (added.length > 0) writeWhole(file, `${JSON.stringify({ ...lockfile, packages }, null, 2)}\n`)
  console.log(added.length > 0 ? `Added ${added.length}: ${added.join(', ')}` : 'Nothing was missing.')
}

// Fetches one file: goes on where an earlier attempt ended, and hands nothing over before its hash is right.
import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { npmCommand } from './paths.mjs'
import { run } from './processes.mjs'

/** @typedef {(text: string) => void} Progress */

/**
 * @param {{ url: string, integrity: string, file: string, progress?: Progress, stallMs?: number }} options
 *   integrity is a subresource hash as in a lockfile: sha512-…
 */
export async function download({ url, integrity, file, progress = () => {}, stallMs = 30_000 }) {
  if (existsSync(file)) {
    progress('checking the file in the cache')
    if (await matches(file, integrity)) return file
    rmSync(file)
  }
  mkdirSync(dirname(file), { recursive: true })
  const part = `${file}.part`
  const resumed = existsSync(part)
  await fetchInto(part, url, progress, stallMs)
  if (!(await matches(part, integrity))) {
    rmSync(part)
    if (!resumed) throw new Error(`${url} does not have the expected hash; nothing was used of it`)
    // The earlier part may have belonged to another file: begin once more from nothing.
    await fetchInto(part, url, progress, stallMs)
    if (!(await matches(part, integrity))) {
      rmSync(part)
      throw new Error(`${url} does not have the expected hash; nothing was used of it`)
    }
  }
  renameSync(part, file)
  return file
}

/** @param {string} part @param {string} url @param {Progress} progress @param {number} stallMs */
async function fetchInto(part, url, progress, stallMs) {
  const have = existsSync(part) ? statSync(part).size : 0
  const abort = new AbortController()
  const watch = stallWatch(abort, stallMs)
  try {
    const response = await fetch(url, { headers: have > 0 ? { range: `bytes=${have}-` } : {}, signal: abort.signal })
    if (response.status === 416) return
    if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`)
    const from = response.status === 206 ? have : 0
    const total = from + Number(response.headers.get('content-length') ?? 0)
    let received = from
    const count = new Transform({
      transform(chunk, _encoding, done) {
        received += chunk.length
        watch.touch()
        progress(`${megabytes(received)} of ${megabytes(total)} MB`)
        done(null, chunk)
      },
    })
    const body = Readable.fromWeb(/** @type {any} */ (response.body))
    await pipeline(body, count, createWriteStream(part, { flags: from > 0 ? 'a' : 'w' }))
  } finally {
    watch.stop()
  }
}

/** @param {AbortController} abort @param {number} stallMs */
function stallWatch(abort, stallMs) {
  const expire = () => abort.abort(new Error(`nothing was received for ${stallMs / 1000} s`))
  let timer = setTimeout(expire, stallMs)
  return {
    touch() {
      clearTimeout(timer)
      timer = setTimeout(expire, stallMs)
    },
    stop: () => clearTimeout(timer),
  }
}

const megabytes = (/** @type {number} */ bytes) => (bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)

/** @param {string} file @param {string} integrity */
async function matches(file, integrity) {
  const [algorithm, expected] = [
    integrity.slice(0, integrity.indexOf('-')),
    integrity.slice(integrity.indexOf('-') + 1),
  ]
  const hash = createHash(algorithm)
  await pipeline(createReadStream(file), hash)
  return hash.digest('base64') === expected
}

/**
 * Fetches a package's tarball from the registry that npm is set to use.
 * @param {{ name: string, version: string, integrity: string, folder: string, progress?: Progress }} options
 */
export async function downloadPackage({ name, version, integrity, folder, progress = () => {} }) {
  const base = name.slice(name.indexOf('/') + 1)
  const file = join(folder, `${base}-${version}.tgz`)
  if (existsSync(file) && (await matches(file, integrity))) return file
  const registry = (await npmConfig('registry')).replace(/\/*$/, '/')
  try {
    return await download({ url: `${registry}${name}/-/${base}-${version}.tgz`, integrity, file, progress })
  } catch (error) {
    // A registry behind a login, a proxy or a certificate of its own: npm knows the way.
    progress(`asking npm for it (${/** @type {Error} */ (error).message})`)
    return packWithNpm({ name, version, integrity, folder, file })
  }
}

/** @param {{ name: string, version: string, integrity: string, folder: string, file: string }} options */
async function packWithNpm({ name, version, integrity, folder, file }) {
  const temporary = join(folder, `pack-${process.pid}`)
  mkdirSync(temporary, { recursive: true })
  try {
    await run(...npmCommand(['pack', `${name}@${version}`, '--pack-destination', temporary]))
    const packed = readdirSync(temporary).find((entry) => entry.endsWith('.tgz'))
    if (!packed || !(await matches(join(temporary, packed), integrity))) {
      throw new Error(`${name}@${version} does not have the expected hash; nothing was used of it`)
    }
    renameSync(join(temporary, packed), file)
    return file
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** @param {string} key */
async function npmConfig(key) {
  if (process.env[`npm_config_${key}`]) return String(process.env[`npm_config_${key}`])
  const output = await run(...npmCommand(['config', 'get', key]), { stdio: ['ignore', 'pipe', 'ignore'] })
  return output.trim()
}

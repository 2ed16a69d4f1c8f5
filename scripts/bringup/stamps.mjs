// A stamp says that a step was finished for exactly these inputs. It is written last, so a killed step has none.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** @param {...(string | Buffer)} parts */
export function hashOf(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 32)
}

/** @param {string} file @returns {string | undefined} */
export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** @param {string} file @param {string} value */
export const writeStamp = (file, value) => writeWhole(file, `${value}\n`)

/**
 * Writes a file so that it is there whole or not at all.
 * @param {string} file
 * @param {string} text
 */
export function writeWhole(file, text) {
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, text)
  renameSync(temporary, file)
}

/**
 * A hash over path, size and time of every file below the given files and folders.
 * @param {string[]} places
 */
export function hashOfTree(places) {
  const hash = createHash('sha256')
  const visit = (/** @type {string} */ place) => {
    if (!existsSync(place)) return
    const stat = statSync(place)
    if (stat.isDirectory()) {
      for (const name of readdirSync(place).sort()) visit(join(place, name))
    } else {
      hash.update(`${place}\0${stat.size}\0${stat.mtimeMs}\0`)
    }
  }
  places.forEach(visit)
  return hash.digest('hex').slice(0, 32)
}

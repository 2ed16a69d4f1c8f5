// Whole folders: put a prepared one in place at once, so that a killed step leaves the old state or the new one.
import { cpSync, linkSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Replaces a folder by another one that is complete.
 * @param {string} ready
 * @param {string} target
 */
export function putInPlace(ready, target) {
  mkdirSync(dirname(target), { recursive: true })
  rmSync(target, { recursive: true, force: true })
  renameSync(ready, target)
}

/**
 * Copies a folder; by hard links where both are on one file system, which costs neither time nor space.
 * @param {string} source
 * @param {string} target
 */
export function cloneTree(source, target) {
  try {
    linkTree(source, target)
  } catch {
    rmSync(target, { recursive: true, force: true })
    cpSync(source, target, { recursive: true, verbatimSymlinks: true })
  }
}

/** @param {string} source @param {string} target */
function linkTree(source, target) {
  mkdirSync(target, { recursive: true })
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)]
    if (entry.isDirectory()) linkTree(from, to)
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else linkSync(from, to)
  }
}

/** A scratch name beside the target, so that the final rename stays on one file system. @param {string} target */
export const scratchBeside = (target) => `${target}.new-${process.pid}`

/** Removes what killed attempts left behind. @param {string} target */
export function sweepScratch(target) {
  const prefix = `${target.slice(dirname(target).length + 1)}.new-`
  try {
    for (const name of readdirSync(dirname(target))) {
      if (name.startsWith(prefix)) rmSync(join(dirname(target), name), { recursive: true, force: true })
    }
  } catch {
    // The folder does not exist yet: nothing to sweep.
  }
}

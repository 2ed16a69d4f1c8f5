/** A box of a Gantry that runs as root has another user: what it is shown must be open to that one, or a copy is made. */
import {
  type Stats,
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { GantryError } from '../../../contract/index.ts'

const OTHERS_READ = 0o004
const OTHERS_ENTER = 0o001
const OTHERS_WRITE = 0o022

const isOpen = ({ mode }: Stats, bit: number) => (mode & bit) !== 0

/** Whether somebody who owns nothing of it can read a file and find the way to it. */
export const isReadableByAll = (file: string): boolean => {
  if (!isOpen(statSync(file), OTHERS_READ)) return false
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (!isOpen(statSync(folder), OTHERS_ENTER)) return false
    if (folder === dirname(folder)) return true
  }
}

const makeOpenFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { mode: 0o755 })
    chmodSync(folder, 0o755)
  } catch (cause) {
    const found = lstatSync(folder, { throwIfNoEntry: false })
    const isOurs = found?.isDirectory() === true && found.uid === process.getuid?.() && !isOpen(found, OTHERS_WRITE)
    if (!isOurs) {
      throw new GantryError('E_UNAVAILABLE', `${folder} is not a folder that only Gantry can write to.`, {
        hint: 'Remove what is there: programs that boxes run are copied into it.',
        cause,
      })
    }
  }
}

/** The file itself where all can read it, else a copy that is made once for each state of the file. */
export const readableByAll = (file: string, stage: string): string => {
  if (isReadableByAll(file)) return file
  const { size, mtimeMs, mode } = statSync(file)
  const digest = createHash('sha256').update(`${file} ${size} ${mtimeMs}`).digest('hex').slice(0, 12)
  const copy = join(stage, `${digest}-${basename(file)}`)
  makeOpenFolder(stage)
  if (statSync(copy, { throwIfNoEntry: false }) === undefined) {
    copyFileSync(file, `${copy}.${process.pid}`)
    chmodSync(`${copy}.${process.pid}`, 0o555 & (mode | 0o444))
    renameSync(`${copy}.${process.pid}`, copy)
  }
  return copy
}

/** Copies of what has changed since. Boxes that run on one keep it. */
export const keepOnly = (stage: string, files: readonly string[]): void => {
  const copies = lstatSync(stage, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(stage)
  for (const copy of copies.map((name) => join(stage, name))) if (!files.includes(copy)) rmSync(copy, { force: true })
}

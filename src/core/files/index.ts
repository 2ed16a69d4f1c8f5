/**
 * Owns how a single small file is replaced and watched.
 * Promises that a kill at any moment leaves the old content or the new one, never a part, and nothing for others to read.
 * Never knows what is in the file.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

const TEMPORARY = /^\.[0-9a-f]{12}\.tmp$/

/** Made with its final mode: there is no moment in which it is open to others. */
export const replaceFile = (file: string, data: string | Uint8Array, mode = 0o600): void => {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = openSync(temporary, 'wx', mode)
    try {
      writeFileSync(handle, data)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, file)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw cause
  }
  flushFolder(dirname(file))
}

/** What a kill in the middle of a replacement left behind. */
export const removeLeftovers = (file: string): void => {
  const name = basename(file)
  for (const entry of readdirSync(dirname(file))) {
    if (entry.startsWith(name) && TEMPORARY.test(entry.slice(name.length))) {
      rmSync(join(dirname(file), entry), { force: true })
    }
  }
}

/** Only then does the new name survive a loss of power. Not every system lets folders be flushed. */
const flushFolder = (folder: string): void => {
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch {
    // The content is on the disk; the name follows when the system sees fit.
  }
}

/** Some editors write a file in pieces: it is read when it has been left alone for this long. */
const SETTLED_MS = 50

/** The folder is watched, not the file: editors replace a file when they save, and a watch on it would be lost. */
export const watchFile = (file: string, onChange: () => void): { close: () => void } => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(dirname(file), { persistent: false }, (_, name) => {
    if (name !== basename(file)) return
    clearTimeout(timer)
    timer = setTimeout(onChange, SETTLED_MS)
    timer.unref()
  })
  const close = () => {
    clearTimeout(timer)
    watcher.close()
  }
  // The folder went away: what was read last stays.
  watcher.on('error', close)
  return { close }
}

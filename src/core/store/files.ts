/** Moves whole database files about, so that a kill at any moment leaves the old one or the new one, never neither. */
import { chmodSync, closeSync, copyFileSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'

export const sidecars = (file: string): string[] => [`${file}-wal`, `${file}-shm`]

const flush = (file: string) => {
  const handle = openSync(file, 'r+')
  fsyncSync(handle)
  closeSync(handle)
}

/** A copy that is on the disk before anybody relies on it. */
export const stage = (source: string, target: string): void => {
  copyFileSync(source, target)
  chmodSync(target, 0o600)
  flush(target)
}

/** One rename; the journal beside the old file would be taken for the new one's. */
export const putInPlace = (staged: string, file: string): void => {
  for (const sidecar of sidecars(file)) rmSync(sidecar, { force: true })
  renameSync(staged, file)
}

/** A second name for a file that is about to be replaced: takes no time whatever its size. */
export const keepAs = (file: string, target: string): void => {
  try {
    linkSync(file, target)
  } catch {
    // Not every file system knows second names.
    stage(file, target)
  }
}

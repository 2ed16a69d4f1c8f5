/** Opening a database that may be damaged: then the newest good backup takes its place, and nothing is thrown away. */
import { chmodSync, copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { type Backup, GantryError } from '../../contract/index.ts'
import type { BackupFolder } from './backups.ts'
import { type Connection, DamagedDatabase, inspect } from './connection.ts'
import { putInPlace, sidecars, stage } from './files.ts'
import { SCHEMA_VERSION } from './migrations.ts'

export interface RepairDeps {
  file: string
  /** Where a backup waits to be put in place. */
  incoming: string
  folder: BackupFolder
  now: () => Date
  open: () => Connection
}

export interface Opened {
  connection: Connection
  /** What was mended, in words. */
  repaired: string | null
}

const isEmpty = (file: string) => statSync(file).size === 0

const newestGood = (folder: BackupFolder): Backup | undefined =>
  folder.list().find((backup) => {
    try {
      return inspect(folder.path(backup.name)) <= SCHEMA_VERSION
    } catch {
      return false
    }
  })

export const openRepairing = ({ file, incoming, folder, now, open }: RepairDeps): Opened => {
  rmSync(incoming, { force: true })
  try {
    return { connection: open(), repaired: null }
  } catch (cause) {
    if (!(cause instanceof DamagedDatabase)) throw cause
    const replacement = newestGood(folder)
    if (replacement === undefined && isEmpty(file)) {
      // A first start that was killed before it wrote anything: there is nothing to lose.
      rmSync(file)
      return { connection: open(), repaired: null }
    }
    if (replacement === undefined) {
      throw new GantryError('E_UNAVAILABLE', `${cause.message}. There is no backup to put in its place.`, {
        hint: `Move ${file} away to start empty, or copy a good backup there. Nothing was changed.`,
        cause,
      })
    }
    const aside = putAside(file, now())
    stage(folder.path(replacement.name), incoming)
    putInPlace(incoming, file)
    const repaired = `the database was damaged; the backup of ${replacement.at} took its place, the damaged file is kept as ${basename(aside)}`
    return { connection: open(), repaired }
  }
}

/** Copied, not moved: a kill before the backup is in place must find it damaged again, not gone. */
const putAside = (file: string, at: Date): string => {
  const aside = `${file}.damaged-${at.toISOString().replaceAll(/[-:.]/g, '')}`
  copyFileSync(file, aside)
  chmodSync(aside, 0o600)
  for (const sidecar of sidecars('')) {
    if (existsSync(file + sidecar)) renameSync(file + sidecar, aside + sidecar)
  }
  return aside
}

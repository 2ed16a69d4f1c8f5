/**
 * Owns the control database: one SQLite file, its schema, its backups.
 * Promises that what is read is whole: a damaged file is put aside and the newest good backup takes its place, saying so.
 * Never deletes data it could not read, and never opens a file that a newer Gantry wrote.
 */
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Backup, GantryError } from '../../contract/index.ts'
import { BackupFolder } from './backups.ts'
import { type Connection, DamagedDatabase, inspect, openDatabase, refuseNewer } from './connection.ts'
import { SCHEMA_VERSION } from './migrations.ts'
import { runStoreTask } from './run-task.ts'
import { tables } from './schema.ts'

export { apiKeys, auditEntries } from './schema.ts'

export type Db = BetterSQLite3Database<typeof tables>

export interface StoreOptions {
  home: string
  now: () => Date
  keepBackups: () => number
}

export interface Store {
  /** Ask for it each time: a restore puts another one in its place. */
  readonly db: Db
  readonly schemaVersion: number
  readonly sqliteVersion: string
  /** What was mended at the start, in words for the health report. */
  readonly repaired: string | null
  sizeBytes: () => number
  backups: () => Backup[]
  backup: (reason: Backup['reason']) => Promise<Backup>
  restore: (name: string) => Promise<{ restored: Backup; undo: Backup }>
  /** Waits for a backup or restore under way. */
  close: () => Promise<void>
}

const SIZE_KEPT_MS = 1000

const isEmpty = (file: string) => statSync(file).size === 0

const sidecars = (file: string) => [`${file}-wal`, `${file}-shm`]

export const openStore = ({ home, now, keepBackups }: StoreOptions): Store => {
  // A folder of its own: the home folder is watched for edits of the settings file, the database changes all the time.
  mkdirSync(join(home, 'data'), { recursive: true, mode: 0o700 })
  const file = join(home, 'data', 'gantry.db')
  const incoming = `${file}.restoring`
  const folder = new BackupFolder(join(home, 'backups'))
  let repaired: string | null = null
  let work: Promise<unknown> = Promise.resolve()

  const copyBeforeMigration = (connection: Connection) => {
    const { target, commit } = folder.begin(now(), 'before-migration')
    connection.prepare('VACUUM INTO ?').run(target)
    commit()
  }

  /** Copies a backup beside the database and swaps it in with one rename: a kill leaves the old or the new one. */
  const putInPlace = (backup: Backup) => {
    copyFileSync(folder.path(backup.name), incoming)
    const handle = openSync(incoming, 'r+')
    fsyncSync(handle)
    closeSync(handle)
    chmodSync(incoming, 0o600)
    for (const sidecar of sidecars(file)) rmSync(sidecar, { force: true })
    renameSync(incoming, file)
  }

  const newestGoodBackup = (): Backup | undefined =>
    folder.list().find((backup) => {
      try {
        return inspect(folder.path(backup.name)) <= SCHEMA_VERSION
      } catch {
        return false
      }
    })

  const openRepairing = (): Connection => {
    rmSync(incoming, { force: true })
    try {
      return openDatabase(file, copyBeforeMigration)
    } catch (cause) {
      if (!(cause instanceof DamagedDatabase)) throw cause
      const replacement = newestGoodBackup()
      if (replacement === undefined && isEmpty(file)) {
        // A first start that was killed before it wrote anything: there is nothing to lose.
        rmSync(file)
        return openDatabase(file, copyBeforeMigration)
      }
      if (replacement === undefined) {
        throw new GantryError('E_UNAVAILABLE', `${cause.message}. There is no backup to put in its place.`, {
          hint: `Move ${file} away to start empty, or copy a good backup there. Nothing was changed.`,
          cause,
        })
      }
      const aside = `${file}.damaged-${now().toISOString().replaceAll(/[-:.]/g, '')}`
      // Copied, not moved: a kill before the backup is in place must find it damaged again, not gone.
      copyFileSync(file, aside)
      chmodSync(aside, 0o600)
      for (const sidecar of ['-wal', '-shm']) {
        if (existsSync(file + sidecar)) renameSync(file + sidecar, aside + sidecar)
      }
      putInPlace(replacement)
      repaired = `the database was damaged; the backup of ${replacement.at} took its place, the damaged file is kept as ${aside}`
      return openDatabase(file, copyBeforeMigration)
    }
  }

  let connection = openRepairing()
  let db = drizzle(connection, { schema: tables })
  const sqliteVersion = String(connection.prepare('SELECT sqlite_version()').pluck().get())

  let size = { at: Number.NEGATIVE_INFINITY, bytes: 0 }
  /** To the second: health is asked for thousands of times in one, and each look at the disk holds up everything else. */
  const sizeBytes = (): number => {
    const at = now().getTime()
    if (Math.abs(at - size.at) < SIZE_KEPT_MS) return size.bytes
    const bytes = [file, ...sidecars(file)].reduce(
      (sum, part) => sum + (statSync(part, { throwIfNoEntry: false })?.size ?? 0),
      0,
    )
    size = { at, bytes }
    return bytes
  }

  /** Backups and restores one after the other: neither may see the other's half. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = work.then(task, task)
    work = result.catch(() => undefined)
    return result
  }

  const writeBackup = async (reason: Backup['reason']): Promise<Backup> => {
    let begun: ReturnType<BackupFolder['begin']> | undefined
    try {
      begun = folder.begin(now(), reason)
      await runStoreTask({ kind: 'copy', source: file, target: begun.target })
      return begun.commit()
    } catch (cause) {
      begun?.abandon()
      throw new GantryError('E_RUNTIME', `The backup could not be written: ${String((cause as Error).message)}`, {
        hint: 'Check that the disk has space and that the data folder can be written to.',
        cause,
      })
    }
  }

  const restoreBackup = async (name: string) => {
    const backup = folder.find(name)
    if (backup === undefined) {
      throw new GantryError('E_NOT_FOUND', `There is no backup named "${name}".`, {
        hint: 'List the backups to see their names.',
      })
    }
    const version = await runStoreTask({ kind: 'inspect', file: folder.path(name) }).catch((cause: Error) => {
      throw new GantryError('E_CONFLICT', `The backup "${name}" cannot be restored: ${cause.message}`, {
        hint: 'Choose another backup. Nothing was changed.',
        cause,
      })
    })
    refuseNewer(version, name)
    const undo = await writeBackup('before-restore')
    connection.close()
    try {
      putInPlace(backup)
    } finally {
      connection = openDatabase(file, copyBeforeMigration)
      db = drizzle(connection, { schema: tables })
    }
    return { restored: backup, undo }
  }

  return {
    get db() {
      return db
    },
    schemaVersion: SCHEMA_VERSION,
    sqliteVersion,
    get repaired() {
      return repaired
    },
    sizeBytes,
    backups: () => folder.list(),
    backup: (reason) =>
      inTurn(async () => {
        const backup = await writeBackup(reason)
        folder.rotate(keepBackups())
        return backup
      }),
    restore: (name) => inTurn(() => restoreBackup(name)),
    close: async () => {
      await work
      connection.close()
    },
  }
}

/**
 * Owns the control database: one SQLite file, its schema, its backups.
 * Promises that what is read is whole: a damaged file is put aside and the newest good backup takes its place, saying so.
 * Never deletes data it could not read, and never opens a file that a newer Gantry wrote.
 */
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Backup, GantryError } from '../../contract/index.ts'
import { BackupFolder } from './backups.ts'
import { type Connection, openDatabase, refuseNewer } from './connection.ts'
import { keepAs, sidecars } from './files.ts'
import { SCHEMA_VERSION } from './migrations.ts'
import { openRepairing } from './repair.ts'
import { runStoreTask } from './run-task.ts'
import { tables } from './schema.ts'

export { agentEgress, agentMessages, agentTransitions, agents, apiKeys, auditEntries, modelCalls } from './schema.ts'
export { firstOf, onlyRow } from './rows.ts'

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

export const openStore = ({ home, now, keepBackups }: StoreOptions): Store => {
  // A folder of its own: the home folder is watched for edits of the settings file, the database changes all the time.
  mkdirSync(join(home, 'data'), { recursive: true, mode: 0o700 })
  const file = join(home, 'data', 'gantry.db')
  const incoming = `${file}.restoring`
  const folder = new BackupFolder(join(home, 'backups'))
  let work: Promise<unknown> = Promise.resolve()

  const copyBeforeMigration = (connection: Connection) => {
    const { target, commit } = folder.begin(now(), 'before-migration')
    connection.prepare('VACUUM INTO ?').run(target)
    commit()
  }
  const open = () => openDatabase(file, copyBeforeMigration)

  const opened = openRepairing({ file, incoming, folder, now, open })
  let { connection } = opened
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
      const backup = begun.commit()
      folder.rotate(keepBackups())
      return backup
    } catch (cause) {
      begun?.abandon()
      throw new GantryError('E_RUNTIME', `The backup could not be written: ${String((cause as Error).message)}`, {
        hint: 'Check that the disk has space and that the data folder can be written to.',
        cause,
      })
    }
  }

  /** Looked through and flushed in the worker, so that putting it in place is a matter of names only. */
  const stageBackup = async (name: string): Promise<Backup> => {
    const backup = folder.find(name)
    if (backup === undefined) {
      throw new GantryError('E_NOT_FOUND', `There is no backup named "${name}".`, {
        hint: 'List the backups to see their names.',
      })
    }
    try {
      refuseNewer(await runStoreTask({ kind: 'stage', source: folder.path(name), target: incoming }), name)
      return backup
    } catch (cause) {
      rmSync(incoming, { force: true })
      if (cause instanceof GantryError) throw cause
      throw new GantryError('E_CONFLICT', `The backup "${name}" cannot be restored: ${(cause as Error).message}`, {
        hint: 'Choose another backup. Nothing was changed.',
        cause,
      })
    }
  }

  /** Without a pause in it: whatever was written before is in the undo, whatever comes after in the restored one. */
  const swap = (): Backup => {
    const { target, commit, abandon } = folder.begin(now(), 'before-restore')
    // Folds the journal into the file: it alone is the whole database then.
    connection.pragma('journal_mode = DELETE')
    connection.close()
    try {
      keepAs(file, target)
      const undo = commit()
      renameSync(incoming, file)
      return undo
    } catch (cause) {
      abandon()
      throw cause
    } finally {
      connection = open()
      db = drizzle(connection, { schema: tables })
    }
  }

  const restoreBackup = async (name: string) => {
    const restored = await stageBackup(name)
    const undo = swap()
    folder.rotate(keepBackups())
    return { restored, undo }
  }

  return {
    get db() {
      return db
    },
    schemaVersion: SCHEMA_VERSION,
    sqliteVersion,
    repaired: opened.repaired,
    sizeBytes,
    backups: () => folder.list(),
    backup: (reason) => inTurn(() => writeBackup(reason)),
    restore: (name) => inTurn(() => restoreBackup(name)),
    close: async () => {
      await work
      connection.close()
    },
  }
}

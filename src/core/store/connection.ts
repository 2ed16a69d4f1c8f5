/** Opening the database file: settings, integrity, the refusal of a newer schema, migrations. */
import Database from 'better-sqlite3'
import { getTableName } from 'drizzle-orm'
import { chmodSync, statSync } from 'node:fs'
import { GantryError } from '../../contract/index.ts'
import { MIGRATIONS, SCHEMA_VERSION } from './migrations.ts'
import { tables } from './schema.ts'

export type Connection = Database.Database

const DAMAGE = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_IOERR_SHORT_READ'])

/** Thrown for a file that is not a whole database. The caller decides what to put in its place. */
export class DamagedDatabase extends Error {
  override readonly name = 'DamagedDatabase'
}

const rethrow = (file: string, cause: unknown): never => {
  const code = cause instanceof Database.SqliteError ? cause.code : ''
  if ([...DAMAGE].some((known) => code.startsWith(known))) {
    throw new DamagedDatabase(`${file} is damaged: ${(cause as Error).message}`, { cause })
  }
  if (!(cause instanceof Database.SqliteError)) throw cause
  throw new GantryError('E_UNAVAILABLE', `${file} cannot be opened: ${cause.message}.`, {
    hint: 'Check that it is a file that you may read and write, and that the disk has space.',
    cause,
  })
}

/** Opens read-only and says which schema version a file has, or throws DamagedDatabase. */
export const inspect = (file: string): number => {
  let connection: Connection | undefined
  try {
    connection = new Database(file, { readonly: true, fileMustExist: true })
    assertIntact(connection, file)
    return schemaVersion(connection)
  } catch (cause) {
    return rethrow(file, cause)
  } finally {
    connection?.close()
  }
}

export const schemaVersion = (connection: Connection): number =>
  Number(connection.pragma('user_version', { simple: true }))

const assertIntact = (connection: Connection, file: string) => {
  const verdict = connection.pragma('quick_check(1)', { simple: true })
  if (verdict !== 'ok') throw new DamagedDatabase(`${file} is damaged: ${String(verdict)}`)
}

/** The version says which tables there are; a file in which they are missing is not one of ours. */
const assertTables = (connection: Connection, file: string) => {
  const present = new Set(connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all())
  const missing = Object.values(tables)
    .map((table) => getTableName(table))
    .filter((name) => !present.has(name))
  if (missing.length > 0) throw new DamagedDatabase(`${file} is damaged: it has no table ${missing.join(', ')}`)
}

export const refuseNewer = (version: number, file: string, known = SCHEMA_VERSION): void => {
  if (version <= known) return
  throw new GantryError(
    'E_UNAVAILABLE',
    `${file} was written by a newer Gantry (its schema is ${version}, this one knows ${known}).`,
    { hint: 'Start the newer version, or name another data folder with --home. Nothing was changed.' },
  )
}

/** `beforeMigration` runs when existing data is about to be changed: the moment to copy it away. */
export const openDatabase = (
  file: string,
  beforeMigration: (connection: Connection) => void,
  migrations: readonly string[] = MIGRATIONS,
): Connection => {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size
  if (bytes === 0) throw new DamagedDatabase(`${file} is damaged: it is empty`)
  let connection: Connection | undefined
  try {
    connection = new Database(file)
    // Owner only, whatever the umask: the file holds key hashes and who did what.
    chmodSync(file, 0o600)
    // Before anything is set: of what a newer Gantry wrote, not a byte is changed.
    refuseNewer(schemaVersion(connection), file, migrations.length)
    connection.pragma('journal_mode = WAL')
    connection.pragma('synchronous = NORMAL')
    connection.pragma('foreign_keys = ON')
    connection.pragma('busy_timeout = 5000')
    if (bytes !== undefined) assertIntact(connection, file)
    migrate(connection, beforeMigration, migrations)
    assertTables(connection, file)
    return connection
  } catch (cause) {
    connection?.close()
    return rethrow(file, cause)
  }
}

const migrate = (
  connection: Connection,
  beforeMigration: (connection: Connection) => void,
  migrations: readonly string[],
) => {
  const from = schemaVersion(connection)
  if (from === migrations.length) return
  if (from > 0) beforeMigration(connection)
  for (const [index, sql] of migrations.entries()) {
    if (index < from) continue
    connection.transaction(() => {
      connection.exec(sql)
      connection.pragma(`user_version = ${index + 1}`)
    })()
  }
}

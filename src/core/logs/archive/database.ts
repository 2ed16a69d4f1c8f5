/** The file of the logs: its tables, its opening, and what is done when it is damaged. Used in worker threads only. */
import Database from 'better-sqlite3'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export type Connection = Database.Database

const SCHEMA_VERSION = 1

const SCHEMA = `
  CREATE TABLE logs (
    number INTEGER PRIMARY KEY,
    agent TEXT NOT NULL UNIQUE,
    wire_seq INTEGER NOT NULL DEFAULT 0,
    last_seq INTEGER NOT NULL DEFAULT 0,
    last_at INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    waiting BLOB
  );
  CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    streams INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    data BLOB NOT NULL
  );
  CREATE UNIQUE INDEX blocks_by_log ON blocks (log, last_seq);
  PRAGMA user_version = ${SCHEMA_VERSION};
`

const DAMAGE = ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_IOERR_SHORT_READ']

class DamagedLogs extends Error {
  override readonly name = 'DamagedLogs'
}

export const isDamage = (thrown: unknown): boolean =>
  thrown instanceof DamagedLogs ||
  (thrown instanceof Database.SqliteError && DAMAGE.some((code) => thrown.code.startsWith(code)))

/** Long enough for a program that looks at the file, short enough not to hold up what comes in. */
const BUSY_MS = 250
/** The journal is folded in after so many pages of 4 KiB: each time costs a wait for the disk. */
const JOURNAL_PAGES = 4000
const JOURNAL_BYTES = 32 * 1024 * 1024

const assertTables = (connection: Connection) => {
  const names = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()
  if (!['logs', 'blocks'].every((name) => names.includes(name))) throw new DamagedLogs('it has not the right tables')
}

const begin = (connection: Connection) => {
  const parts = connection.prepare('SELECT count(*) FROM sqlite_master').pluck().get()
  if (parts !== 0) throw new DamagedLogs('it holds something else')
  connection.pragma('auto_vacuum = INCREMENTAL')
  connection.pragma('journal_mode = WAL')
  connection.transaction(() => connection.exec(SCHEMA))()
}

export const openLogs = (file: string): Connection => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const connection = new Database(file, { timeout: BUSY_MS })
  try {
    chmodSync(file, 0o600)
    const version = Number(connection.pragma('user_version', { simple: true }))
    if (version > SCHEMA_VERSION) throw new Error(`${basename(file)} was written by a newer Gantry`)
    if (version === 0) begin(connection)
    connection.pragma('synchronous = NORMAL')
    connection.pragma(`wal_autocheckpoint = ${JOURNAL_PAGES}`)
    connection.pragma(`journal_size_limit = ${JOURNAL_BYTES}`)
    assertTables(connection)
    return connection
  } catch (cause) {
    connection.close()
    throw cause
  }
}

/** For those who only look: what is written meanwhile does not wait for them. */
export const openLogsToRead = (file: string): Connection =>
  new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_MS })

export interface LogRow {
  number: number
  agent: string
  wire_seq: number
  last_seq: number
  last_at: number
  lost: number
  bytes: number
  waiting: Buffer | null
}

/** How far each log had come: numbers go on from there, and nothing is told twice, though the lines are gone. */
const salvage = (file: string): LogRow[] => {
  let connection: Connection | undefined
  try {
    connection = openLogsToRead(file)
    return connection.prepare<[], LogRow>('SELECT * FROM logs ORDER BY number').all()
  } catch {
    return []
  } finally {
    connection?.close()
  }
}

const sidecars = (file: string) => [file, `${file}-wal`, `${file}-shm`]

/** One damaged file is kept, the newest: many would fill the disk with what nobody can read. */
const putAside = (file: string, at: number): string => {
  const folder = dirname(file)
  const prefix = `${basename(file)}.damaged-`
  for (const name of readdirSync(folder)) if (name.startsWith(prefix)) rmSync(join(folder, name), { force: true })
  const aside = join(folder, prefix + new Date(at).toISOString().replaceAll(/[-:.]/g, ''))
  for (const part of sidecars('')) if (existsSync(file + part)) renameSync(file + part, aside + part)
  return aside
}

/** The damaged file is out of the way afterwards. Says in words what was done. */
export const replaceLogs = (file: string, at: number): { connection: Connection; repaired: string } => {
  const rows = salvage(file)
  const aside = putAside(file, at)
  const connection = openLogs(file)
  const insert = connection.prepare(
    'INSERT OR IGNORE INTO logs (agent, wire_seq, last_seq, last_at, lost) VALUES (@agent, @wire_seq, @last_seq, @last_at, @lost)',
  )
  connection.transaction(() => rows.forEach((row) => insert.run(row)))()
  return {
    connection,
    repaired: `the agents’ logs were damaged; new ones were begun, the damaged file is kept as ${basename(aside)}`,
  }
}

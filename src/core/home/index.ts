/**
 * Owns the data folder: that only its owner can read it, and that one Gantry at a time works in it.
 * Promises that the claim ends with the process, however that ends.
 * Never guesses who else is there: the endpoint file says.
 */
import Database from 'better-sqlite3'
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { GantryError } from '../../contract/index.ts'
import { readEndpoint } from '../endpoint/index.ts'

const makePrivateFolder = (folder: string): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
}

/** One that lies where others could be first with its name: made by us, or nothing but ours. */
export const makeOwnFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { mode: 0o700 })
    chmodSync(folder, 0o700)
  } catch (cause) {
    if (!isOurAlone(folder)) {
      throw new GantryError('E_UNAVAILABLE', `${folder} is not a folder that only you can use.`, {
        hint: 'Remove what is there, or name a data folder with a shorter path: its socket lies in it then.',
        cause,
      })
    }
  }
}

const isOurAlone = (folder: string): boolean => {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found === undefined || !found.isDirectory()) return false
  return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o777) === 0o700)
}

/**
 * Claims the folder for this process. The claim is a lock the operating system holds on an open file, so that no
 * stale pid file can keep a later start out.
 */
export const claimHome = (home: string): (() => void) => {
  try {
    makePrivateFolder(home)
    makePrivateFolder(join(home, 'run'))
  } catch (cause) {
    throw new GantryError('E_UNAVAILABLE', `The data folder ${home} cannot be used: ${(cause as Error).message}`, {
      hint: 'Name another folder with --home or GANTRY_HOME.',
      cause,
    })
  }
  const lock = openLock(join(home, 'run', 'lock'))
  return () => lock.close()
}

const openLock = (file: string): Database.Database => {
  let lock: Database.Database | undefined
  try {
    lock = new Database(file, { timeout: 0 })
    chmodSync(file, 0o600)
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock?.close()
    const code = cause instanceof Database.SqliteError ? cause.code : ''
    if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
      rmSync(file, { force: true })
      return openLock(file)
    }
    if (code.startsWith('SQLITE_BUSY')) throw inUse(resolve(file, '..', '..'))
    throw new GantryError(
      'E_UNAVAILABLE',
      `The data folder cannot be claimed with ${file}: ${(cause as Error).message}`,
      {
        hint: 'Remove what is there, or name another folder with --home.',
        cause,
      },
    )
  }
}

const inUse = (home: string): GantryError => {
  const endpoint = readEndpoint(home)
  const who = endpoint === undefined ? '' : ` (process ${endpoint.pid}, ${endpoint.mode})`
  return new GantryError('E_CONFLICT', `Another Gantry already works in ${home}${who}.`, {
    hint: 'Use that one, end it with `gantry system stop`, or name another folder with --home.',
    details: endpoint === undefined ? undefined : { pid: endpoint.pid, mode: endpoint.mode, url: endpoint.url },
  })
}

/** Where boxes keep what is written about them, and where their sockets are. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GantryError } from '../../../contract/index.ts'
import { socketPath } from '../../endpoint/index.ts'
import { makeOwnFolder } from '../../home/index.ts'
import { shortName } from './plan.ts'

const BOX_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

export const createFolders = (home: string) => {
  const all = join(home, 'run', 'boxes')

  const of = (boxId: string): string => {
    if (!BOX_ID.test(boxId)) throw new GantryError('E_SCHEMA', `"${boxId}" is not the id of a box.`)
    return join(all, boxId)
  }

  /** As long as Gantry's own socket beside it, which is short enough. */
  const socketOf = (boxId: string): string => {
    const folder = dirname(socketPath(home))
    if (folder !== join(home, 'run')) makeOwnFolder(folder)
    return join(folder, `b${shortName(boxId)}`)
  }

  return {
    of,
    socketOf,
    /** False where there is a box of that name. */
    make: (boxId: string): boolean => {
      mkdirSync(all, { recursive: true, mode: 0o700 })
      try {
        mkdirSync(of(boxId), { mode: 0o700 })
        return true
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw cause
      }
    },
    /** Where the system shows a box no files of its own, these take their place. */
    makeHome: (boxId: string): void => {
      for (const name of ['work', 'tmp']) mkdirSync(join(of(boxId), 'home', name), { recursive: true, mode: 0o700 })
    },
    remove: (boxId: string): void => rmSync(of(boxId), { recursive: true, force: true, maxRetries: 5 }),
    has: (boxId: string): boolean => existsSync(of(boxId)),
    list: (): string[] => (existsSync(all) ? readdirSync(all).filter((name) => BOX_ID.test(name)) : []),
  }
}

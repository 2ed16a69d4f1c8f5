/**
 * Real pipes for a program's output. What Node makes are sockets, which nobody can open anew: `echo … > /dev/stderr`,
 * as many scripts have it, fails on them. Where there is no mkfifo it stays with those.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface Pipe {
  /** Ours, which never blocks. */
  read: number
  /** The program's. */
  write: number
}

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants

const openBoth = (path: string): Pipe => {
  // Whoever opens one end waits for the other: with both open already nobody does.
  const both = openSync(path, O_RDWR | O_NONBLOCK)
  const pipe = { write: openSync(path, O_WRONLY), read: openSync(path, O_RDONLY | O_NONBLOCK) }
  closeSync(both)
  return pipe
}

const makeIn = async (folder: string): Promise<[Pipe, Pipe]> => {
  const own = mkdtempSync(join(folder, '.wire-'))
  try {
    const paths = [join(own, 'out'), join(own, 'err')] as const
    const { execFile } = process.getBuiltinModule('node:child_process')
    await new Promise<void>((resolve, reject) => {
      execFile('mkfifo', ['-m', '600', ...paths], (error) => (error === null ? resolve() : reject(error)))
    })
    return [openBoth(paths[0]), openBoth(paths[1])]
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}

/** In the first of these folders that can be written to. */
export const makePipes = async (folders: readonly string[]): Promise<[Pipe, Pipe] | undefined> => {
  for (const folder of folders) {
    try {
      return await makeIn(folder)
    } catch {
      // The next one, or none.
    }
  }
  return undefined
}

/**
 * Real pipes for a program's output. What Node makes are sockets, which nobody can open anew: `echo … > /dev/stderr`,
 * as many scripts have it, fails on them. Where there is no mkfifo it stays with those.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
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

export const makePipes = async (): Promise<[Pipe, Pipe] | undefined> => {
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), 'wire-'))
    const paths = [join(folder, 'out'), join(folder, 'err')] as const
    const { execFile } = process.getBuiltinModule('node:child_process')
    await new Promise<void>((resolve, reject) => {
      execFile('mkfifo', ['-m', '600', ...paths], (error) => (error === null ? resolve() : reject(error)))
    })
    return [openBoth(paths[0]), openBoth(paths[1])]
  } catch {
    return undefined
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

export const closePipes = (pipes: readonly Pipe[]) => {
  for (const { read, write } of pipes) {
    closeSync(read)
    closeSync(write)
  }
}

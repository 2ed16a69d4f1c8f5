/** Where the workspace of an agent lies in the data folder, and how its files are read and written. */
import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { AgentId, GantryError } from '../../contract/index.ts'

export interface Shelf {
  agentId: string
  root: string
  /** What the box was given. Replaced as a whole. */
  base: string
  baseFiles: string
  source: string
  /** What came back. Replaced as a whole. */
  patch: string
  patchView: string
  patchChanges: string
  patchFiles: string
}

export const shelfOf = (home: string, agentId: string): Shelf => {
  if (!AgentId.safeParse(agentId).success) {
    throw new GantryError('E_SCHEMA', `${JSON.stringify(agentId)} is not the id of an agent.`)
  }
  const root = join(home, 'agents', agentId, 'workspace')
  const [base, patch] = [join(root, 'base'), join(root, 'patch')]
  return {
    agentId,
    root,
    base,
    baseFiles: join(base, 'files'),
    source: join(base, 'source.json'),
    patch,
    patchView: join(patch, 'patch.json'),
    patchChanges: join(patch, 'changes.json'),
    patchFiles: join(patch, 'files'),
  }
}

export const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

/** Fills a folder aside and puts it in place when it is complete: a kill leaves a whole one or none, never a part. */
export const replaceFolder = async (folder: string, fill: (staged: string) => Promise<void>): Promise<void> => {
  const staged = `${folder}.partial`
  const old = `${folder}.old`
  await rm(staged, { recursive: true, force: true })
  await makeFolder(staged)
  try {
    await fill(staged)
    await rm(old, { recursive: true, force: true })
    await rename(folder, old).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause
    })
    await rename(staged, folder)
  } catch (cause) {
    await rm(staged, { recursive: true, force: true })
    throw cause
  }
  await rm(old, { recursive: true, force: true })
}

/** As `replaceFile` of core/files, for what may be too large to be written in one go. */
export const writeJson = async (file: string, value: unknown): Promise<void> => {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(JSON.stringify(value))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw cause
  }
}

const CHUNK = 256 * 1024

/** A file in parts. Opened when the first part is asked for, closed with the last, however reading ends. */
export async function* readParts(file: string): AsyncGenerator<Buffer, void, void> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK)
      const { bytesRead } = await handle.read(buffer, 0, CHUNK)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Fills as much of the buffer as there is. */
const fillFrom = async (handle: Awaited<ReturnType<typeof open>>, buffer: Buffer): Promise<Buffer> => {
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

/** Whether two files hold the same bytes. */
export const isSame = async (one: string, other: string): Promise<boolean> => {
  const first = await open(one, READ)
  try {
    const second = await open(other, READ)
    try {
      if ((await first.stat()).size !== (await second.stat()).size) return false
      const [left, right] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)]
      for (;;) {
        const [a, b] = [await fillFrom(first, left), await fillFrom(second, right)]
        if (!a.equals(b)) return false
        if (a.length < CHUNK) return true
      }
    } finally {
      await second.close()
    }
  } finally {
    await first.close()
  }
}

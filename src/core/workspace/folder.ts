/** A folder of this machine: which files it has, and a copy of each. Links are not followed out of it. */
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { type CopyLimits, cannotRead, tooManyBytes, tooManyFiles } from './limits.ts'
import { STAGING, isGitPath, isSafePath } from './paths.ts'

export interface FolderFile {
  /** Below the root, with slashes. */
  path: string
  /** Where its content lies: elsewhere in the folder, for a link. */
  from: string
  isExecutable: boolean
  bytes: number
}

interface Walk {
  root: string
  limits: CopyLimits
  signal: AbortSignal | undefined
  files: FolderFile[]
  bytes: number
}

const addFile = async (walk: Walk, path: string, from: string): Promise<void> => {
  const found = await lstat(from)
  if (!found.isFile()) return
  walk.bytes += found.size
  walk.files.push({ path, from, isExecutable: (found.mode & 0o100) !== 0, bytes: found.size })
  if (walk.files.length > walk.limits.mostFiles) throw tooManyFiles(walk.root, walk.limits)
  if (walk.bytes > walk.limits.mostBytes) throw tooManyBytes(walk.root, walk.limits)
}

/** A link to a file of the folder comes along as that file. Links elsewhere, and to folders, stay behind. */
const addLink = async (walk: Walk, path: string, link: string): Promise<void> => {
  let target: string
  try {
    target = await realpath(link)
  } catch {
    // It leads nowhere.
    return
  }
  const prefix = walk.root + sep
  if (!target.startsWith(prefix) || isGitPath(target.slice(prefix.length).replaceAll(sep, '/'))) return
  await addFile(walk, path, target)
}

const addFolder = async (walk: Walk, folder: string): Promise<void> => {
  walk.signal?.throwIfAborted()
  const entries = await readdir(join(walk.root, folder), { withFileTypes: true })
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    const full = join(walk.root, path)
    if (isGitPath(entry.name) || entry.name.startsWith(STAGING) || !isSafePath(path)) continue
    if (entry.isDirectory()) await addFolder(walk, path)
    else if (entry.isFile()) await addFile(walk, path, full)
    else if (entry.isSymbolicLink()) await addLink(walk, path, full)
    // Sockets, pipes and devices are nothing that could be copied.
  }
}

/** Every file of a folder. Its root has to be a real path. */
export const listFolder = async (root: string, limits: CopyLimits, signal?: AbortSignal): Promise<FolderFile[]> => {
  const walk: Walk = { root, limits, signal, files: [], bytes: 0 }
  try {
    await addFolder(walk, '')
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException
    if (code !== undefined && path !== undefined) throw cannotRead(path, cause)
    throw cause
  }
  return walk.files
}

const CHUNK = 256 * 1024

/** A pipe that took the place of a file must not be waited for, and a link not be followed. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

const pour = async (from: FileHandle, to: FileHandle, bytes: number): Promise<void> => {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, bytes)))
  let left = bytes
  while (left > 0) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, left))
    if (bytesRead === 0) return
    await to.writeFile(buffer.subarray(0, bytesRead))
    left -= bytesRead
  }
}

/** Its owner's alone; whether it can be run is kept. What is appended meanwhile stays out. */
const copyFile = async ({ from, isExecutable, bytes }: FolderFile, target: string): Promise<void> => {
  const source = await open(from, READ)
  try {
    if (!(await source.stat()).isFile()) return
    const copy = await open(target, 'wx', isExecutable ? 0o700 : 0o600)
    try {
      await pour(source, copy, bytes)
    } finally {
      await copy.close()
    }
  } finally {
    await source.close()
  }
}

const COPIES_AT_ONCE = 8

export const copyFolder = async (
  root: string,
  target: string,
  limits: CopyLimits,
  signal?: AbortSignal,
): Promise<void> => {
  const files = await listFolder(root, limits, signal)
  const made = new Set<string>()
  let next = 0
  const work = async () => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      signal?.throwIfAborted()
      const copy = join(target, file.path)
      const folder = dirname(copy)
      if (!made.has(folder)) {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        made.add(folder)
      }
      try {
        await copyFile(file, copy)
      } catch (cause) {
        // Gone since it was listed.
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') continue
        next = files.length
        throw (cause as NodeJS.ErrnoException).path === file.from ? cannotRead(file.from, cause) : cause
      }
    }
  }
  // All have to be through before anybody removes what they made.
  const results = await Promise.allSettled(Array.from({ length: COPIES_AT_ONCE }, work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/**
 * The folder the agent works in: filled by Gantry, remembered as it was, and compared with that when asked.
 * Only ordinary files count: links and what git keeps for itself are passed over.
 */
import type { Hash } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  constants,
  createReadStream,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import {
  type ChangesAnswer,
  MAX_DATA_BYTES,
  type ReadAnswer,
  type WorkspaceChange,
  encodeBytes,
} from '../wire/index.ts'
import { insidePath } from './paths.ts'
import { Refusal } from './refusal.ts'

const { O_CREAT, O_NOFOLLOW, O_RDONLY, O_TRUNC, O_WRONLY } = constants
/** Of an answer with changes: well below what a frame may have. */
const PAGE_BYTES = 64 * 1024
const PERMISSIONS = 0o777
const CLOCK_STEP_MS = 50

interface Known {
  bytes: number
  mode: number
  /** Changes with each write, and cannot be set back. */
  changedAt: bigint
  hash: string | undefined
}

/** Loaded when it is wanted: the greeting does not wait for it. */
const newHash = (): Hash => process.getBuiltinModule('node:crypto').createHash('sha256')

/** Nothing for what cannot be read: that is like nothing else. */
const hashOf = async (file: string): Promise<string | undefined> => {
  const hash = newHash()
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
    return hash.digest('hex')
  } catch {
    return undefined
  }
}

const entriesOf = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

const known = (stat: BigIntStats, hash: string | undefined): Known => ({
  bytes: Number(stat.size),
  mode: Number(stat.mode) & PERMISSIONS,
  changedAt: stat.ctimeNs,
  hash,
})

/** A write right after this one could bear the same time: then only the hash tells. */
const isRecent = (stat: BigIntStats) => stat.ctimeMs > BigInt(Date.now() - CLOCK_STEP_MS)

export const createWorkspace = (root: string) => {
  let uploading: { path: string; fd: number; part: number; hash: Hash } | undefined
  const given = new Map<string, Known>()
  let before = new Map<string, Known>()
  let found: WorkspaceChange[] = []

  /** Every ordinary file, by its path; those that went meanwhile are left out. */
  async function* files(folder = ''): AsyncGenerator<[string, BigIntStats], void, void> {
    await turn()
    for (const entry of entriesOf(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.name === '.git') continue
      if (entry.isDirectory()) yield* files(path)
      const stat = entry.isFile() ? lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false }) : undefined
      if (stat !== undefined) yield [path, stat]
    }
  }

  const stopUpload = () => {
    if (uploading !== undefined) closeSync(uploading.fd)
    uploading = undefined
  }

  const startUpload = (path: string) => {
    stopUpload()
    mkdirSync(root, { recursive: true })
    const file = insidePath(root, path, { makeFolders: true })
    const fd = openSync(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
    uploading = { path, fd, part: 0, hash: newHash() }
    return uploading
  }

  const put = (
    { path, mode, part, last }: { path: string; mode: number; part: number; last: boolean },
    bytes: Buffer,
  ) => {
    const upload = part === 0 ? startUpload(path) : uploading
    if (upload?.path !== path || upload.part !== part) {
      throw new Refusal('E_CONFLICT', `Part ${part} of ${JSON.stringify(path)} is not the one that is due.`)
    }
    try {
      for (let at = 0; at < bytes.length; at += writeSync(upload.fd, bytes, at));
      upload.hash.update(bytes)
      upload.part += 1
      if (!last) return
      fchmodSync(upload.fd, mode & PERMISSIONS)
      given.set(path, known(fstatSync(upload.fd, { bigint: true }), upload.hash.digest('hex')))
      stopUpload()
    } catch (error) {
      stopUpload()
      throw error
    }
  }

  /** What was put is known already; only what else lies here has to be read. */
  const baseline = async () => {
    mkdirSync(root, { recursive: true })
    stopUpload()
    before = new Map()
    for await (const [path, stat] of files()) {
      const put = given.get(path)
      const isSame = put !== undefined && put.changedAt === stat.ctimeNs
      const now = isSame ? put : known(stat, await hashOf(join(root, path)))
      before.set(path, isRecent(stat) ? { ...now, changedAt: 0n } : now)
    }
    given.clear()
  }

  const compare = async (): Promise<WorkspaceChange[]> => {
    const changes: WorkspaceChange[] = []
    const gone = new Map(before)
    mkdirSync(root, { recursive: true })
    for await (const [path, stat] of files()) {
      const old = before.get(path)
      gone.delete(path)
      const now = { path, mode: Number(stat.mode) & PERMISSIONS, bytes: Number(stat.size) }
      if (old === undefined) changes.push({ ...now, kind: 'added' })
      else if (
        old.bytes !== now.bytes ||
        old.mode !== now.mode ||
        (old.changedAt !== stat.ctimeNs && old.hash !== (await hashOf(join(root, path))))
      ) {
        changes.push({ ...now, kind: 'changed' })
      }
    }
    for (const [path, { mode }] of gone) changes.push({ path, kind: 'removed', mode, bytes: 0 })
    return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  }

  const changes = async (after: string | null): Promise<ChangesAnswer> => {
    if (after === null) found = await compare()
    const from = after === null ? 0 : found.findIndex(({ path }) => path === after) + 1
    const files: WorkspaceChange[] = []
    for (let size = 0; size < PAGE_BYTES && from + files.length < found.length;) {
      const file = found[from + files.length]
      if (file === undefined) break
      files.push(file)
      size += JSON.stringify(file).length
    }
    return { files, more: from + files.length < found.length }
  }

  const read = (path: string, part: number): ReadAnswer => {
    const fd = openSync(insidePath(root, path, { makeFolders: false }), O_RDONLY | O_NOFOLLOW)
    try {
      const bytes = Buffer.alloc(MAX_DATA_BYTES)
      const length = readSync(fd, bytes, 0, MAX_DATA_BYTES, part * MAX_DATA_BYTES)
      return { ...encodeBytes(bytes.subarray(0, length)), last: length < MAX_DATA_BYTES }
    } finally {
      closeSync(fd)
    }
  }

  return { put, baseline, changes, read, close: stopUpload }
}

/** From what a box says it changed to a patch for people. The box is not believed: everything is compared with the base. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { lstat, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AgentPatch } from '../../contract/index.ts'
import { nameOf, readSource } from './base.ts'
import type { Budget } from './lines.ts'
import { isGitPath, isSafePath } from './paths.ts'
import { type Shelf, isSame, makeFolder, replaceFolder, writeJson } from './shelf.ts'
import { type Side, unify } from './unified.ts'

export interface ChangedFile {
  path: string
  kind: 'added' | 'changed' | 'removed'
  mode: number
  content: AsyncIterable<Buffer>
}

/** What is needed to apply it: which file of `files` holds the new content. */
const KeptChange = z.object({
  path: z.string(),
  kind: z.enum(['added', 'changed', 'removed']),
  isExecutable: z.boolean(),
  file: z.int().nullable(),
})
export type KeptChange = z.infer<typeof KeptChange>

export interface PatchLimits {
  mostFiles: number
  mostBytes: number
  mostFileBytes: number
  /** Of a text whose lines are compared. */
  mostTextBytes: number
  /** Of all diffs together. */
  mostDiffLetters: number
  steps: number
}

const MEGABYTE = 1024 * 1024
export const PATCH_LIMITS: PatchLimits = {
  mostFiles: 5_000,
  mostBytes: 256 * MEGABYTE,
  mostFileBytes: 64 * MEGABYTE,
  mostTextBytes: MEGABYTE / 2,
  mostDiffLetters: 4 * MEGABYTE,
  steps: 30_000_000,
}

type PatchFile = AgentPatch['files'][number]

/** The file of the base, where it has one there. */
const inBase = async (shelf: Shelf, path: string): Promise<{ file: string; isExecutable: boolean } | null> => {
  const file = join(shelf.baseFiles, path)
  try {
    const found = await lstat(file)
    return found.isFile() ? { file, isExecutable: (found.mode & 0o100) !== 0 } : null
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw cause
  }
}

/** How many bytes were written, or nothing where there were more than may be. */
const store = async (content: AsyncIterable<Buffer>, file: string, most: number): Promise<number | null> => {
  const handle = await open(file, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const part of content) {
      bytes += part.length
      if (bytes > most) return null
      await handle.writeFile(part)
    }
    return bytes
  } finally {
    await handle.close()
  }
}

const readText = async (file: string, most: number): Promise<string | null> => {
  if ((await lstat(file)).size > most) return null
  const bytes = await readFile(file)
  return isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : null
}

interface Work {
  shelf: Shelf
  limits: PatchLimits
  /** Where new contents are kept. */
  folder: string
  budget: Budget
  bytesLeft: number
  lettersLeft: number
  truncated: boolean
}

const sideOf = async (
  work: Work,
  file: { file: string; isExecutable: boolean } | null,
): Promise<Side | null | 'binary'> => {
  if (file === null) return null
  const text = await readText(file.file, work.limits.mostTextBytes)
  return text === null ? 'binary' : { text, isExecutable: file.isExecutable }
}

const describe = async (
  work: Work,
  { path, kind }: Pick<KeptChange, 'path' | 'kind'>,
  before: { file: string; isExecutable: boolean } | null,
  after: { file: string; isExecutable: boolean } | null,
): Promise<PatchFile> => {
  const [old, fresh] = [await sideOf(work, before), await sideOf(work, after)]
  const binary: PatchFile = { path, kind, added: 0, removed: 0, binary: true, diff: '' }
  if (old === 'binary' || fresh === 'binary') return binary
  const { diff, added, removed } = unify(path, old, fresh, work.budget)
  // Too long to be shown; it is kept and can be applied as any other.
  if (diff.length > work.lettersLeft) return binary
  work.lettersLeft -= diff.length
  return { path, kind, added, removed, binary: false, diff }
}

interface Taken {
  shown: PatchFile
  kept: KeptChange
}

const takeRemoved = async (work: Work, path: string): Promise<Taken | undefined> => {
  const before = await inBase(work.shelf, path)
  if (before === null) return undefined
  const shown = await describe(work, { path, kind: 'removed' }, before, null)
  return { shown, kept: { path, kind: 'removed', isExecutable: false, file: null } }
}

const takeWritten = async (
  work: Work,
  { path, mode, content }: ChangedFile,
  number: number,
): Promise<Taken | undefined> => {
  const file = join(work.folder, String(number))
  const bytes = await store(content, file, Math.min(work.limits.mostFileBytes, work.bytesLeft))
  if (bytes === null) {
    work.truncated = true
    await rm(file, { force: true })
    return undefined
  }
  const isExecutable = (mode & 0o100) !== 0
  const before = await inBase(work.shelf, path)
  if (before !== null && before.isExecutable === isExecutable && (await isSame(before.file, file))) {
    await rm(file)
    return undefined
  }
  work.bytesLeft -= bytes
  const kind = before === null ? 'added' : 'changed'
  const shown = await describe(work, { path, kind }, before, { file, isExecutable })
  return { shown, kept: { path, kind, isExecutable, file: number } }
}

export const keepPatch = async (
  shelf: Shelf,
  changes: AsyncIterable<ChangedFile>,
  limits: PatchLimits,
): Promise<AgentPatch> => {
  const source = await readSource(shelf)
  let view: AgentPatch | undefined
  await replaceFolder(shelf.patch, async (staged) => {
    const folder = join(staged, 'files')
    await makeFolder(folder)
    const work: Work = {
      shelf,
      limits,
      folder,
      budget: { steps: limits.steps },
      bytesLeft: limits.mostBytes,
      lettersLeft: limits.mostDiffLetters,
      truncated: false,
    }
    const seen = new Set<string>()
    const taken: Taken[] = []
    for await (const change of changes) {
      const { path, kind } = change
      if (seen.has(path) || isGitPath(path)) continue
      if (!isSafePath(path) || seen.size >= limits.mostFiles) {
        work.truncated = true
        if (seen.size >= limits.mostFiles) break
        continue
      }
      seen.add(path)
      const one = kind === 'removed' ? await takeRemoved(work, path) : await takeWritten(work, change, seen.size)
      if (one !== undefined) taken.push(one)
    }
    taken.sort((one, other) => (one.kept.path < other.kept.path ? -1 : 1))
    const files = taken.map(({ shown }) => shown)
    view = {
      id: shelf.agentId,
      base: nameOf(source),
      files,
      added: files.reduce((sum, { added }) => sum + added, 0),
      removed: files.reduce((sum, { removed }) => sum + removed, 0),
      appliedAt: null,
      truncated: work.truncated,
    }
    await writeJson(
      join(staged, 'changes.json'),
      taken.map(({ kept }) => kept),
    )
    await writeJson(join(staged, 'patch.json'), view)
  })
  if (view === undefined) throw new Error('the patch was not made')
  return view
}

export const readPatch = (shelf: Shelf): AgentPatch | undefined => {
  let text: string
  try {
    text = readFileSync(shelf.patchView, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
  return AgentPatch.parse(JSON.parse(text))
}

export const readChanges = async (shelf: Shelf): Promise<KeptChange[]> =>
  z.array(KeptChange).parse(JSON.parse(await readFile(shelf.patchChanges, 'utf8')))

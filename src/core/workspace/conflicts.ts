/** Looks at where a patch is to be written, before anything is: what must be done there, and what stands against it. */
import { type Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptChange } from './patch.ts'
import { type Shelf, isSame } from './shelf.ts'

/** One file that is to be written or removed. */
export interface Step {
  change: KeptChange
  target: string
  /** The kept new content, where there is one. */
  content: string | null
  /** What is there now and will be replaced, or nothing. */
  found: Stats | null
}

export interface Conflict {
  path: string
  reason: string
}

export interface Plan {
  steps: Step[]
  conflicts: Conflict[]
}

const look = async (path: string): Promise<Stats | null> => {
  try {
    return await lstat(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw cause
  }
}

interface Ground {
  root: string
  /** What goes makes room: a file where a folder is to be, and the other way round. */
  removed: ReadonlySet<string>
}

/** Why nothing can be written below these folders. Through a link it would land elsewhere. */
const blockedWay = async ({ root, removed }: Ground, path: string): Promise<string | null> => {
  const names = path.split('/').slice(0, -1)
  for (const [index] of names.entries()) {
    const part = names.slice(0, index + 1).join('/')
    const found = await look(join(root, part))
    if (found === null || (found.isFile() && removed.has(part))) return null
    if (found.isSymbolicLink()) return `${part} is a link there`
    if (!found.isDirectory()) return `${part} is no folder there`
  }
  return null
}

/** What is at the place itself: a file, nothing, or something that is in the way. */
const standing = async ({ root, removed }: Ground, path: string): Promise<Stats | null | { reason: string }> => {
  const found = await look(join(root, path))
  if (found === null || found.isFile()) return found
  if (found.isSymbolicLink()) return { reason: 'it is a link there' }
  const isEmptied = found.isDirectory() && [...removed].some((one) => one.startsWith(`${path}/`))
  return isEmptied ? null : { reason: 'it is no file there' }
}

const isExecutable = ({ mode }: Stats): boolean => (mode & 0o100) !== 0

/** What has to be done for one change, where the place is as it was, or already as it is to be. */
const planStep = async (shelf: Shelf, ground: Ground, change: KeptChange): Promise<Step | Conflict | null> => {
  const { path, kind, file } = change
  const conflict = (reason: string): Conflict => ({ path, reason })
  const blocked = await blockedWay(ground, path)
  if (blocked !== null) return conflict(blocked)
  const found = await standing(ground, path)
  if (found !== null && 'reason' in found) return conflict(found.reason)

  const target = join(ground.root, path)
  const content = file === null ? null : join(shelf.patchFiles, String(file))
  const step: Step = { change, target, content, found }
  if (found === null) {
    if (kind === 'added') return step
    return kind === 'removed' ? null : conflict('it was removed there since')
  }
  if (content !== null && (await isSame(target, content)))
    return isExecutable(found) === change.isExecutable ? null : step
  if (kind === 'added') return conflict('it is there already, with another content')
  return (await isSame(target, join(shelf.baseFiles, path))) ? step : conflict('it was changed there since')
}

export const planSteps = async (shelf: Shelf, root: string, changes: readonly KeptChange[]): Promise<Plan> => {
  const ground = {
    root,
    removed: new Set(changes.filter(({ kind }) => kind === 'removed').map(({ path }) => path)),
  }
  const plan: Plan = { steps: [], conflicts: [] }
  for (const change of changes) {
    const result = await planStep(shelf, ground, change)
    if (result === null) continue
    if ('reason' in result) plan.conflicts.push(result)
    else plan.steps.push(result)
  }
  return plan
}

/** Writes a patch into the folder that it came from: all of it or nothing, and what was there before is kept. */
import { randomBytes } from 'node:crypto'
import { copyFile, chmod, chown, lstat, mkdir, open, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { GantryError } from '../../contract/index.ts'
import { type Source, readSource } from './base.ts'
import { type Step, planSteps } from './conflicts.ts'
import { type KeptChange, readChanges, readPatch } from './patch.ts'
import { STAGING } from './paths.ts'
import { type PlacesOptions, checkPlace } from './places.ts'
import { type Shelf, makeFolder, writeJson } from './shelf.ts'

export interface Applied {
  written: string[]
  removed: string[]
}

const MOST_NAMED = 20

const conflictError = (conflicts: readonly { path: string; reason: string }[], where: string): GantryError => {
  const named = conflicts.slice(0, MOST_NAMED).map(({ path, reason }) => `${path}: ${reason}`)
  const more = conflicts.length > MOST_NAMED ? ` · and ${conflicts.length - MOST_NAMED} more` : ''
  return new GantryError('E_CONFLICT', `${where} is not as it was. ${named.join(' · ')}${more}`, {
    hint: 'Nothing was written. Take over the other files by naming them, or apply the patch with git, which can merge.',
    details: conflicts,
  })
}

const choose = (changes: readonly KeptChange[], paths: readonly string[] | undefined): KeptChange[] => {
  if (paths === undefined) return [...changes]
  const byPath = new Map(changes.map((change) => [change.path, change]))
  const unknown = paths.filter((path) => !byPath.has(path))
  if (unknown.length > 0) {
    throw new GantryError('E_NOT_FOUND', `The patch does not change ${unknown.slice(0, MOST_NAMED).join(', ')}.`, {
      hint: 'Show the patch to see its files.',
    })
  }
  return [...new Set(paths)].flatMap((path) => byPath.get(path) ?? [])
}

/** The right to run it follows the right to read it, as it does when people give it. */
const modeAfter = ({ change, found }: Step): number => {
  if (found === null) return change.isExecutable ? 0o755 : 0o644
  const mode = found.mode & 0o777
  if (((mode & 0o100) !== 0) === change.isExecutable) return mode
  return change.isExecutable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111
}

/** What root writes into somebody's folder is theirs, as what stood there was. */
const giveTo = async (file: string, step: Step, root: string): Promise<void> => {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = step.found ?? (await lstat(root))
  await chown(file, uid, gid)
}

const stage = async (step: Step, file: string, root: string): Promise<void> => {
  if (step.content === null) return
  await copyFile(step.content, file)
  await giveTo(file, step, root)
  await chmod(file, modeAfter(step))
  const handle = await open(file, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Folders that a removal left empty go with it, as git has it. */
const removeEmptied = async (root: string, path: string): Promise<void> => {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    try {
      await rmdir(join(root, folder))
    } catch {
      return
    }
  }
}

interface Site {
  root: string
  /** Beside the files, so that each is put in place by one rename. */
  staging: string
  /** What was there before, for good. */
  undo: string
}

const execute = async (site: Site, step: Step, number: number): Promise<void> => {
  const { change, target, content } = step
  if (content === null) {
    await rm(target)
    await removeEmptied(site.root, change.path)
    return
  }
  const folder = dirname(target)
  try {
    await mkdir(folder, { recursive: true })
    if (!((await realpath(folder)) + sep).startsWith(site.root + sep)) throw new Error(`${folder} leads elsewhere`)
    await rename(join(site.staging, String(number)), target)
  } catch (cause) {
    await removeEmptied(site.root, change.path)
    throw cause
  }
}

/** Puts back what was there, last one first. */
const undoSteps = async (site: Site, done: readonly { step: Step; number: number }[]): Promise<void> => {
  for (const { step, number } of done.toReversed()) {
    const { found, target, change } = step
    if (found === null) {
      await rm(target, { force: true })
      await removeEmptied(site.root, change.path)
      continue
    }
    const copy = join(site.staging, `undo-${number}`)
    await copyFile(join(site.undo, String(number)), copy)
    await giveTo(copy, step, site.root)
    await chmod(copy, found.mode & 0o777)
    await mkdir(dirname(target), { recursive: true })
    await rename(copy, target)
  }
}

const undoAll = async (site: Site, done: readonly { step: Step; number: number }[]): Promise<void> => {
  try {
    await undoSteps(site, done)
  } catch (cause) {
    throw new GantryError(
      'E_UNAVAILABLE',
      `The patch was written in part, and that cannot be undone: ${(cause as Error).message}`,
      {
        hint: `What was there before is kept in ${site.undo}.`,
        cause,
      },
    )
  }
}

/** Removals first: a file may have to make room for a folder. */
const inOrder = (steps: readonly Step[]): Step[] => [
  ...steps.filter(({ content }) => content === null),
  ...steps.filter(({ content }) => content !== null),
]

const keepUndo = async (site: Site, steps: readonly Step[]): Promise<void> => {
  await makeFolder(site.undo)
  const list = steps.map(({ change, found }, number) => ({
    path: change.path,
    file: found === null ? null : number,
    mode: found === null ? null : found.mode & 0o777,
  }))
  for (const [number, { found, target }] of steps.entries()) {
    if (found === null) continue
    const copy = join(site.undo, String(number))
    await copyFile(target, copy)
    await chmod(copy, 0o600)
  }
  await writeJson(join(site.undo, 'undo.json'), { root: site.root, files: list })
}

const removeOldStaging = async (root: string, agentId: string): Promise<void> => {
  for (const name of await readdir(root)) {
    if (name.startsWith(`${STAGING}${agentId}-`)) await rm(join(root, name), { recursive: true, force: true })
  }
}

const write = async (shelf: Shelf, site: Site, planned: readonly Step[]): Promise<void> => {
  const steps = inOrder(planned)
  const done: { step: Step; number: number }[] = []
  try {
    await removeOldStaging(site.root, shelf.agentId)
    await mkdir(site.staging, { mode: 0o700 })
    for (const [number, step] of steps.entries()) await stage(step, join(site.staging, String(number)), site.root)
    await keepUndo(site, steps)
    // Somebody may have written in the meantime: the last look is right before the first change.
    const again = await planSteps(
      shelf,
      site.root,
      steps.map(({ change }) => change),
    )
    if (again.conflicts.length > 0) throw conflictError(again.conflicts, site.root)
    for (const [number, step] of steps.entries()) {
      await execute(site, step, number)
      done.push({ step, number })
    }
  } catch (cause) {
    await undoAll(site, done)
    if (cause instanceof GantryError) throw cause
    throw new GantryError('E_UNAVAILABLE', `The patch cannot be written: ${(cause as Error).message}`, {
      hint: 'Nothing was changed. Check that the folder may be written to and that its disk has space.',
      cause,
    })
  } finally {
    await rm(site.staging, { recursive: true, force: true })
  }
}

const targetOf = async (source: Source, places: PlacesOptions): Promise<string> => {
  if (source.isBare) {
    throw new GantryError('E_CONFLICT', `${source.given} has no files of its own: it is a bare repository.`, {
      hint: 'Save the patch and apply it in a clone with `git apply`.',
    })
  }
  const place = await checkPlace(source.path, places)
  if (place === source.path) return place
  throw new GantryError('E_CONFLICT', `${source.given} leads to another folder now.`, { hint: 'Nothing was written.' })
}

export const applyPatch = async (
  shelf: Shelf,
  paths: readonly string[] | undefined,
  { places, now }: { places: PlacesOptions; now: () => Date },
): Promise<Applied> => {
  const patch = readPatch(shelf)
  if (patch === undefined) {
    throw new GantryError('E_NOT_FOUND', `Agent ${shelf.agentId} has left no patch.`, {
      hint: 'There is one once an agent with a workspace has ended.',
    })
  }
  const source = await readSource(shelf)
  const root = await targetOf(source, places)
  const changes = choose(await readChanges(shelf), paths)
  const { steps, conflicts } = await planSteps(shelf, root, changes)
  if (conflicts.length > 0) throw conflictError(conflicts, source.given)

  const appliedAt = now().toISOString()
  if (steps.length > 0) {
    const token = randomBytes(4).toString('hex')
    await write(
      shelf,
      {
        root,
        staging: join(root, `${STAGING}${shelf.agentId}-${token}`),
        undo: join(shelf.root, 'undo', `${appliedAt.replaceAll(/[:.]/g, '-')}-${token}`),
      },
      steps,
    )
  }
  await writeJson(shelf.patchView, { ...patch, appliedAt })
  const pathsOf = (isRemoval: boolean) =>
    changes.filter(({ kind }) => (kind === 'removed') === isRemoval).map(({ path }) => path)
  return { written: pathsOf(false), removed: pathsOf(true) }
}

/** What a box was given, kept as it was: the patch is measured against it, also after a restart. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type AgentWorkspace, GantryError } from '../../contract/index.ts'
import { copyFolder } from './folder.ts'
import type { CopyLimits } from './limits.ts'
import { type PlacesOptions, checkPlace } from './places.ts'
import { copyCommit, findRepository } from './repository.ts'
import { type Shelf, makeFolder, replaceFolder, writeJson } from './shelf.ts'

export interface BaseOptions extends PlacesOptions {
  env: Record<string, string | undefined>
}

const Source = z.object({
  /** As the person wrote it. */
  given: z.string(),
  /** Where a patch is written to. */
  path: z.string(),
  commit: z.string().nullable(),
  isBare: z.boolean(),
})
export type Source = z.infer<typeof Source>

export const findSource = async (
  workspace: Exclude<AgentWorkspace, { kind: 'none' }>,
  options: BaseOptions,
  signal?: AbortSignal,
): Promise<Source> => {
  const path = await checkPlace(workspace.path, options)
  if (workspace.kind === 'copy') return { given: workspace.path, path, commit: null, isBare: false }
  const { commit, isBare } = await findRepository(path, workspace.ref, options.env, signal)
  return { given: workspace.path, path, commit, isBare }
}

export const keepBase = async (
  shelf: Shelf,
  source: Source,
  limits: CopyLimits,
  { env }: BaseOptions,
  signal: AbortSignal,
): Promise<void> => {
  await makeFolder(shelf.root)
  await replaceFolder(shelf.base, async (staged) => {
    const files = join(staged, 'files')
    await makeFolder(files)
    if (source.commit === null) await copyFolder(source.path, files, limits, signal)
    else await copyCommit({ ...source, commit: source.commit }, files, limits, env, signal)
    await writeJson(join(staged, 'source.json'), source)
  })
}

export const readSource = async (shelf: Shelf): Promise<Source> => {
  try {
    return Source.parse(JSON.parse(await readFile(shelf.source, 'utf8')))
  } catch (cause) {
    throw new GantryError('E_NOT_FOUND', `What agent ${shelf.agentId} was given is not kept any more.`, {
      hint: 'It was removed, or its data folder was damaged; start the agent again.',
      cause,
    })
  }
}

export const nameOf = ({ given, commit }: Source): string =>
  commit === null ? given : `${given} at ${commit.slice(0, 12)}`

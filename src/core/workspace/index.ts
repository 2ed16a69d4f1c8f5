/**
 * Owns what agents work on: a copy that goes in, the base that is kept, the patch that comes back.
 * Promises that a folder of the person is only ever written to when asked, all of a patch or nothing, and never over
 * what changed there meanwhile. Never hands out what is kept secret, and never believes a path from a box.
 */
import { rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AgentPatch, AgentWorkspace } from '../../contract/index.ts'
import { type Applied, applyPatch } from './apply.ts'
import { type BaseOptions, findSource, keepBase } from './base.ts'
import { listFolder } from './folder.ts'
import { MOST_BYTES, MOST_FILES } from './limits.ts'
import { type ChangedFile, type PatchLimits, PATCH_LIMITS, keepPatch, readPatch } from './patch.ts'
import { readParts, shelfOf } from './shelf.ts'

export type { ChangedFile } from './patch.ts'

export interface WorkspacesOptions {
  /** Gantry's data folder. */
  home: string
  /** The home folder of the person. */
  homeFolder: string
  now: () => Date
  env?: Record<string, string | undefined>
  patchLimits?: Partial<PatchLimits>
}

export interface WorkspaceFile {
  path: string
  mode: number
  /** Can be read once. */
  content: AsyncIterable<Buffer>
}

export const createWorkspaces = ({ home, homeFolder, now, env = process.env, patchLimits = {} }: WorkspacesOptions) => {
  const options: BaseOptions = { home, homeFolder, env }
  /** Two patches for one folder must not be written through each other. */
  let writing: Promise<unknown> = Promise.resolve()

  async function* collect(
    agentId: string,
    workspace: AgentWorkspace,
    {
      signal,
      mostBytes = MOST_BYTES,
      mostFiles = MOST_FILES,
    }: { signal: AbortSignal; mostBytes?: number; mostFiles?: number },
  ): AsyncGenerator<WorkspaceFile, void, void> {
    if (workspace.kind === 'none') return
    const shelf = shelfOf(home, agentId)
    const source = await findSource(workspace, options, signal)
    const limits = { mostBytes, mostFiles }
    await keepBase(shelf, source, limits, options, signal)
    // Out of the base: what the box gets is what its changes are measured against.
    for (const { path, from, isExecutable } of await listFolder(shelf.baseFiles, limits, signal)) {
      signal.throwIfAborted()
      yield { path, mode: isExecutable ? 0o755 : 0o644, content: readParts(from) }
    }
  }

  return {
    /** Throws where this folder cannot be given. */
    check: async (workspace: AgentWorkspace): Promise<void> => {
      if (workspace.kind !== 'none') await findSource(workspace, options)
    },

    /** The files for a box, after a base of them was kept. */
    collect,

    keepPatch: (agentId: string, changes: AsyncIterable<ChangedFile>): Promise<AgentPatch> =>
      keepPatch(shelfOf(home, agentId), changes, { ...PATCH_LIMITS, ...patchLimits }),

    patch: (agentId: string): AgentPatch | undefined => readPatch(shelfOf(home, agentId)),

    apply: (agentId: string, paths?: readonly string[]): Promise<Applied> => {
      const result = writing.then(() => applyPatch(shelfOf(home, agentId), paths, { places: options, now }))
      writing = result.catch(() => undefined)
      return result
    },

    /** Base, patch and undo copies. What was applied stays where it is. */
    remove: async (agentId: string): Promise<void> => {
      const { root } = shelfOf(home, agentId)
      await rm(root, { recursive: true, force: true })
      // Others may keep something of the agent beside it.
      await rmdir(dirname(root)).catch(() => undefined)
    },
  }
}

/** What the tests of workspaces share: real folders, a real git, and a box that says what it changed. */
import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type AgentWorkspace, GantryError } from '../../contract/index.ts'
import { manualClock, tempHome } from '../testing/index.ts'
import type { PatchLimits } from './patch.ts'
import { type ChangedFile, createWorkspaces } from './index.ts'

export const AGENT = 'a7f3k2m9q1ab'

export type Tree = Record<string, string | { text: string | Buffer; mode?: number }>

/** Writes files below a folder; answers the folder. */
export const plant = (root: string, tree: Tree): string => {
  for (const [path, file] of Object.entries(tree)) {
    const { text, mode = 0o644 } = typeof file === 'string' ? { text: file } : file
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), mode)
  }
  return root
}

/** A folder of its own, by its real path. */
export const folder = (tree: Tree = {}): string => plant(realpathSync(tempHome()), tree)

/** Every file below a folder with its content; links by where they lead. */
export const treeOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => {
        const file = join(entry.parentPath, entry.name)
        const text = entry.isFile() ? readFileSync(file, 'utf8') : '(no file)'
        return [relative(root, file), text] as const
      })
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )

export const modeOf = (file: string): number => lstatSync(file).mode & 0o777

export const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()

export const repository = (tree: Tree): string => {
  const root = folder(tree)
  git(root, 'init', '-q', '-b', 'main')
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'First')
  return root
}

async function* partsOf(text: string | Buffer): AsyncGenerator<Buffer, void, void> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

export type Said = [kind: ChangedFile['kind'], path: string, text?: string | Buffer, mode?: number]

/** What a box tells of its changes. It may tell anything. */
export async function* changes(...list: Said[]): AsyncGenerator<ChangedFile, void, void> {
  for (const [kind, path, text = '', mode = 0o644] of list) yield { kind, path, mode, content: partsOf(text) }
}

export const openWorkspaces = ({ patchLimits = {} }: { patchLimits?: Partial<PatchLimits> } = {}) => {
  const home = folder()
  const homeFolder = folder()
  const clock = manualClock()
  const workspaces = createWorkspaces({ home, homeFolder, now: clock.now, patchLimits })
  const gather = async (workspace: AgentWorkspace, limits: { mostBytes?: number; mostFiles?: number } = {}) => {
    const given: Record<string, string> = {}
    const modes: Record<string, number> = {}
    for await (const { path, mode, content } of workspaces.collect(AGENT, workspace, {
      signal: new AbortController().signal,
      ...limits,
    })) {
      const parts: Buffer[] = []
      for await (const part of content) parts.push(part)
      given[path] = Buffer.concat(parts).toString('utf8')
      modes[path] = mode
    }
    return { given, modes }
  }
  /** A copy went in, and this came back. */
  const afterWork = async (path: string, ...said: Said[]) => {
    await gather({ kind: 'copy', path })
    return workspaces.keepPatch(AGENT, changes(...said))
  }
  return { workspaces, home, homeFolder, clock, gather, afterWork, ofAgent: join(home, 'agents', AGENT) }
}

export const refusalOf = async (task: () => Promise<unknown>): Promise<GantryError> => {
  try {
    await task()
  } catch (thrown) {
    if (thrown instanceof GantryError) return thrown
    throw thrown
  }
  throw new Error('it was not refused')
}

/** Paths of the workspace: they stay inside it, whatever is asked for and whatever links lie there. */
import { lstatSync, mkdirSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { Refusal } from './refusal.ts'

const refuse = (path: string) =>
  new Refusal('E_SCHEMA', `The path ${JSON.stringify(path)} is not one inside the workspace.`)

const statOf = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false })

/** The folders above the file may be made, but none of them may be a link. */
export const insidePath = (root: string, path: string, { makeFolders }: { makeFolders: boolean }): string => {
  const names = path.split('/')
  if (path.includes('\0') || names.some((name) => name === '' || name === '.' || name === '..')) throw refuse(path)
  let folder = root
  for (const name of names.slice(0, -1)) {
    folder = join(folder, name)
    const found = statOf(folder)
    if (found === undefined && makeFolders) mkdirSync(folder)
    else if (!found?.isDirectory()) throw refuse(path)
  }
  const file = join(root, path)
  const found = statOf(file)
  if (dirname(file) !== folder || (found !== undefined && !found.isFile())) throw refuse(path)
  return file
}

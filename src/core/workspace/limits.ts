/** What a workspace may hold, and what is said where it holds more. */
import { GantryError } from '../../contract/index.ts'

export interface CopyLimits {
  mostBytes: number
  mostFiles: number
}

export const MOST_FILES = 100_000
export const MOST_BYTES = 1024 * 1024 * 1024

const HINT =
  'Choose a smaller folder, remove what is built from other files, or give the agent more with limits.diskMb.'

const megabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1024 / 1024))} MB`

export const tooManyBytes = (where: string, { mostBytes }: CopyLimits): GantryError =>
  new GantryError('E_TOO_LARGE', `${where} holds more than the ${megabytes(mostBytes)} that fit into the workspace.`, {
    hint: HINT,
  })

export const tooManyFiles = (where: string, { mostFiles }: CopyLimits): GantryError =>
  new GantryError('E_TOO_LARGE', `${where} holds more than ${mostFiles} files.`, { hint: HINT })

export const cannotRead = (file: string, cause: unknown): GantryError =>
  new GantryError(
    'E_UNAVAILABLE',
    `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      hint: 'Let Gantry read it, or move it elsewhere: a workspace without it would not be the same.',
      cause,
    },
  )

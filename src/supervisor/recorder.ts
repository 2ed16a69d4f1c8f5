/** Writes the facts of a box down. On a full disk what could not be written is tried again until it is. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FILES, type Facts, writeWhole } from './facts.ts'

const RETRY_MS = 500

export const createRecorder = (folder: string) => {
  let wanted: Facts | undefined
  let retrying: Promise<void> | undefined

  const tryAgain = async (): Promise<void> => {
    while (wanted !== undefined && existsSync(folder)) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      write()
    }
    retrying = undefined
  }

  const write = (): void => {
    if (wanted === undefined) return
    try {
      writeWhole(join(folder, FILES.state), wanted)
      wanted = undefined
    } catch {
      retrying ??= tryAgain()
    }
  }

  return {
    record: (facts: Facts): void => {
      wanted = facts
      write()
    },
    /** Resolves when all is written, or there is nowhere to write to any more. */
    written: (): Promise<void> => retrying ?? Promise.resolve(),
  }
}

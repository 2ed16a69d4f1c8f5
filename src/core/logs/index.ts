/**
 * Owns Gantry's own log, JSON lines in `logs/gantry.log`, and the archive of what agents write, in `data/logs.db`.
 * Promises that no secret of ours reaches the first, and that the second keeps every byte once, under a hard cap.
 * Never throws into its caller and never blocks on a full disk.
 */
import pino, { type Logger } from 'pino'
import { RotatingFile } from './rotating-file.ts'
import { scrub } from './scrub.ts'

export type Log = Logger
export { SECRET_PREFIXES, scrub } from './scrub.ts'
export { openArchive } from './archive/open.ts'

const FILE_BYTES = 4 * 1024 * 1024
const FILES = 4

export interface LogHandle {
  log: Log
  setLevel: (level: string) => void
  close: () => void
}

export const openLog = (folder: string, level: string): LogHandle => {
  const file = new RotatingFile(folder, 'gantry.log', FILE_BYTES, FILES)
  const log = pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => file.write(scrub(line)) },
  )
  return {
    log,
    setLevel: (next) => {
      log.level = next
    },
    close: () => file.close(),
  }
}

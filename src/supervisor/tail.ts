/** The last bytes of what a box wrote beside the wire, in a file for whoever asks why it did not start. */
import { renameSync, writeFileSync } from 'node:fs'

const KEPT = 16 * 1024
const SETTLE_MS = 200

export const createTail = (file: string) => {
  let bytes: Buffer = Buffer.alloc(0)
  let timer: NodeJS.Timeout | undefined

  const save = (): void => {
    clearTimeout(timer)
    timer = undefined
    try {
      writeFileSync(`${file}.tmp`, bytes, { mode: 0o600 })
      renameSync(`${file}.tmp`, file)
    } catch {
      // A full disk: what it says there is lost, the box goes on.
    }
  }

  const push = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]).subarray(-KEPT)
    timer ??= setTimeout(save, SETTLE_MS)
  }

  return { push, save }
}

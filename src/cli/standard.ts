/** Standard input, output and error of this process, as a command uses them. */
import { type Readable, addAbortSignal } from 'node:stream'
import { GantryError } from '../contract/index.ts'

export interface Standard {
  input: Readable
  output: NodeJS.WritableStream
  errors: NodeJS.WritableStream
  /** Whether somebody types, and whether somebody looks. */
  isTyped: boolean
  isSeen: boolean
}

export const processStandard = (): Standard => ({
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  isTyped: process.stdin.isTTY,
  isSeen: process.stdout.isTTY,
})

/** More than Gantry would take in any request. */
const MOST_BYTES = 64 * 1024 * 1024

/** All of stdin as a text, without the line end that commands put behind what they print. */
export const readText = async ({ input }: Standard, signal: AbortSignal): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of addAbortSignal(signal, input)) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MOST_BYTES) {
      throw new GantryError('E_TOO_LARGE', `There is more than ${MOST_BYTES} bytes on stdin.`, {
        hint: 'Pipe in less.',
      })
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

/** In the reader's time: a slow one must not fill our memory. */
export const write = ({ output }: Standard, data: string | Uint8Array): Promise<void> =>
  new Promise((resolve) => (data.length === 0 ? resolve() : void output.write(data, () => resolve())))

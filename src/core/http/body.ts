/** Reads a JSON body once, under the cap, for whichever surface it is meant. */
import type { IncomingMessage } from 'node:http'
import { GantryError } from '../../contract/index.ts'

const tooLarge = (limit: number) =>
  new GantryError('E_TOO_LARGE', `The request is larger than ${limit} bytes.`, {
    hint: 'Send less at once, or raise the setting http.maxBodyBytes.',
  })

/**
 * What is over the cap is still taken off the wire, unread: a client that is cut off while it sends never sees the
 * answer that says why. This much more of it, and the connection is cut after all.
 */
const DISCARDED_BYTES = 64 * 1024 * 1024

const readBytes = (request: IncomingMessage, limit: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else chunks = []
      if (size > limit + DISCARDED_BYTES) request.destroy()
    })
    request.once('end', () => (size > limit ? reject(tooLarge(limit)) : resolve(Buffer.concat(chunks))))
    request.once('error', reject)
    request.once('close', () => reject(new GantryError('E_SCHEMA', 'The request broke off.')))
  })

export const readJsonBody = async (request: IncomingMessage, limit: number): Promise<unknown> => {
  const type = request.headers['content-type']
  const bytes = await readBytes(request, limit)
  if (bytes.length === 0) return undefined
  if (type !== undefined && !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw new GantryError('E_SCHEMA', `The body is sent as ${type}.`, {
      hint: 'Send JSON with `Content-Type: application/json`.',
    })
  }
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new GantryError('E_SCHEMA', `The body is not JSON: ${(cause as Error).message}`, {
      hint: 'Check quotes and commas; the body must be one JSON value.',
      cause,
    })
  }
}

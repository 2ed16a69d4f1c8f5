/** Reads a JSON body once, under the cap, for whichever surface it is meant. */
import type { IncomingMessage } from 'node:http'
import { GantryError } from '../../contract/index.ts'

const tooLarge = (limit: number) =>
  new GantryError('E_TOO_LARGE', `The request is larger than ${limit} bytes.`, {
    hint: 'Send less at once, or raise the setting http.maxBodyBytes.',
  })

export const readJsonBody = async (request: IncomingMessage, limit: number): Promise<unknown> => {
  const { 'content-length': length, 'content-type': type } = request.headers
  if (Number(length) > limit) throw tooLarge(limit)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  if (type !== undefined && !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw new GantryError('E_SCHEMA', `The body is sent as ${type}.`, { hint: 'Send JSON with `Content-Type: application/json`.' })
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw new GantryError('E_SCHEMA', `The body is not JSON: ${(cause as Error).message}`, {
      hint: 'Check quotes and commas; the body must be one JSON value.',
      cause,
    })
  }
}

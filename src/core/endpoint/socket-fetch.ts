/** `fetch` over the owner-only socket: the same signature, so that clients need not know where Gantry listens. */
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import type { Endpoint } from './file.ts'

const bodyless = new Set([204, 205, 304])

const toResponse = (message: IncomingMessage): Response => {
  const status = message.statusCode ?? 500
  const headers = new Headers()
  for (const [name, value] of Object.entries(message.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one)
  }
  const body = bodyless.has(status) ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>)
  return new Response(body, { status, headers })
}

export const socketFetch =
  ({ socket, token }: Pick<Endpoint, 'socket' | 'token'>) =>
  async (input: Request | URL | string, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
    const { pathname, search } = new URL(request.url)
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({
        socketPath: socket,
        // A connection for each request: one kept from before may have died, and then nobody knows what has arrived.
        agent: false,
        path: pathname + search,
        method: request.method,
        headers: { ...Object.fromEntries(request.headers), authorization: `Bearer ${token}` },
        signal: request.signal,
      })
      outgoing.once('error', reject)
      outgoing.once('response', (message) => resolve(toResponse(message)))
      outgoing.end(body)
    })
  }

// EAGAIN: nobody takes connections from the queue any more, so it is full.
const NOBODY_THERE = new Set(['ECONNREFUSED', 'ENOENT', 'EAGAIN'])
const BROKEN_OFF = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_SOCKET'])

const codesOf = (error: unknown): string[] => {
  if (!(error instanceof Error)) return []
  const { code } = error as NodeJS.ErrnoException
  return [...(code === undefined ? [] : [code]), ...codesOf(error.cause)]
}

/** Whether nobody answered at all, so that what was sent cannot have had an effect. */
export const neverArrived = (error: unknown): boolean => codesOf(error).some((code) => NOBODY_THERE.has(code))

/** Whether the other side went away, before or during the answer. */
export const isConnectionLoss = (error: unknown): boolean =>
  neverArrived(error) ||
  codesOf(error).some((code) => BROKEN_OFF.has(code)) ||
  (error instanceof TypeError && error.message === 'terminated')

/** An HTTP request that a program made here, asked of Gantry, and the answer as it comes. */
import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HTTP_PATH, MAX_BODY_BYTES, MAX_OPEN } from '../wire/index.ts'
import type { Outbox } from './outbox.ts'
import type { Tunnel } from './tunnel.ts'

/** About one connection, not about what is asked. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const STATUS: Record<string, number> = {
  E_AUTH: 401,
  E_FORBIDDEN: 403,
  E_NOT_FOUND: 404,
  E_QUOTA: 429,
  E_RATE: 429,
  E_SCHEMA: 400,
  E_TIMEOUT: 504,
  E_TOO_LARGE: 413,
  E_UNAVAILABLE: 503,
}

export const statusOf = (code: string): number => STATUS[code] ?? 502

/** What SDKs of models understand as well. */
export const refuse = (response: ServerResponse, code: string, message: string) => {
  response.writeHead(statusOf(code), { 'content-type': 'application/json' })
  response.end(`${JSON.stringify({ error: { message, type: code, code } })}\n`)
}

export const headersOf = (request: IncomingMessage): Record<string, string> => {
  const pairs = Object.entries(request.headers).filter(([name]) => !OF_THE_CONNECTION.has(name))
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
}

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_BODY_BYTES) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

export const createRequests = (tunnel: Tunnel, outbox: Outbox) => {
  const waiting: (() => void)[] = []
  let free = MAX_OPEN

  /** More than the wire carries at once wait here, unread. */
  const enter = async () => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }

  const ask = (request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> =>
    new Promise((resolve) => {
      // It went while its request was read.
      if (response.destroyed) return resolve()
      const exchange = tunnel.start(
        {
          method: 'http',
          params: {
            method: request.method ?? 'GET',
            path: request.url ?? '/',
            headers: headersOf(request),
            bytes: body.length,
          },
        },
        {
          onHead: ({ status, headers }) => {
            response.writeHead(status, headers)
            response.flushHeaders()
          },
          onData: (bytes) => void response.write(bytes, () => exchange.passed(bytes.length)),
          onEnd: () => {
            exchange.done()
            response.end()
          },
          onError: ({ code, message }) => {
            if (response.headersSent) response.destroy()
            else refuse(response, code, message)
          },
        },
        body,
      )
      response.once('close', () => {
        exchange.cancel()
        resolve()
      })
    })

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!HTTP_PATH.test(request.url ?? '')) return refuse(response, 'E_SCHEMA', 'This is not a path.')
    await enter()
    try {
      const body = await readBody(request)
      if (body === undefined) {
        response.shouldKeepAlive = false
        return refuse(response, 'E_TOO_LARGE', `A request may have ${MAX_BODY_BYTES / 1024 / 1024} MiB.`)
      }
      await outbox.whenRoom()
      await ask(request, response, body)
    } catch {
      // Whoever asked went away while it was read.
      response.destroy()
    } finally {
      leave()
    }
  }
}

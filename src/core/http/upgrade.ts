/** Requests to change the protocol of a connection: ours is WebSocket, every other wish may be ignored. */
import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export const isWebSocket = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'

const ABOUT_UPGRADE = new Set(['connection', 'upgrade', 'http2-settings'])

/**
 * Java's client asks for HTTP/2 this way with every first request, and expects an answer in HTTP/1.1 where there is none.
 * Node has let go of the connection by now: it gets it back, with the request as it would be without that wish.
 */
export const answerWithoutUpgrade = (server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void => {
  const { method = 'GET', url = '/', rawHeaders, httpVersion } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!ABOUT_UPGRADE.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}

/** An answer in plain HTTP on a connection that Node has let go of. It ends with it. */
export const responseOn = (request: IncomingMessage, socket: Duplex): ServerResponse => {
  const response = new ServerResponse(request)
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
  response.shouldKeepAlive = false
  response.once('finish', () => socket.end())
  return response
}

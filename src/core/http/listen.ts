/** Opening and closing the two doors: a loopback port for everyone with a key, a socket for this machine's owner. */
import { chmodSync, rmSync } from 'node:fs'
import { type IncomingMessage, type RequestListener, type Server, createServer } from 'node:http'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { makeOwnFolder } from '../home/index.ts'

const TRIES = 50
const MOST_CONNECTIONS = 2000

export interface Listeners {
  request: RequestListener
  upgrade: (server: Server, request: IncomingMessage, connection: Duplex, head: Buffer) => void
}

const makeServer = ({ request, upgrade }: Listeners): Server => {
  const server = createServer({ keepAliveTimeout: 30_000, headersTimeout: 10_000, requestTimeout: 60_000 }, request)
  server.maxConnections = MOST_CONNECTIONS
  server.on('upgrade', (...asked: [IncomingMessage, Duplex, Buffer]) => upgrade(server, ...asked))
  return server
}

const listening = (server: Server, listen: () => void) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve()
    })
    listen()
  })

/** The wanted port, or the next free one above it. */
export const listenOnPort = async (
  listeners: Listeners,
  host: string,
  wanted: number,
): Promise<{ server: Server; port: number }> => {
  for (let port = wanted; ; port += 1) {
    const server = makeServer(listeners)
    try {
      await listening(server, () => server.listen(port, host))
      return { server, port }
    } catch (cause) {
      const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!taken || port - wanted >= TRIES || port >= 65_535) throw cause
    }
  }
}

/** The claim on the data folder is ours by now, so a socket that lies there is from a Gantry that was killed. */
export const listenOnSocket = async (listeners: Listeners, path: string): Promise<Server> => {
  const server = makeServer(listeners)
  const isPipe = path.startsWith('\\\\')
  if (!isPipe) {
    makeOwnFolder(dirname(path))
    rmSync(path, { force: true })
  }
  await listening(server, () => server.listen(path))
  if (!isPipe) chmodSync(path, 0o600)
  return server
}

/** Requests under way are cut: whoever stops Gantry wants it stopped, and clients try again. */
export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

const GRACE_MS = 1000

/** Takes no more connections at once; those under way get a moment to finish, streams are cut after it. */
export const closeGently = (server: Server, cutStreams: () => void): void => {
  server.close()
  server.closeIdleConnections()
  setTimeout(() => {
    cutStreams()
    server.closeAllConnections()
  }, GRACE_MS).unref()
}

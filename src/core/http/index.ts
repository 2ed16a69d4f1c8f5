/**
 * Owns the HTTP surface: REST, its streams also as WebSockets, RPC, MCP, the OpenAPI description and the dashboard, on a
 * loopback port and a socket.
 * Promises that nothing is answered before host, origin, key and size were checked.
 * Never holds a rule of a domain: it translates and passes on.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type Actor,
  ERRORS,
  GantryError,
  type SettingValue,
  type Surface,
  toGantryError,
} from '../../contract/index.ts'
import type { Gateway } from '../gateway/index.ts'
import type { Log } from '../logs/index.ts'
import { actorOf } from '../operations/index.ts'
import { admit, credentialOf } from './admission.ts'
import { createApi } from './api.ts'
import { readJsonBody } from './body.ts'
import { sendDashboard } from './dashboard.ts'
import { API_HEADERS } from './headers.ts'
import type { ApiRouter } from './router.ts'
import { type Listeners, closeGently, closeServer, listenOnPort, listenOnSocket } from './listen.ts'
import { type Sockets, createSockets, keyAmongProtocols } from './sockets.ts'
import { answerWithoutUpgrade, isWebSocket, responseOn } from './upgrade.ts'

export { PAGE_HEADERS } from './headers.ts'
export { contentType, fileInside } from './dashboard.ts'

export interface HttpDeps {
  router: ApiRouter
  gateway: Gateway
  authenticate: (credential: string) => Actor | undefined
  /** Called when a credential was given and is not good. */
  onBadKey: (surface: Surface) => void
  version: string
  rendererDir: string
  socket: string
  settings: {
    allowedOrigins: () => readonly string[]
    maxBodyBytes: () => number
  }
  every: (tick: () => void, ms: number) => () => void
  /** How often a stream that has nothing to say shows that it is alive. */
  keepAliveMs?: number
  log: Log
}

const KEEP_ALIVE_MS = 15_000

/** Anyone with a key comes in by the port, this machine's owner by the socket. */
type Door = 'port' | 'socket'

interface Opened {
  server: Server
  sockets: Sockets
}

export const createHttp = (deps: HttpDeps) => {
  const { keepAliveMs = KEEP_ALIVE_MS, every, log } = deps
  const api = createApi(deps.router, keepAliveMs)
  let tcp: (Opened & { url: string }) | undefined
  let local: Opened | undefined

  /** What a caller says of itself counts only through the door that such callers come in by. */
  const surfaceOf = (request: IncomingMessage, path: string, door: Door): Surface => {
    if (path === '/mcp') return 'mcp'
    const own = door === 'socket' ? 'cli' : 'dashboard'
    return path.startsWith('/rpc/') && request.headers['x-gantry-surface'] === own ? own : 'rest'
  }

  const actorFor = (credential: string | undefined, surface: Surface): Actor | null => {
    if (credential === undefined) return null
    const actor = deps.authenticate(credential)
    if (actor !== undefined) return actor
    deps.onBadKey(surface)
    throw new GantryError('E_AUTH', 'This key is not valid.', {
      hint: 'It may have been revoked, have expired or be mistyped. `gantry access keys list` shows the keys there are.',
    })
  }

  const route = async (request: IncomingMessage, response: ServerResponse, door: Door): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if (path === '/' || path === '/dashboard') return redirect(response, '/dashboard/')
    if (path === '/docs') return redirect(response, '/dashboard/#/api')
    if (path.startsWith('/dashboard/'))
      return sendDashboard(response, deps.rendererDir, path.slice('/dashboard/'.length))

    const surface = surfaceOf(request, path, door)
    const actor = actorFor(credentialOf(request.headers), surface)
    for (const [name, value] of Object.entries(API_HEADERS)) response.setHeader(name, value)
    if (path === '/openapi.json') {
      actorOf({ actor, surface })
      return sendJson(response, 200, await description())
    }
    const body = request.method === 'GET' ? undefined : await readJsonBody(request, deps.settings.maxBodyBytes())
    if (path === '/mcp') return deps.gateway.handle(request, response, body, actorOf({ actor, surface }))
    // Nothing is the same as an empty object: not every input has a field.
    const parsed = Object.assign(request, { body: body ?? {} })
    const handled = await (path.startsWith('/rpc/') ? api.rpc : api.rest)(parsed, response, { actor, surface })
    if (!handled) {
      throw new GantryError('E_NOT_FOUND', `There is nothing at ${request.method} ${path}.`, {
        hint: 'GET /openapi.json lists what there is; /docs shows it.',
      })
    }
  }

  let described: { url: string; document: Promise<object> } | undefined
  /** Made once for an address: it is the same for everyone, and making it takes a while. */
  const description = () => {
    const url = tcp?.url ?? 'http://127.0.0.1:9090'
    if (described?.url !== url) {
      described = { url, document: import('./openapi.ts').then(({ describeApi }) => describeApi(deps.version, url)) }
    }
    return described.document
  }

  /** The origin to allow in CORS headers, of those who come by the port: the socket is for this machine's owner only. */
  const admitted = (request: IncomingMessage, door: Door): string | null =>
    door === 'socket'
      ? null
      : // The port this request came in by: while Gantry moves to another one, both are still open.
        admit(request.headers, { port: request.socket.localPort, allowedOrigins: deps.settings.allowedOrigins() })

  const answer = async (request: IncomingMessage, response: ServerResponse, door: Door) => {
    const allowed = admitted(request, door)
    if (allowed !== null) allowOrigin(response, allowed)
    if (request.method === 'OPTIONS' && door === 'port') return void response.writeHead(204).end()
    await route(request, response, door)
  }

  /** All that can be said of the request itself is said in HTTP; what the operation says comes through the socket. */
  const answerSocket = async (
    request: IncomingMessage,
    connection: Duplex,
    head: Buffer,
    { door, sockets }: { door: Door; sockets: Sockets },
  ) => {
    const life = new AbortController()
    connection.once('close', () => life.abort())
    admitted(request, door)
    const actor = actorFor(credentialOf(request.headers) ?? keyAmongProtocols(request), 'rest')
    const { url = '/', headers } = request
    const lastEventId = headers['last-event-id']
    const opened = await api.openStream(
      new Request(`http://gantry${url.startsWith('/') ? '' : '/'}${url}`, {
        signal: life.signal,
        ...(typeof lastEventId === 'string' ? { headers: { 'last-event-id': lastEventId } } : {}),
      }),
      { actor, surface: 'rest' },
    )
    if (opened.kind === 'none') {
      throw new GantryError('E_NOT_FOUND', `There is no stream at ${url.split('?', 1)[0]}.`, {
        hint: 'GET /openapi.json lists what there is: what answers as text/event-stream is a stream.',
      })
    }
    if (opened.kind === 'refused' && opened.error.code === 'E_AUTH') throw opened.error
    await sockets.accept(request, connection, head, opened)
  }

  const listeners = (door: Door, sockets: Sockets): Listeners => ({
    request: (request, response) => {
      // Node leaves out the body of the answer; all else is the same.
      if (request.method === 'HEAD') request.method = 'GET'
      answer(request, response, door).catch((thrown: unknown) => sendError(request, response, thrown, log))
    },
    upgrade: (server, request, connection, head) => {
      if (!isWebSocket(request)) return answerWithoutUpgrade(server, request, connection, head)
      connection.on('error', () => connection.destroy())
      answerSocket(request, connection, head, { door, sockets }).catch((thrown: unknown) =>
        sendError(request, responseOn(request, connection), thrown, log),
      )
    },
  })

  const newSockets = () =>
    createSockets({
      keepAliveMs,
      every,
      onFault: ({ cause }) => log.error({ cause: String(cause) }, 'stream failed'),
    })

  const listenTcp = async (host: SettingValue<'http.host'>, wanted: number) => {
    const sockets = newSockets()
    const { server, port } = await listenOnPort(listeners('port', sockets), host, wanted)
    tcp = { server, sockets, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}` }
    return tcp.url
  }

  /** Moving to another address: the call that asked for it is still to be answered here. */
  const leaveTcp = () => {
    if (tcp !== undefined) closeGently(tcp.server, tcp.sockets.stop)
    tcp = undefined
  }

  return {
    openSocket: async () => {
      const sockets = newSockets()
      local = { server: await listenOnSocket(listeners('socket', sockets), deps.socket), sockets }
    },
    listenTcp,
    leaveTcp,
    url: () => tcp?.url ?? null,
    connections: async () => {
      const counts = await Promise.all([tcp?.server, local?.server].map(connectionsOf))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    stop: async () => {
      const open = [tcp, local].filter((opened) => opened !== undefined)
      tcp = undefined
      for (const { sockets } of open) sockets.stop()
      await Promise.all(open.map(({ server }) => closeServer(server)))
    },
  }
}

const connectionsOf = (server: Server | undefined) =>
  new Promise<number>((resolve) => {
    if (server === undefined) resolve(0)
    else server.getConnections((error, count) => resolve(error === null ? count : 0))
  })

const redirect = (response: ServerResponse, location: string) =>
  void response.writeHead(302, { location, 'cache-control': 'no-store' }).end()

const allowOrigin = (response: ServerResponse, origin: string) => {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE')
  response.setHeader(
    'access-control-allow-headers',
    'authorization, content-type, last-event-id, mcp-protocol-version, mcp-session-id, x-api-key',
  )
  response.setHeader('access-control-expose-headers', 'mcp-session-id, retry-after')
  response.setHeader('access-control-max-age', '600')
  response.setHeader('vary', 'origin')
}

const sendJson = (response: ServerResponse, status: number, value: unknown) => {
  const text = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

const sendError = (request: IncomingMessage, response: ServerResponse, thrown: unknown, log: Log) => {
  const error = toGantryError(thrown)
  if (error.code === 'E_INTERNAL')
    log.error({ cause: String(error.cause), path: request.url?.split('?', 1)[0] }, 'request failed')
  if (response.headersSent) return void response.destroy()
  for (const [name, value] of Object.entries(API_HEADERS)) response.setHeader(name, value)
  if (error.code === 'E_AUTH') response.setHeader('www-authenticate', 'Bearer')
  // What was not read of the request would be taken for the next one.
  if (!request.complete) response.setHeader('connection', 'close')
  sendJson(response, ERRORS[error.code].status, error.toBody())
}

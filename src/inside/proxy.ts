/** The HTTP proxy of the box: what programs find in HTTP_PROXY. Without egress it says so to each who asks. */
import type { Buffer } from 'node:buffer'
import type * as Http from 'node:http'
import { type Duplex, pipeline } from 'node:stream'
import { CONNECT_HOST } from '../wire/index.ts'
import type { Connections } from './connections.ts'
import { Refusal } from './refusal.ts'
import { headersOf, refuse, statusOf } from './requests.ts'

const NO_WAY_OUT = new Refusal('E_FORBIDDEN', 'This agent has no way out: it was started without egress.')

const asRefusal = (error: unknown): Refusal =>
  error instanceof Refusal ? error : new Refusal('E_UPSTREAM', error instanceof Error ? error.message : String(error))

const targetOf = (authority: string): { host: string; port: number } => {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(authority) ?? []
  if (host === undefined) throw new Refusal('E_SCHEMA', 'A proxy is asked for a host and a port.')
  return { host, port: Number(port) }
}

/** Node's HTTP is handed in, because it is loaded late. */
export const createProxy = (http: typeof Http, connections: Connections, isOffered: () => boolean) => {
  const open = (target: { host: string; port: number }): Promise<Duplex> => {
    if (!isOffered()) throw NO_WAY_OUT
    if (!CONNECT_HOST.test(target.host) || target.port < 1 || target.port > 65_535) {
      throw new Refusal('E_SCHEMA', 'There is no such host and port.')
    }
    return connections.open(target.host, target.port)
  }

  /** CONNECT: bytes both ways. */
  const connect = async (request: Http.IncomingMessage, socket: Duplex, first: Buffer): Promise<void> => {
    socket.on('error', () => undefined)
    try {
      const connection = await open(targetOf(request.url ?? ''))
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (first.length > 0) connection.write(first)
      pipeline(socket, connection, socket, () => undefined)
    } catch (error) {
      const { code, message } = asRefusal(error)
      const status = statusOf(code)
      socket.end(
        `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`,
      )
    }
  }

  /** A request with a whole URL, as a proxy gets them for http. */
  const forward = async (request: Http.IncomingMessage, response: Http.ServerResponse): Promise<void> => {
    try {
      const url = new URL(request.url ?? '')
      const connection = await open({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) })
      const length = request.headers['content-length']
      const onward = http.request({
        createConnection: () => connection,
        method: request.method ?? 'GET',
        path: url.pathname + url.search,
        headers: {
          ...headersOf(request),
          host: url.host,
          connection: 'close',
          ...(length === undefined ? {} : { 'content-length': length }),
        },
      })
      const broken = (error: Error) => {
        connection.destroy()
        if (response.headersSent) response.destroy()
        else refuse(response, 'E_UPSTREAM', error.message)
      }
      onward.on('error', broken)
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, headersOf(answer))
        pipeline(answer, response, () => connection.destroy())
      })
      pipeline(request, onward, () => undefined)
    } catch (error) {
      const { code, message } = asRefusal(error)
      refuse(response, code, message)
    }
  }

  return { connect, forward }
}

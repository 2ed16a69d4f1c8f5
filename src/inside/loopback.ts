/**
 * The one thing programs can reach: a server on the box's loopback, behind which is Gantry.
 * Its port is there at once; Node's HTTP, which takes longer to load than all the rest, comes with the first caller.
 */
import type { Server } from 'node:http'
import { type Socket, createServer } from 'node:net'
import { createConnections } from './connections.ts'
import type { Outbox } from './outbox.ts'
import { createProxy } from './proxy.ts'
import { createRequests } from './requests.ts'
import type { Tunnel } from './tunnel.ts'

export const createLoopback = (tunnel: Tunnel, outbox: Outbox, hasEgress: () => boolean) => {
  const makeServer = async (): Promise<Server> => {
    const http = await import('node:http')
    const answer = createRequests(tunnel, outbox)
    const proxy = createProxy(http, createConnections(tunnel, outbox), hasEgress)
    const server = http.createServer((request, response) => {
      // A model may think for long before it answers.
      request.setTimeout(0)
      if (request.url?.startsWith('http://')) void proxy.forward(request, response)
      else void answer(request, response)
    })
    server.on('connect', (request, socket, first) => void proxy.connect(request, socket, first))
    return server
  }

  let server: Promise<Server> | undefined
  const load = () => (server ??= makeServer())

  const ports = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket: Socket) => {
    socket.on('error', () => undefined)
    void load().then((loaded) => loaded.emit('connection', socket.resume()))
  })
  const port = Promise.withResolvers<number>()
  ports.listen(0, '127.0.0.1', () => {
    const address = ports.address()
    port.resolve(typeof address === 'object' && address !== null ? address.port : 0)
  })

  return { port: port.promise, load }
}

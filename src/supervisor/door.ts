/** The socket of a supervisor: one host at a time has the wire, any number may wait for the end. */
import { type Server, type Socket, createServer } from 'node:net'
import type { Facts } from './facts.ts'
import { type Kind, KIND, WINDOW, createDeframer, frameOf, headerOf } from './frames.ts'
import type { Spool } from './spool.ts'

const PART = 256 * 1024

interface Wire {
  socket: Socket
  sent: number
  /** Up to where the host has passed it on. */
  passed: number
}

export interface DoorOptions {
  spool: Spool
  /** Bytes for the box; calls back when it takes more. */
  input: (bytes: Buffer, passed: () => void) => void
  /** The host on the wire went away, or another one took its place. */
  lost: () => void
  /** Room was made in the spool. */
  taken: () => void
  /** Nobody is connected any more. */
  away: () => void
}

export const openDoor = ({ spool, input, lost, taken, away }: DoorOptions) => {
  const connections = new Set<Socket>()
  let wire: Wire | undefined
  let end: Facts | undefined
  const left = Promise.withResolvers<void>()

  const send = (socket: Socket, kind: Kind, bytes: Buffer): void => {
    if (socket.destroyed) return
    socket.write(headerOf(kind, bytes.length))
    socket.write(bytes)
  }

  const finish = (socket: Socket): void => {
    if (end !== undefined) socket.end(frameOf(KIND.ended, JSON.stringify(end)))
  }

  const roomOf = (to: Wire) => WINDOW - (to.sent - to.passed)

  const pump = (): void => {
    if (wire === undefined) return
    while (wire.sent < spool.end() && roomOf(wire) > 0) {
      const bytes = spool.read(wire.sent, Math.min(PART, roomOf(wire)))
      if (bytes.length === 0) break
      send(wire.socket, KIND.output, bytes)
      wire.sent += bytes.length
    }
    if (end !== undefined && wire.sent >= spool.end() && !wire.socket.writableEnded) finish(wire.socket)
  }

  /** Output that has just come. Who is told everything already gets it without a way over the disk. */
  const output = (chunk: Buffer): void => {
    const isLive = wire !== undefined && wire.sent === spool.end() && roomOf(wire) >= chunk.length
    spool.append(chunk)
    if (!isLive || wire === undefined) return pump()
    send(wire.socket, KIND.output, chunk)
    wire.sent += chunk.length
  }

  const takeWire = (socket: Socket): void => {
    const before = wire
    wire = { socket, sent: spool.start(), passed: spool.start() }
    before?.socket.end(frameOf(KIND.replaced, ''))
    if (before !== undefined) lost()
    send(socket, KIND.hello, Buffer.from(String(spool.start())))
    pump()
  }

  const handle = (socket: Socket, kind: number, payload: Buffer): void => {
    // What the host before has said reached this process earlier: its turn comes first.
    if (kind === KIND.wire) return void setImmediate(takeWire, socket)
    if (wire?.socket !== socket) return
    if (kind === KIND.input) {
      const { length } = payload
      input(payload, () => send(socket, KIND.passed, Buffer.from(String(length))))
    } else if (kind === KIND.taken) {
      spool.take(Number(payload.toString()))
      taken()
    } else if (kind === KIND.passed) {
      wire.passed += Number(payload.toString())
      pump()
    }
  }

  const gone = (socket: Socket): void => {
    connections.delete(socket)
    if (wire?.socket === socket) {
      wire = undefined
      lost()
    }
    if (connections.size > 0) return
    if (end !== undefined) left.resolve()
    away()
  }

  const server: Server = createServer((socket) => {
    connections.add(socket)
    const deframe = createDeframer((kind, payload) => handle(socket, kind, payload))
    socket.on('data', (chunk) => {
      try {
        deframe(chunk)
      } catch {
        socket.destroy()
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => gone(socket))
  })

  return {
    listen: (path: string): Promise<void> =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, resolve)
      }),
    output,
    isAttended: () => connections.size > 0,
    /** Tells everybody, the one on the wire after the last of the output; resolves when all have gone. */
    end: (facts: Facts): Promise<void> => {
      end = facts
      // From here on whoever comes finds all there is on disk.
      server.close()
      for (const socket of connections) if (socket !== wire?.socket) finish(socket)
      pump()
      if (connections.size === 0) left.resolve()
      return left.promise
    },
  }
}

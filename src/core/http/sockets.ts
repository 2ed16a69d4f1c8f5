/**
 * Streams as WebSockets: an item a message, as JSON. An error is the last message, and its status with 4000 added the
 * code it closes with. A reader that is slow holds its source back; one that is gone is noticed.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import { ERRORS, GantryError, toGantryError } from '../../contract/index.ts'
import type { OpenedStream } from './stream-opener.ts'

/** The subprotocol that is answered; browsers, which can send no header, bring their key as another one beside it. */
const PROTOCOL = 'gantry'
const KEY_PROTOCOL = 'gantry.bearer.'
/** Nothing is taken from the other side but the little that the protocol itself says. */
const MOST_INCOMING_BYTES = 1024
/** So much may wait to be read before the source has to wait too. */
const HIGH_WATER_BYTES = 256 * 1024

const COMPLETE = 1000
const GOING_AWAY = 1001
const NOT_TAKEN = 1003

const protocolsOf = ({ headers }: IncomingMessage): string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())

export const keyAmongProtocols = (request: IncomingMessage): string | undefined => {
  const key = protocolsOf(request).find((name) => name.startsWith(KEY_PROTOCOL))
  if (key === undefined) return undefined
  if (protocolsOf(request).includes(PROTOCOL)) return key.slice(KEY_PROTOCOL.length)
  // A browser drops a connection on which none of its protocols was chosen, and a key is not said back.
  throw new GantryError('E_SCHEMA', `The subprotocol ${PROTOCOL} was not offered beside the key.`, {
    hint: `Offer both: ["${PROTOCOL}", "${KEY_PROTOCOL}<key>"].`,
  })
}

interface Open {
  socket: WebSocket
  /** Whether anything was heard of the other side, or read by it, since it was last asked. */
  heard: boolean
}

export interface SocketsOptions {
  keepAliveMs: number
  every: (tick: () => void, ms: number) => () => void
  /** Told what ended a stream that should not have. */
  onFault: (error: GantryError) => void
}

export const createSockets = ({ keepAliveMs, every, onFault }: SocketsOptions) => {
  const open = new Set<Open>()
  let server: WebSocketServer | undefined
  let stopAsking: (() => void) | undefined
  let stopped = false

  /** Loaded with the first who wants one. */
  const load = async (): Promise<WebSocketServer> => {
    const { WebSocketServer } = await import('ws')
    if (!stopped) stopAsking ??= every(askAll, keepAliveMs)
    server ??= new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: MOST_INCOMING_BYTES,
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    })
    return server
  }

  const askAll = () => {
    for (const one of open) {
      if (!one.heard) one.socket.terminate()
      one.heard = false
      one.socket.ping()
    }
  }

  const send = (one: Open, value: unknown): Promise<void> => {
    const { socket } = one
    return new Promise((resolve) => {
      socket.send(JSON.stringify(value), () => {
        one.heard = true
        resolve()
      })
      if (socket.bufferedAmount < HIGH_WATER_BYTES) resolve()
    })
  }

  const pump = async (one: Open, opened: Exclude<OpenedStream, { kind: 'none' }>): Promise<void> => {
    try {
      if (opened.kind === 'refused') throw opened.error
      for await (const item of opened.items) {
        if (one.socket.readyState !== one.socket.OPEN) return
        await send(one, item)
      }
      one.socket.close(COMPLETE)
    } catch (thrown) {
      if (one.socket.readyState !== one.socket.OPEN) return
      const error = toGantryError(thrown)
      if (error.code === 'E_INTERNAL') onFault(error)
      await send(one, error.toBody())
      one.socket.close(4000 + ERRORS[error.code].status, error.code)
    }
  }

  /** Takes a connection over. */
  const accept = async (
    request: IncomingMessage,
    connection: Duplex,
    head: Buffer,
    opened: Exclude<OpenedStream, { kind: 'none' }>,
  ): Promise<void> => {
    const sockets = await load()
    if (stopped) return void connection.destroy()
    sockets.handleUpgrade(request, connection, head, (socket) => {
      const one: Open = { socket, heard: true }
      const heard = () => (one.heard = true)
      open.add(one)
      socket.on('pong', heard)
      socket.on('message', () => socket.close(NOT_TAKEN, 'this is a stream to be read'))
      // Of a connection that broke: that it closes is all there is to know.
      socket.on('error', () => undefined)
      socket.on('close', () => void open.delete(one))
      void pump(one, opened)
    })
  }

  return {
    accept,
    size: () => open.size,
    stop: () => {
      stopped = true
      stopAsking?.()
      for (const { socket } of open) {
        socket.close(GOING_AWAY, 'Gantry went away')
        socket.terminate()
      }
    },
  }
}

export type Sockets = ReturnType<typeof createSockets>

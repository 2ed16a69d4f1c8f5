/** A connection to the outside, opened by Gantry, which decides whether it may be. */
import type { Buffer } from 'node:buffer'
import { Duplex } from 'node:stream'
import { MAX_DATA_BYTES, WINDOW_BYTES, createWindow, encodeBytes } from '../wire/index.ts'
import type { Outbox } from './outbox.ts'
import { Refusal } from './refusal.ts'
import type { Tunnel } from './tunnel.ts'

export const createConnections = (tunnel: Tunnel, outbox: Outbox) => {
  const open = (host: string, port: number): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      const window = createWindow(WINDOW_BYTES)
      let unread = 0
      let isEndSent = false
      let isEndSeen = false

      const sendAll = async (bytes: Buffer): Promise<void> => {
        for (let from = 0; from < bytes.length;) {
          await outbox.whenRoom()
          const room = await window.room()
          if (room === 0) throw new Error('the connection is closed')
          const piece = bytes.subarray(from, from + Math.min(room, MAX_DATA_BYTES))
          window.use(piece.length)
          exchange.send(encodeBytes(piece))
          from += piece.length
        }
      }

      const write = async (bytes: Buffer, done: (error?: Error | null) => void): Promise<void> => {
        const error = await sendAll(bytes).then(
          () => null,
          (reason: Error) => reason,
        )
        done(error)
      }

      const connection = new Duplex({
        read: () => {
          exchange.passed(unread)
          unread = 0
        },
        write: (bytes: Buffer, _encoding, done) => void write(bytes, done),
        final: (done) => {
          isEndSent = true
          exchange.end()
          done()
        },
        destroy: (error, done) => {
          window.close()
          if (isEndSent && isEndSeen) exchange.done()
          else exchange.cancel()
          done(error)
        },
      })

      const exchange = tunnel.start(
        { method: 'connect', params: { host, port } },
        {
          onResult: () => resolve(connection),
          onData: (bytes) => {
            unread += bytes.length
            if (!connection.push(bytes)) return
            exchange.passed(unread)
            unread = 0
          },
          onEnd: () => {
            isEndSeen = true
            connection.push(null)
          },
          onTook: (bytes) => void window.give(bytes),
          onError: ({ code, message }) => {
            const refusal = new Refusal(code, message)
            reject(refusal)
            // What came before the end is still to be read; only writing is over.
            if (isEndSeen) window.close()
            else connection.destroy(refusal)
          },
        },
      )
      // Whoever uses it hears of its errors as well.
      connection.on('error', () => undefined)
    })

  return { open }
}

export type Connections = ReturnType<typeof createConnections>

/**
 * What is open between the box and Gantry: requests and connections, each under its id. They outlast a Gantry that went
 * away: what had no answer yet is asked again, what was in the middle breaks off.
 */
import { Buffer } from 'node:buffer'
import { type Answer, type Bytes, type InsideRequest, MAX_DATA_BYTES, decodeBytes, encodeBytes } from '../wire/index.ts'
import type { Outbox } from './outbox.ts'

/** How much was passed on before Gantry is told. */
const TELL_BYTES = 64 * 1024

type Asked = InsideRequest extends infer R ? (R extends InsideRequest ? Omit<R, 'id'> : never) : never

export interface Listener {
  onHead?: (head: { status: number; headers: Record<string, string> }) => void
  /** A connection is there. */
  onResult?: () => void
  onData: (bytes: Buffer) => void
  onEnd: () => void
  onTook?: (bytes: number) => void
  /** It failed, or broke off. Nothing comes after this. */
  onError: (error: { code: string; message: string }) => void
}

export interface Exchange {
  send: (bytes: Bytes) => void
  end: () => void
  /** So many bytes that came in were passed on. */
  passed: (bytes: number) => void
  cancel: () => void
  /** Both sides are through. */
  done: () => void
}

interface Open {
  id: number
  request: Asked
  body: Buffer
  isAnswered: boolean
  listener: Listener
}

const AWAY = { code: 'E_UNAVAILABLE', message: 'Gantry was restarted while it answered. Try again.' }

export const createTunnel = (outbox: Outbox) => {
  const open = new Map<number, Open>()
  let lastId = 0

  const ask = (entry: Open) => {
    lastId += 1
    entry.id = lastId
    open.set(entry.id, entry)
    outbox.send({ id: entry.id, ...entry.request })
    void sendBody(entry, entry.id)
  }

  /** Unless it is over before, or asked again. */
  const sendBody = async ({ body }: Open, id: number): Promise<void> => {
    for (let from = 0; from < body.length; from += MAX_DATA_BYTES) {
      await outbox.whenRoom()
      if (!open.has(id)) return
      outbox.send({ method: 'data', params: { id, ...encodeBytes(body.subarray(from, from + MAX_DATA_BYTES)) } })
    }
  }

  const start = (request: Asked, listener: Listener, body: Buffer = Buffer.alloc(0)): Exchange => {
    const entry: Open = { id: 0, request, body, isAnswered: false, listener }
    let untold = 0
    ask(entry)
    const isOpen = () => open.get(entry.id) === entry
    return {
      send: (bytes) => isOpen() && outbox.send({ method: 'data', params: { id: entry.id, ...bytes } }),
      end: () => isOpen() && outbox.send({ method: 'end', params: { id: entry.id } }),
      passed: (bytes) => {
        untold += bytes
        if (untold < TELL_BYTES || !isOpen()) return
        outbox.send({ method: 'took', params: { id: entry.id, bytes: untold } })
        untold = 0
      },
      cancel: () => {
        if (!isOpen()) return
        open.delete(entry.id)
        outbox.send({ method: 'cancel', params: { id: entry.id } })
      },
      done: () => void open.delete(entry.id),
    }
  }

  const fail = (entry: Open, error: { code: string; message: string }) => {
    open.delete(entry.id)
    entry.listener.onError(error)
  }

  return {
    start,
    onAnswer: (answer: Answer) => {
      const entry = open.get(answer.id)
      if (entry === undefined) return
      if ('error' in answer) return fail(entry, answer.error)
      entry.isAnswered = true
      entry.listener.onResult?.()
    },
    onHead: ({ id, ...head }: { id: number; status: number; headers: Record<string, string> }) => {
      const entry = open.get(id)
      if (entry === undefined) return
      entry.isAnswered = true
      entry.listener.onHead?.(head)
    },
    onData: ({ id, ...bytes }: { id: number } & Bytes) => open.get(id)?.listener.onData(decodeBytes(bytes)),
    onEnd: ({ id }: { id: number }) => open.get(id)?.listener.onEnd(),
    onTook: ({ id, bytes }: { id: number; bytes: number }) => open.get(id)?.listener.onTook?.(bytes),
    /** There is a new Gantry, which knows of nothing. */
    again: () => {
      const all = [...open.values()]
      open.clear()
      for (const entry of all) {
        if (entry.isAnswered) fail(entry, AWAY)
        else ask(entry)
      }
    },
  }
}

export type Tunnel = ReturnType<typeof createTunnel>

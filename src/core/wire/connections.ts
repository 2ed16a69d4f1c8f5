/** Connections from inside to the outside: opened where that is allowed, and then bytes both ways, bounded in each. */
import type { Duplex } from 'node:stream'
import { GantryError, toGantryError } from '../../contract/index.ts'
import { type Bytes, MAX_OPEN, WINDOW_BYTES, type Window, createWindow, decodeBytes } from '../../wire/index.ts'
import { WireViolation } from './frames.ts'
import type { Outbox } from './outbox.ts'
import { sendAll } from './streaming.ts'
import type { WireHandlers } from './types.ts'

/** How much was passed on before the box is told. */
const TELL_BYTES = 64 * 1024

interface Open {
  abort: AbortController
  /** What goes into the box. */
  window: Window
  stream: Duplex | undefined
  /** What came from the box and was not passed on yet, and what it was not told of. */
  waiting: number
  untold: number
  isEnded: boolean
}

export const createConnections = (connect: WireHandlers['connect'], outbox: Outbox) => {
  const open = new Map<number, Open>()

  const copyIn = async (id: number, stream: Duplex, window: Window): Promise<void> => {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      if (!(await sendAll(outbox, id, Buffer.from(chunk as Buffer), window))) return
    }
    await outbox.send({ method: 'end', params: { id } })
  }

  const finished = (stream: Duplex): Promise<void> =>
    new Promise((resolve, reject) => {
      if (stream.writableFinished) resolve()
      stream.once('finish', resolve)
      stream.once('error', reject)
      stream.once('close', () =>
        stream.writableFinished ? resolve() : reject(new Error('The connection was closed.')),
      )
    })

  const serve = async (id: number, target: { host: string; port: number }, entry: Open): Promise<void> => {
    const { abort, window } = entry
    try {
      const stream = await connect(target, abort.signal)
      // Also when it fails at a moment in which nobody listens.
      stream.on('error', () => undefined)
      if (abort.signal.aborted) {
        stream.destroy()
        return
      }
      entry.stream = stream
      const written = finished(stream)
      written.catch(() => undefined)
      await outbox.send({ id, result: {} })
      await copyIn(id, stream, window)
      await written
      // The other side is through with both ways; the box would wait for room that never comes.
      if (!entry.isEnded) throw new GantryError('E_UPSTREAM', 'The other side closed the connection.')
    } catch (error) {
      const { code, message } = toGantryError(error)
      if (!abort.signal.aborted) await outbox.send({ id, error: { code, message } })
    } finally {
      open.delete(id)
      entry.stream?.destroy()
    }
  }

  const passed = (id: number, entry: Open, bytes: number) => {
    entry.waiting -= bytes
    entry.untold += bytes
    if (entry.untold < TELL_BYTES || !open.has(id)) return
    void outbox.send({ method: 'took', params: { id, bytes: entry.untold } })
    entry.untold = 0
  }

  /** Nothing may come before it is open, or after it was ended. */
  const streamOf = ({ stream, isEnded }: Open): Duplex => {
    if (stream === undefined || isEnded) throw new WireViolation('bytes for a connection that takes none')
    return stream
  }

  const cancel = (entry: Open) => {
    entry.window.close()
    entry.abort.abort()
    entry.stream?.destroy()
  }

  return {
    size: () => open.size,
    /** Opens it, or says why not. */
    start: (id: number, target: { host: string; port: number }): GantryError | undefined => {
      if (open.size >= MAX_OPEN) return new GantryError('E_RATE', `More than ${MAX_OPEN} connections at once.`)
      const entry: Open = {
        abort: new AbortController(),
        window: createWindow(WINDOW_BYTES),
        stream: undefined,
        waiting: 0,
        untold: 0,
        isEnded: false,
      }
      open.set(id, entry)
      void serve(id, target, entry)
      return undefined
    },
    onData: (id: number, bytes: Bytes) => {
      const entry = open.get(id)
      if (entry === undefined) return
      const stream = streamOf(entry)
      const chunk = decodeBytes(bytes)
      entry.waiting += chunk.length
      if (entry.waiting + entry.untold > WINDOW_BYTES) throw new WireViolation('more bytes than there was room for')
      if (stream.writable) stream.write(chunk, () => passed(id, entry, chunk.length))
    },
    onEnd: (id: number) => {
      const entry = open.get(id)
      if (entry === undefined) return
      const stream = streamOf(entry)
      entry.isEnded = true
      stream.end()
    },
    onTook: (id: number, bytes: number) => {
      if (open.get(id)?.window.give(bytes) === false) throw new WireViolation('more was taken than was sent')
    },
    cancel: (id: number) => {
      const entry = open.get(id)
      if (entry !== undefined) cancel(entry)
    },
    close: () => {
      for (const entry of open.values()) cancel(entry)
    },
  }
}

/** Connections from inside to the outside: opened where that is allowed, and then bytes both ways, bounded in each. */
import type { Duplex } from 'node:stream'
import { GantryError, toGantryError } from '../../contract/index.ts'
import { type Bytes, MAX_OPEN, WINDOW_BYTES, type Window, createWindow, decodeBytes } from '../../wire/index.ts'
import { WireViolation } from './frames.ts'
import { type Inlet, createInlet } from './inlet.ts'
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
  /** What comes from the box, once the connection is there. */
  inlet: Inlet | undefined
  /** What was passed on and the box was not told of. */
  untold: number
}

const written = (stream: Duplex): Promise<void> =>
  new Promise((resolve, reject) => {
    if (stream.writableFinished) resolve()
    stream.once('finish', resolve)
    stream.once('error', reject)
    stream.once('close', () => (stream.writableFinished ? resolve() : reject(new Error('The connection was closed.'))))
  })

export const createConnections = (connect: WireHandlers['connect'], outbox: Outbox) => {
  const open = new Map<number, Open>()

  const onPassed = (id: number, entry: Open, bytes: number) => {
    entry.untold += bytes
    if (entry.untold < TELL_BYTES || !open.has(id)) return
    void outbox.send({ method: 'took', params: { id, bytes: entry.untold } })
    entry.untold = 0
  }

  const copyIn = async (id: number, stream: Duplex, window: Window): Promise<void> => {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      if (!(await sendAll(outbox, id, Buffer.from(chunk as Buffer), window))) return
    }
    await outbox.send({ method: 'end', params: { id } })
  }

  const carry = async (id: number, stream: Duplex, entry: Open): Promise<void> => {
    // Also when it fails at a moment in which nobody listens.
    stream.on('error', () => undefined)
    entry.stream = stream
    if (entry.abort.signal.aborted) return
    entry.inlet = createInlet(stream, (bytes) => onPassed(id, entry, bytes))
    const isWritten = written(stream)
    isWritten.catch(() => undefined)
    await outbox.send({ id, result: {} })
    await copyIn(id, stream, entry.window)
    await isWritten
    // The other side is through with both ways; the box would wait for room that never comes.
    if (!entry.inlet.isEnded()) throw new GantryError('E_UPSTREAM', 'The other side closed the connection.')
  }

  const serve = async (id: number, target: { host: string; port: number }, entry: Open): Promise<void> => {
    try {
      await carry(id, await connect(target, entry.abort.signal), entry)
    } catch (error) {
      const { code, message } = toGantryError(error)
      if (!entry.abort.signal.aborted) await outbox.send({ id, error: { code, message } })
    } finally {
      open.delete(id)
      entry.stream?.destroy()
    }
  }

  /** Nothing may come before it is open, or after it was ended. */
  const inletOf = ({ inlet }: Open): Inlet => {
    if (inlet === undefined || inlet.isEnded()) throw new WireViolation('bytes for a connection that takes none')
    return inlet
  }

  const cancel = ({ window, abort, stream }: Open) => {
    window.close()
    abort.abort()
    stream?.destroy()
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
        inlet: undefined,
        untold: 0,
      }
      open.set(id, entry)
      void serve(id, target, entry)
      return undefined
    },
    onData: (id: number, bytes: Bytes) => {
      const entry = open.get(id)
      if (entry === undefined) return
      const inlet = inletOf(entry)
      const chunk = decodeBytes(bytes)
      if (inlet.waiting() + entry.untold + chunk.length > WINDOW_BYTES) {
        throw new WireViolation('more bytes than there was room for')
      }
      inlet.push(chunk)
    },
    onEnd: (id: number) => {
      const entry = open.get(id)
      if (entry !== undefined) inletOf(entry).end()
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

/** HTTP requests from inside: handed on when they are whole, and answered no faster than the box takes it. */
import { GantryError, toGantryError } from '../../contract/index.ts'
import {
  type Bytes,
  type InsideRequest,
  MAX_OPEN,
  WINDOW_BYTES,
  type Window,
  createWindow,
  decodeBytes,
} from '../../wire/index.ts'
import { WireViolation } from './frames.ts'
import type { Outbox } from './outbox.ts'
import { sendAll } from './streaming.ts'
import type { InsideHttpResponse, WireHandlers } from './types.ts'

type HttpRequest = Extract<InsideRequest, { method: 'http' }>

/** Bodies of requests that are under way, all together. */
const BODIES_MOST = 32 * 1024 * 1024

/** About one connection, not about what is answered. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-authenticate'])

interface Open {
  params: HttpRequest['params']
  /** Made when the first of it comes, as long as all of it, so that no number of pieces takes more. */
  body: Buffer | undefined
  received: number
  abort: AbortController
  window: Window
}

const headersFor = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase())))

async function* piecesOf(body: InsideHttpResponse['body']): AsyncGenerator<Buffer, void, void> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    yield Buffer.from(body)
    return
  }
  for await (const piece of body) yield Buffer.from(piece)
}

export const createRequests = (http: WireHandlers['http'], outbox: Outbox) => {
  const open = new Map<number, Open>()
  let bodies = 0

  const answer = async (id: number, { status, headers, body }: InsideHttpResponse, { abort, window }: Open) => {
    if (abort.signal.aborted) return
    await outbox.send({ method: 'head', params: { id, status, headers: headersFor(headers) } })
    if (abort.signal.aborted) return
    for await (const piece of piecesOf(body)) {
      if (abort.signal.aborted || !(await sendAll(outbox, id, piece, window))) return
    }
    if (!abort.signal.aborted) await outbox.send({ method: 'end', params: { id } })
  }

  const forget = (id: number, { params }: Open) => {
    bodies -= params.bytes
    open.delete(id)
  }

  const serve = async (id: number, entry: Open): Promise<void> => {
    const { method, path, headers } = entry.params
    try {
      await answer(id, await http({ method, path, headers, body: entry.body }, entry.abort.signal), entry)
    } catch (error) {
      const { code, message } = toGantryError(error)
      if (!entry.abort.signal.aborted) await outbox.send({ id, error: { code, message } })
    } finally {
      forget(id, entry)
    }
  }

  const isWhole = ({ received, params }: Open) => received === params.bytes

  return {
    size: () => open.size,
    /** Starts to serve it, or says why not. */
    start: ({ id, params }: HttpRequest): GantryError | undefined => {
      if (open.size >= MAX_OPEN) return new GantryError('E_RATE', `More than ${MAX_OPEN} requests at once.`)
      if (bodies + params.bytes > BODIES_MOST) return new GantryError('E_RATE', 'Too much is sent at once.')
      const entry: Open = {
        params,
        body: undefined,
        received: 0,
        abort: new AbortController(),
        window: createWindow(WINDOW_BYTES),
      }
      open.set(id, entry)
      bodies += params.bytes
      if (isWhole(entry)) void serve(id, entry)
      return undefined
    },
    /** More of its body. */
    onData: (id: number, bytes: Bytes) => {
      const entry = open.get(id)
      if (entry === undefined) return
      const piece = decodeBytes(bytes)
      if (entry.received + piece.length > entry.params.bytes)
        throw new WireViolation('more of a body than was announced')
      if (piece.length === 0) return
      entry.body ??= Buffer.allocUnsafe(entry.params.bytes)
      piece.copy(entry.body, entry.received)
      entry.received += piece.length
      if (isWhole(entry)) void serve(id, entry)
    },
    onTook: (id: number, bytes: number) => {
      if (open.get(id)?.window.give(bytes) === false) throw new WireViolation('more was taken than was sent')
    },
    /** What serves it may take a while to notice: until then it counts as open. */
    cancel: (id: number) => {
      const entry = open.get(id)
      if (entry === undefined) return
      entry.window.close()
      entry.abort.abort()
      if (!isWhole(entry)) forget(id, entry)
    },
    close: () => {
      for (const { abort, window } of open.values()) {
        window.close()
        abort.abort()
      }
    },
  }
}

/** HTTP requests from inside: handed on, and answered as the answer comes, no faster than the box takes it. */
import { GantryError, toGantryError } from '../../contract/index.ts'
import { type InsideRequest, MAX_OPEN, WINDOW_BYTES, type Window, createWindow, decodeBytes } from '../../wire/index.ts'
import { WireViolation } from './frames.ts'
import type { Outbox } from './outbox.ts'
import { sendAll } from './streaming.ts'
import type { InsideHttpResponse, WireHandlers } from './types.ts'

/** Bodies of requests that are under way, all together. */
const BODIES_MOST = 32 * 1024 * 1024

/** About one connection, not about what is answered. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-authenticate'])

interface Open {
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
    if (!abort.signal.aborted)
      await outbox.send({ method: 'head', params: { id, status, headers: headersFor(headers) } })
    if (abort.signal.aborted) return
    for await (const piece of piecesOf(body)) {
      if (abort.signal.aborted || !(await sendAll(outbox, id, piece, window))) return
    }
    if (!abort.signal.aborted) await outbox.send({ method: 'end', params: { id } })
  }

  const serve = async ({ id, params }: Extract<InsideRequest, { method: 'http' }>): Promise<void> => {
    const { body, ...request } = params
    const bytes = body === undefined ? undefined : decodeBytes(body)
    const size = bytes?.length ?? 0
    const entry: Open = { abort: new AbortController(), window: createWindow(WINDOW_BYTES) }
    open.set(id, entry)
    bodies += size
    try {
      await answer(id, await http({ ...request, body: bytes }, entry.abort.signal), entry)
    } catch (error) {
      const { code, message } = toGantryError(error)
      if (!entry.abort.signal.aborted) await outbox.send({ id, error: { code, message } })
    } finally {
      bodies -= size
      open.delete(id)
    }
  }

  return {
    size: () => open.size,
    /** Starts to serve it, or says why not. */
    start: (request: Extract<InsideRequest, { method: 'http' }>): GantryError | undefined => {
      if (open.size >= MAX_OPEN) return new GantryError('E_RATE', `More than ${MAX_OPEN} requests at once.`)
      if (bodies > BODIES_MOST) return new GantryError('E_RATE', 'Too much is sent at once.')
      void serve(request)
      return undefined
    },
    onTook: (id: number, bytes: number) => {
      if (open.get(id)?.window.give(bytes) === false) throw new WireViolation('more was taken than was sent')
    },
    /** What serves it may take a while to notice: until then it counts as open. */
    cancel: (id: number) => {
      const entry = open.get(id)
      entry?.window.close()
      entry?.abort.abort()
    },
    close: () => {
      for (const { abort, window } of open.values()) {
        window.close()
        abort.abort()
      }
    },
  }
}

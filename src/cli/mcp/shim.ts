/**
 * `gantry mcp`: MCP on stdin and stdout for clients that start a program to talk to.
 * Promises that Gantry is there (it starts one without a window where none runs), that a restart of Gantry does not
 * end the client's session, and that it ends itself when its client closes stdin.
 * Never writes anything but protocol to stdout.
 */
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { GantryError } from '../../contract/index.ts'
import { ensureHost } from '../host.ts'
import { neverArrived } from '../../core/endpoint/index.ts'
import { type Message, SessionGone, Upstream } from './upstream.ts'

export interface ShimOptions {
  home: string
  input: Readable
  output: Writable
  signal: AbortSignal
}

/** JSON-RPC: the range for errors of an implementation, and the codes for what is no message at all. */
const SERVER_ERROR = -32_000
const INVALID_REQUEST = -32_600
const PARSE_ERROR = -32_700

const TRIES_AGAIN = 2

/** How long what is under way may still take when nobody asks for more. */
const GRACE_MS = 2000

const INTERRUPTED = 'Gantry was restarted during this call. Whether it took effect is not known; try again.'
const UNREACHABLE = 'Gantry ends as soon as it is started. The log in its data folder may say why; try again.'

export const runShim = async ({ home, input, output, signal }: ShimOptions): Promise<void> => {
  let upstream: Promise<Upstream> | undefined
  /** The client's initialize, once it was answered: said again on its behalf to a Gantry that does not know it. */
  let introduced: Message | undefined
  let introduction: Promise<void> = Promise.resolve()
  const underWay = new Set<Promise<void>>()
  const sessions = new Set<Promise<Upstream>>()
  let isOver = false

  const write = (message: object) => void output.write(`${JSON.stringify(message)}\n`)
  const reject = (code: number, message: string) => write({ jsonrpc: '2.0', id: null, error: { code, message } })

  const fail = ({ id, method }: Message, message: string, data: object) => {
    if (id !== undefined && method !== undefined)
      write({ jsonrpc: '2.0', id, error: { code: SERVER_ERROR, message, data } })
  }
  const refuse = (message: Message, error: GantryError) =>
    fail(message, [error.message, error.hint].filter(Boolean).join(' '), { retryable: false, ...error.toBody() })

  const listen = async (to: Upstream) => {
    try {
      for await (const message of to.listen()) write(message)
    } catch {
      // The stream ends with the session; the next message opens another.
    }
  }

  const open = (): Promise<Upstream> => {
    const session = connect()
    sessions.add(session)
    return session
  }

  const end = async (session: Promise<Upstream>) => {
    await session.then((opened) => opened.close()).catch(() => undefined)
    sessions.delete(session)
  }

  /** What was asked in a session that another one follows is still answered there. */
  const retire = (session: Promise<Upstream>) => {
    upstream = undefined
    void Promise.allSettled(underWay).then(() => end(session))
  }

  const connect = async (): Promise<Upstream> => {
    const fresh = new Upstream(await ensureHost(home))
    if (introduced !== undefined) {
      for await (const _ of fresh.send({ ...introduced, id: 'gantry-reconnect' })) continue
      for await (const _ of fresh.send({ jsonrpc: '2.0', method: 'notifications/initialized' })) continue
      void listen(fresh)
    }
    return fresh
  }

  const forward = async (message: Message, triesLeft = TRIES_AGAIN): Promise<void> => {
    // Many calls notice a restart at once: the first opens the new session, the others find it open.
    const used = (upstream ??= open())
    let sent = false
    let answered = false
    try {
      const to = await used
      sent = true
      for await (const reply of to.send(message)) {
        answered ||= reply.id === message.id
        if (message.method === 'initialize' && reply.result !== undefined) introduced = message
        write(reply)
      }
      if (message.method === 'notifications/initialized') void listen(to)
      if (message.method !== undefined && message.id !== undefined && !answered)
        throw new Error('The answer broke off.')
    } catch (thrown) {
      if (isOver || answered) return
      const isRefusal = thrown instanceof GantryError
      // A refusal of what was sent says nothing against the session.
      if (!(sent && isRefusal) && upstream === used) retire(used)
      if (isRefusal) return refuse(message, thrown)
      const hadNoEffect = !sent || thrown instanceof SessionGone || neverArrived(thrown)
      if (hadNoEffect && triesLeft > 0) return forward(message, triesLeft - 1)
      fail(message, hadNoEffect ? UNREACHABLE : INTERRUPTED, {
        retryable: true,
        code: 'E_UNAVAILABLE',
        cause: thrown instanceof Error ? thrown.message : String(thrown),
      })
    }
  }

  const receive = (line: string) => {
    if (line.trim() === '') return
    let message: unknown
    try {
      message = JSON.parse(line)
    } catch {
      return reject(PARSE_ERROR, 'This line is not JSON.')
    }
    if (!isMessage(message)) return reject(INVALID_REQUEST, 'This line is not a JSON-RPC message.')
    const task = begin(message).finally(() => underWay.delete(task))
    underWay.add(task)
  }

  /** What a client sends before it was told that it is known waits for that. */
  const begin = (message: Message): Promise<void> => {
    if (message.method !== 'initialize') return introduction.then(() => forward(message))
    introduced = undefined
    if (upstream !== undefined) retire(upstream)
    introduction = forward(message)
    return introduction
  }

  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const closed = new Promise<void>((resolve) => {
    lines.once('close', resolve)
    signal.addEventListener('abort', () => resolve())
  })
  lines.on('line', receive)
  await closed
  // What was asked before stdin closed is still answered, unless it takes its time.
  await Promise.race([Promise.allSettled(underWay), aborted(AbortSignal.any([signal, AbortSignal.timeout(GRACE_MS)]))])
  isOver = true
  // A session that is only just being opened is not waited for: Gantry lets it go by itself.
  await Promise.race([Promise.all([...sessions].map(end)), aborted(AbortSignal.timeout(GRACE_MS))])
}

const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })

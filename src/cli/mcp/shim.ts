/**
 * `gantry mcp`: MCP on stdin and stdout for clients that start a program to talk to.
 * Promises that Gantry is there (it starts one without a window where none runs), that a restart of Gantry does not
 * end the client's session, and that it ends itself when its client closes stdin.
 * Never writes anything but protocol to stdout.
 */
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { GantryError, toGantryError } from '../../contract/index.ts'
import { ensureHost } from '../host.ts'
import { neverArrived } from '../socket-fetch.ts'
import { type Message, SessionGone, Upstream } from './upstream.ts'

export interface ShimOptions {
  home: string
  input: Readable
  output: Writable
  signal: AbortSignal
}

/** JSON-RPC: the range for errors of an implementation, and the code for text that is no JSON. */
const RETRYABLE = -32_000
const PARSE_ERROR = -32_700

export const runShim = async ({ home, input, output, signal }: ShimOptions): Promise<void> => {
  let upstream: Promise<Upstream> | undefined
  let initialize: Message | undefined
  const underWay = new Set<Promise<void>>()

  const write = (message: Message) => void output.write(`${JSON.stringify(message)}\n`)

  const fail = (message: Message, thrown: unknown, retryable: boolean) => {
    if (message.id === undefined || message.method === undefined) return
    const error = toGantryError(thrown)
    const text = retryable ? 'Gantry was restarted during this call. Whether it took effect is not known; try again.' : [error.message, error.hint].filter(Boolean).join(' ')
    write({ jsonrpc: '2.0', id: message.id, error: { code: RETRYABLE, message: text, data: { retryable } } })
  }

  const listen = async (to: Upstream) => {
    try {
      for await (const message of to.listen()) write(message)
    } catch {
      // The stream ends with the session; the next message opens another.
    }
  }

  const connect = async (): Promise<Upstream> => new Upstream(await ensureHost(home))

  /** A new session for a client that believes in the old one: its initialize is said again on its behalf. */
  const reconnect = async (): Promise<Upstream> => {
    const fresh = await connect()
    if (initialize !== undefined) {
      for await (const _ of fresh.send({ ...initialize, id: 'gantry-reconnect' })) continue
      for await (const _ of fresh.send({ jsonrpc: '2.0', method: 'notifications/initialized' })) continue
      void listen(fresh)
    }
    return fresh
  }

  const forward = async (message: Message, triesLeft = 2): Promise<void> => {
    upstream ??= connect()
    const used = upstream
    let answered = false
    try {
      const to = await used
      for await (const reply of to.send(message)) {
        answered ||= reply.id === message.id
        write(reply)
      }
      if (message.method === 'notifications/initialized') void listen(to)
      if (message.method !== undefined && message.id !== undefined && !answered) throw new Error('The answer broke off.')
    } catch (thrown) {
      if (signal.aborted || answered) return
      const hadNoEffect = thrown instanceof SessionGone || neverArrived(thrown)
      // Many calls notice a restart at once: the first makes the new session, the others find it made.
      if (upstream === used) upstream = message.method === 'initialize' || thrown instanceof GantryError ? undefined : reconnect()
      if (hadNoEffect && triesLeft > 0) return forward(message, triesLeft - 1)
      fail(message, thrown, !hadNoEffect && !(thrown instanceof GantryError))
    }
  }

  const receive = (line: string) => {
    if (line.trim() === '') return
    let message: Message
    try {
      message = JSON.parse(line) as Message
    } catch {
      return void output.write(`${JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: PARSE_ERROR, message: 'This line is not JSON.' } })}\n`)
    }
    if (message.method === 'initialize') initialize = message
    const task = forward(message).finally(() => underWay.delete(task))
    underWay.add(task)
  }

  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const closed = new Promise<void>((resolve) => {
    lines.once('close', resolve)
    signal.addEventListener('abort', () => resolve())
  })
  lines.on('line', receive)
  await closed
  // What was asked before stdin closed is still answered.
  await Promise.race([Promise.allSettled([...underWay]), aborted(signal)])
  await (await upstream?.catch(() => undefined))?.close()
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })

/** One MCP session with the running Gantry, over its socket. */
import { ErrorBody, GantryError } from '../../contract/index.ts'
import type { Endpoint } from '../../core/endpoint/index.ts'
import { socketFetch } from '../../core/endpoint/index.ts'
import { readEvents } from './sse.ts'

export interface Message {
  jsonrpc: '2.0'
  id?: string | number
  method?: string
  params?: { protocolVersion?: string }
  result?: { protocolVersion?: string }
  error?: { code: number; message: string; data?: unknown }
}

/** The session is not known any more: Gantry was started anew, or let it go. */
export class SessionGone extends Error {}

const CLOSE_LIMIT_MS = 1000
const MCP_URL = 'http://gantry/mcp'
const ACCEPT = 'application/json, text/event-stream'

export class Upstream {
  readonly #fetch: ReturnType<typeof socketFetch>
  readonly #ended = new AbortController()
  #closing: Promise<void> | undefined
  #session: string | undefined
  #version: string | undefined

  constructor(endpoint: Endpoint) {
    this.#fetch = socketFetch(endpoint)
  }

  /** Sends a message and yields what comes back for it. */
  async *send(message: Message): AsyncGenerator<Message, void, void> {
    const response = await this.#fetch(MCP_URL, {
      method: 'POST',
      headers: { ...this.#headers(), 'content-type': 'application/json' },
      body: JSON.stringify(message),
      signal: this.#ended.signal,
    })
    // The token is of one run of Gantry, like the session: what the next run does not know must be asked for again.
    if (response.status === 404 || response.status === 401) throw new SessionGone()
    const session = response.headers.get('mcp-session-id')
    if (session !== null) this.#session = session
    for await (const reply of messagesOf(response)) {
      if (message.method === 'initialize') this.#version = reply.result?.protocolVersion
      // A refusal before the message was understood names no message: it is the answer to this one all the same.
      yield response.ok || message.id === undefined ? reply : { ...reply, id: message.id }
    }
  }

  /** What the server says unasked, for as long as the session lasts. */
  async *listen(): AsyncGenerator<Message, void, void> {
    const response = await this.#fetch(MCP_URL, { headers: this.#headers(), signal: this.#ended.signal })
    if (response.ok) yield* messagesOf(response)
  }

  /** However often it is asked for. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#session !== undefined) {
      const signal = AbortSignal.timeout(CLOSE_LIMIT_MS)
      await this.#fetch(MCP_URL, { method: 'DELETE', headers: this.#headers(), signal }).catch(() => undefined)
    }
    this.#ended.abort()
  }

  #headers(): Record<string, string> {
    return {
      accept: ACCEPT,
      ...(this.#session === undefined ? {} : { 'mcp-session-id': this.#session }),
      ...(this.#version === undefined ? {} : { 'mcp-protocol-version': this.#version }),
    }
  }
}

async function* messagesOf(response: Response): AsyncGenerator<Message, void, void> {
  const type = response.headers.get('content-type') ?? ''
  if (response.body === null) return
  if (type.startsWith('text/event-stream')) {
    // An event without content only marks a place to resume from.
    for await (const data of readEvents(response.body)) if (data !== '') yield JSON.parse(data) as Message
    return
  }
  const text = await response.text()
  if (text === '') return
  const body = JSON.parse(text) as Message
  if (body.jsonrpc === '2.0') {
    yield body
    return
  }
  const { code, message, ...extras } = ErrorBody.parse(body)
  throw new GantryError(code, message, extras)
}

/** Plain HTTP, with nothing that a browser or fetch would add, mend or refuse. */
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { onTestFinished } from 'vitest'

export interface SendOptions {
  key?: string
  headers?: Record<string, string>
  /** An object is sent as JSON, a string or bytes as they are. */
  body?: unknown
  chunked?: boolean
  agent?: Agent
  socketPath?: string
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const bytesOf = (body: unknown): string | Buffer | undefined =>
  body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)

const prepare = (
  url: string,
  method: string,
  path: string,
  { key, headers, body, chunked, agent, socketPath }: SendOptions,
) => {
  const bytes = bytesOf(body)
  return {
    bytes,
    // The path as it is given: URL would mend what a test means to be broken.
    outgoing: request(url, {
      path,
      method,
      ...(agent === undefined ? {} : { agent }),
      ...(socketPath === undefined ? {} : { socketPath }),
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(bytes === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bytes === undefined || chunked === true ? {} : { 'content-length': String(Buffer.byteLength(bytes)) }),
        ...headers,
      },
    }),
  }
}

export const send = (url: string, method: string, path: string, options: SendOptions = {}): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { bytes, outgoing } = prepare(url, method, path, options)
    outgoing.once('error', reject)
    outgoing.once('response', (message: IncomingMessage) => {
      const chunks: Buffer[] = []
      message.on('data', (chunk: Buffer) => chunks.push(chunk))
      message.once('error', reject)
      message.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: message.statusCode ?? 0, headers: message.headers, text, json: parse(text) })
      })
    })
    outgoing.end(bytes)
  })

export interface SseEvent {
  id?: string
  event?: string
  // oxlint-disable-next-line typescript/no-explicit-any
  data?: any
}

const parseEvent = (block: string): SseEvent => {
  const event: SseEvent = {}
  for (const line of block.split('\n')) {
    if (line.startsWith('id:')) event.id = line.slice(3).trim()
    if (line.startsWith('event:')) event.event = line.slice(6).trim()
    if (line.startsWith('data:')) event.data = parse(line.slice(5).trim())
  }
  return event
}

/** A stream of server-sent events: `next()` waits for one, comments left out; `close()` leaves. */
export const openSse = async (url: string, path: string, options: SendOptions = {}) => {
  const { outgoing } = prepare(url, 'GET', path, options)
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject).end()
  })
  message.setEncoding('utf8')
  async function* read(): AsyncGenerator<SseEvent, void, void> {
    let rest = ''
    try {
      for await (const chunk of message) {
        const blocks = (rest + String(chunk)).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) if (/^(data|event):/m.test(block)) yield parseEvent(block)
      }
    } catch {
      // Cut off: for the reader that is the end.
    }
  }
  const events = read()
  const close = () => void outgoing.destroy()
  onTestFinished(close)
  return {
    status: message.statusCode,
    headers: message.headers,
    next: async () => (await events.next()).value ?? undefined,
    rest: async () => {
      const all: SseEvent[] = []
      for await (const event of events) all.push(event)
      return all
    },
    close,
  }
}

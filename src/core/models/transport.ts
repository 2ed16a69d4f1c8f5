/**
 * The only way out: an HTTP request to a provider's own address. It follows no redirect, for the key goes along with it;
 * what is no success becomes a failure, in words without the key.
 */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { CallFailure, failureOfStatus } from './failure.ts'
import { parseJson } from './json.ts'
import { streamOf } from './streams.ts'

export interface Outgoing {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: string | Buffer
  /** For the words of an error: who is asked, and which text must not appear in them. */
  provider: string
  key: string | undefined
  now: () => Date
}

export interface Upstream {
  status: number
  headers: Record<string, string>
  body: AsyncIterable<Buffer>
}

export type Send = (outgoing: Outgoing, signal: AbortSignal) => Promise<Upstream>

const MOST_ERROR_BYTES = 64 * 1024
const MOST_ANSWER_BYTES = 32 * 1024 * 1024

export const readAll = async (body: AsyncIterable<Buffer>, most = MOST_ANSWER_BYTES): Promise<string> => {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > most) throw new CallFailure('upstream', 'The provider’s answer is too large.')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** `retry-after-ms`, or `retry-after` as seconds or as a date. */
const pauseAskedFor = (headers: Record<string, string>, now: Date): number | undefined => {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(exact)) return Math.max(0, exact)
  const given = headers['retry-after']
  if (given === undefined) return undefined
  const seconds = Number(given)
  const pause = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(given) - now.getTime()
  return Number.isFinite(pause) ? Math.max(0, pause) : undefined
}

const plainHeaders = (message: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

const unreachable = (provider: string, url: string, cause: NodeJS.ErrnoException): CallFailure =>
  new CallFailure(
    'upstream',
    `${provider} at ${new URL(url).origin} cannot be reached (${cause.code ?? 'no answer'}).`,
    {
      cause,
    },
  )

const wasCut = (provider: string, cause: unknown): CallFailure =>
  new CallFailure('upstream', `The connection to ${provider} was cut.`, { cause })

/** What a signal was aborted with is why. */
const reasonOf = (signal: AbortSignal): CallFailure =>
  signal.reason instanceof CallFailure ? signal.reason : new CallFailure('cancelled', 'The call was called off.')

export const createTransport = (): { send: Send; close: () => void } => {
  const plain = new HttpAgent({ keepAlive: true })
  const secure = new HttpsAgent({ keepAlive: true })

  const open = (
    { method, url, headers, body, provider }: Outgoing,
    signal: AbortSignal,
    isRepeat: boolean,
  ): Promise<IncomingMessage | 'stale'> =>
    new Promise((resolve, reject) => {
      const isSecure = url.startsWith('https:')
      const request = (isSecure ? httpsRequest : httpRequest)(url, {
        method,
        agent: isSecure ? secure : plain,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
      })
      const leave = () => request.destroy()
      signal.addEventListener('abort', leave)
      request.once('close', () => signal.removeEventListener('abort', leave))
      request.once('response', (message) => {
        // Whoever reads it hears of an error there; one that comes when nobody reads any more is nobody's.
        message.on('error', () => undefined)
        resolve(message)
      })
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (signal.aborted) return reject(reasonOf(signal))
        // A kept connection that the other side had closed already: nothing was asked yet.
        if (request.reusedSocket && !isRepeat && error.code === 'ECONNRESET') return resolve('stale')
        return reject(unreachable(provider, url, error))
      })
      request.end(body)
    })

  async function* chunks(message: IncomingMessage, provider: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of message) yield chunk as Buffer
    } catch (error) {
      throw signal.aborted ? reasonOf(signal) : wasCut(provider, error)
    }
  }

  const send: Send = async (outgoing, signal) => {
    if (signal.aborted) throw reasonOf(signal)
    const first = await open(outgoing, signal, false)
    const message = first === 'stale' ? await open(outgoing, signal, true) : first
    if (message === 'stale') throw wasCut(outgoing.provider, undefined)
    const status = message.statusCode ?? 0
    const headers = plainHeaders(message)
    const body = chunks(message, outgoing.provider, signal)
    if (status >= 200 && status < 300) return { status, headers, body }
    if (status >= 300 && status < 400) {
      message.destroy()
      throw new CallFailure('upstream', `${outgoing.provider} sends elsewhere, and the key must not follow.`)
    }
    const retryAfterMs = pauseAskedFor(headers, outgoing.now())
    throw failureOfStatus(outgoing.provider, {
      status,
      body: parseJson(await readAll(body, MOST_ERROR_BYTES).catch(() => '')),
      key: outgoing.key,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }

  const close = () => {
    plain.destroy()
    secure.destroy()
  }
  return { send, close }
}

/** The same way out for the libraries, which know `fetch`. Nothing but the provider's own address is let through. */
export const asFetch =
  (
    send: Send,
    about: Pick<Outgoing, 'provider' | 'key' | 'now'> & { base: string },
    signal: AbortSignal,
  ): typeof fetch =>
  async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    if (!url.startsWith(`${about.base}/`)) throw new CallFailure('internal', 'A request to a strange address.')
    const body = init?.body
    const upstream = await send(
      {
        ...about,
        url,
        method: init?.method === 'GET' ? 'GET' : 'POST',
        headers: Object.fromEntries(new Headers(init?.headers)),
        ...(typeof body === 'string' ? { body } : {}),
      },
      signal,
    )
    return new Response(streamOf(upstream.body), { status: upstream.status, headers: upstream.headers })
  }

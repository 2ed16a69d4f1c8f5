/**
 * From a line to a frame, or to the rule that it breaks. Each frame is made anew of what was looked at, so that nothing
 * else in it gets any further. By hand, because output comes through here a hundred thousand lines a second.
 */
import {
  type Answer,
  type Bytes,
  CONNECT_HOST,
  HTTP_PATH,
  type InsideNotice,
  type InsideRequest,
  type Kept,
  MAX_BODY_BYTES,
  MAX_DATA_BYTES,
  MAX_LOG_BYTES,
  PATH_MOST,
  WIRE_VERSION,
} from '../../wire/index.ts'

export class WireViolation extends Error {}

export type Read =
  | { kind: 'kept'; frame: Kept }
  | { kind: 'request'; frame: InsideRequest }
  | { kind: 'notice'; frame: InsideNotice }
  | { kind: 'answer'; frame: Answer }
  /** A method that nobody here knows; with an id somebody waits for an answer. */
  | { kind: 'unknown'; id: number | undefined }

type Fields = Record<string, unknown>

const HEADERS_MOST = 64 * 1024
const HEADER_COUNT = 2048
const LATEST_TIME = 8.64e15
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const METHOD = /^[A-Z-]{1,20}$/
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// oxlint-disable-next-line no-control-regex
const HEADER_VALUE = /^[^\0-\x08\x0a-\x1f\x7f]*$/
const SIGNAL = /^SIG[A-Z0-9]{1,16}$/

const fields = (value: unknown, what: string): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WireViolation(`${what} is not an object`)
  }
  return value as Fields
}

const integer = (value: unknown, what: string, least = 0, most = Number.MAX_SAFE_INTEGER): number => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new WireViolation(`${what} is not a number from ${least} to ${most}`)
}

const matching = (value: unknown, pattern: RegExp, what: string, most = 1024): string => {
  if (typeof value === 'string' && value.length <= most && pattern.test(value)) return value
  throw new WireViolation(`${what} is not of the right form`)
}

const isBase64 = (value: unknown): value is string =>
  typeof value === 'string' && value.length % 4 === 0 && BASE64.test(value)

export const readBytes = ({ text, base64 }: Fields, most: number, what: string): Bytes => {
  if (typeof text === 'string' && base64 === undefined) {
    if (text.length <= most && Buffer.byteLength(text) <= most) return { text }
  } else if (text === undefined && isBase64(base64)) {
    if (base64.length <= Math.ceil(most / 3) * 4) return { base64 }
  } else throw new WireViolation(`${what} are neither text nor base64`)
  throw new WireViolation(`${what} are more than ${most} bytes`)
}

const readHeaders = (value: unknown): Record<string, string> => {
  const all = Object.entries(fields(value, 'headers'))
  if (all.length > HEADER_COUNT) throw new WireViolation(`more than ${HEADER_COUNT} headers`)
  let size = 0
  const pairs = all.map(([name, header]): [string, string] => {
    const text = matching(header, HEADER_VALUE, 'a header', HEADERS_MOST)
    size += name.length + text.length
    return [matching(name, HEADER_NAME, 'the name of a header', HEADERS_MOST).toLowerCase(), text]
  })
  if (size > HEADERS_MOST) throw new WireViolation(`headers of more than ${HEADERS_MOST} bytes`)
  return Object.fromEntries(pairs)
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 1000) : '')

const at = (params: Fields): number => integer(params['at'], 'at', 0, LATEST_TIME)

const readStream = (value: unknown): 'out' | 'err' => {
  if (value === 'out' || value === 'err') return value
  throw new WireViolation('there are the streams out and err')
}

const readVersion = (value: unknown): number => {
  if (value === WIRE_VERSION) return value
  const other = typeof value === 'number' ? `version ${value}` : 'another version'
  throw new WireViolation(`it speaks ${other} of the wire, Gantry speaks ${WIRE_VERSION}`)
}

const KEPT: { [M in Kept['method']]: (seq: number, params: Fields) => Kept } = {
  log: (seq, params) => ({
    seq,
    method: 'log',
    params: {
      stream: readStream(params['stream']),
      at: at(params),
      ...readBytes(params, MAX_LOG_BYTES, 'the bytes of output'),
    },
  }),
  hello: (seq, { version }) => ({ seq, method: 'hello', params: { version: readVersion(version) } }),
  started: (seq, params) => ({
    seq,
    method: 'started',
    params: { at: at(params), pid: integer(params['pid'], 'pid', 1) },
  }),
  exited: (seq, params) => ({
    seq,
    method: 'exited',
    params: {
      at: at(params),
      code: params['code'] === null ? null : integer(params['code'], 'code', 0, 255),
      signal: params['signal'] === null ? null : matching(params['signal'], SIGNAL, 'signal'),
    },
  }),
}

const REQUESTS: { [M in InsideRequest['method']]: (id: number, params: Fields) => InsideRequest } = {
  http: (id, { method, path, headers, bytes }) => ({
    id,
    method: 'http',
    params: {
      method: matching(method, METHOD, 'the method of a request'),
      path: matching(path, HTTP_PATH, 'the path of a request', PATH_MOST),
      headers: readHeaders(headers),
      bytes: integer(bytes, 'the bytes of a body', 0, MAX_BODY_BYTES),
    },
  }),
  connect: (id, { host, port }) => ({
    id,
    method: 'connect',
    params: { host: matching(host, CONNECT_HOST, 'a host'), port: integer(port, 'a port', 1, 65_535) },
  }),
}

const idOf = (params: Fields): number => integer(params['id'], 'an id', 1)

const NOTICES: { [M in InsideNotice['method']]: (params: Fields) => InsideNotice } = {
  data: (params) => ({
    method: 'data',
    params: { id: idOf(params), ...readBytes(params, MAX_DATA_BYTES, 'the bytes of a stream') },
  }),
  took: (params) => ({ method: 'took', params: { id: idOf(params), bytes: integer(params['bytes'], 'bytes') } }),
  end: (params) => ({ method: 'end', params: { id: idOf(params) } }),
  cancel: (params) => ({ method: 'cancel', params: { id: idOf(params) } }),
}

const readAnswer = (id: number, frame: Fields): Answer => {
  if (frame['error'] === undefined) return { id, result: frame['result'] }
  const { code, message } = fields(frame['error'], 'an error')
  return { id, error: { code: text(code), message: text(message) } }
}

/** Own properties only: `constructor` is no method. */
const lookUp = <T>(table: Record<string, T>, method: unknown): T | undefined =>
  typeof method === 'string' && Object.hasOwn(table, method) ? table[method] : undefined

export const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    throw new WireViolation('a line is not JSON')
  }
}

export const readFrame = (value: unknown): Read => {
  const frame = fields(value, 'a frame')
  const { method } = frame
  const kept = lookUp(KEPT, method)
  if (kept !== undefined) {
    return { kind: 'kept', frame: kept(integer(frame['seq'], 'seq', 1), fields(frame['params'], 'params')) }
  }
  const id = frame['id'] === undefined ? undefined : integer(frame['id'], 'an id', 1)
  if (method === undefined && id !== undefined) return { kind: 'answer', frame: readAnswer(id, frame) }
  const request = lookUp(REQUESTS, method)
  if (request !== undefined) {
    if (id === undefined) throw new WireViolation('a request without an id')
    return { kind: 'request', frame: request(id, fields(frame['params'], 'params')) }
  }
  const notice = lookUp(NOTICES, method)
  if (notice !== undefined) return { kind: 'notice', frame: notice(fields(frame['params'], 'params')) }
  return { kind: 'unknown', id }
}

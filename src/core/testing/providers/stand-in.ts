/**
 * A stand-in for the providers of models, as a process of its own: it speaks their protocols on a port of this machine,
 * does what the last message says (script.ts), and keeps what it was asked, headers included. Prints its address.
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { chat } from './chat.ts'
import { messages } from './messages.ts'
import { ollamaChat, ollamaGenerate } from './ollama.ts'
import type { Body, Protocol } from './protocol.ts'
import { responses } from './responses.ts'
import { type Plan, planFor, readScript } from './script.ts'

const PROTOCOLS: Record<string, Protocol> = {
  '/v1/chat/completions': chat,
  '/v1/responses': responses,
  '/v1/messages': messages,
  '/api/chat': ollamaChat,
  '/api/generate': ollamaGenerate,
}

interface Seen {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: unknown
  /** The other side went away before the answer was complete. */
  left: boolean
}

let seen: Seen[] = []
let connections = 0
const counts = new Map<string, number>()

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const sendJson = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

const never = () => new Promise<never>(() => undefined)

/** Answers with an error where the script says so. */
const refuse = (
  response: ServerResponse,
  protocol: Protocol,
  { said, key, body }: { said: string; key: string | undefined; body: Body },
): boolean => {
  const script = readScript(said)
  if (script.has('strict') && body['stream_options'] !== undefined) {
    sendJson(response, 422, protocol.error(422, 'stream_options: Extra inputs are not permitted'))
    return true
  }
  if (script.has('leak')) {
    sendJson(response, 401, protocol.error(401, `Incorrect API key provided: ${key}. See the documentation.`))
    return true
  }
  const elsewhere = script.get('redirect')
  if (elsewhere !== undefined) {
    response.writeHead(307, { location: elsewhere }).end()
    return true
  }
  const status = Number(script.get('status') ?? Number.NaN)
  const count = (counts.get(said) ?? 0) + 1
  counts.set(said, count)
  if (!Number.isFinite(status) || count > Number(script.get('times') ?? Number.POSITIVE_INFINITY)) return false
  const wait = script.get('retry-after')
  const headers: Record<string, string> = wait === undefined ? {} : { 'retry-after': wait }
  sendJson(response, status, protocol.error(status, `scripted ${status}`), headers)
  return true
}

const stream = async (response: ServerResponse, protocol: Protocol, plan: Plan, body: Body) => {
  const { options } = plan
  response.writeHead(200, { 'content-type': protocol.streamType })
  if (options.has('error-event')) {
    response.end(protocol.errorEvent('scripted trouble'))
    return
  }
  const { before, words, after } = protocol.events(plan, body)
  const gap = Number(options.get('gap') ?? 0)
  const broken = options.has('break') ? Number(options.get('break')) : undefined
  const early = options.has('end-early') ? Number(options.get('end-early')) : undefined
  const nonsense = protocol.streamType.includes('ndjson') ? '{"a\n' : 'data: {"a\n\n'
  // What was written is on its way before the next thing happens.
  const write = (text: string) => new Promise((resolve) => response.write(text, resolve))
  for (const event of before) await write(event)
  for (const [index, event] of words.entries()) {
    if (index === broken) {
      response.destroy()
      return
    }
    if (index === early) {
      response.end()
      return
    }
    if (index === 1 && options.has('stall')) await never()
    if (index === 1 && options.has('malformed')) await write(nonsense)
    if (gap > 0 && index > 0) await pause(gap)
    await write(event)
  }
  for (const event of after) await write(event)
  response.end()
}

const whole = (response: ServerResponse, protocol: Protocol, plan: Plan, body: Body) => {
  const text = JSON.stringify(protocol.whole(plan, body))
  response.writeHead(200, { 'content-type': 'application/json' })
  if (plan.options.has('malformed')) {
    response.end(text.slice(0, 20))
    return
  }
  if (plan.options.has('break')) {
    response.write(text.slice(0, 20), () => response.destroy())
    return
  }
  response.end(text)
}

const speak = async (request: IncomingMessage, response: ServerResponse, protocol: Protocol, body: Body) => {
  const headers = request.headers as Record<string, string | undefined>
  const key = protocol.keyOf(headers)
  if (protocol.needsKey && (key === undefined || key === '')) {
    sendJson(response, 401, protocol.error(401, 'You did not provide an API key.'))
    return
  }
  const asked = protocol.asked(body)
  const plan = planFor(asked)
  if (plan.options.has('hang')) await never()
  if (plan.options.has('delay')) await pause(Number(plan.options.get('delay')))
  if (refuse(response, protocol, { said: asked.said, key, body })) return
  if (protocol.isStream(body)) await stream(response, protocol, plan, body)
  else whole(response, protocol, plan, body)
}

const OWN: Record<string, () => unknown> = {
  'GET /_seen': () => ({ seen, connections }),
  'POST /_forget': () => {
    seen = []
    counts.clear()
    return {}
  },
}

const server = createServer((request, response) => {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const own = OWN[`${request.method} ${path}`]
  if (own !== undefined) {
    sendJson(response, 200, own())
    return
  }
  void readBody(request).then(async (text) => {
    const body = JSON.parse(text === '' ? '{}' : text) as Body
    const entry: Seen = { method: request.method ?? '', path, headers: request.headers, body, left: false }
    seen.push(entry)
    response.once('close', () => (entry.left = !response.writableFinished))
    if (path === '/v1/messages/count_tokens') return sendJson(response, 200, { input_tokens: 42 })
    const protocol = PROTOCOLS[path]
    if (protocol === undefined) return sendJson(response, 404, { error: { message: `no ${path}` } })
    return await speak(request, response, protocol, body)
  })
})
server.on('connection', () => (connections += 1))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}\n`)
})
// It ends with the process that started it.
process.stdin.resume().once('end', () => process.exit(0))

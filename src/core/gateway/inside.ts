/**
 * MCP for what runs in a box: a message in, its answer out. There is no session to keep, so nothing is left of a box
 * that went away in the middle.
 */
import {
  ErrorCode,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  isJSONRPCRequest,
} from '@modelcontextprotocol/sdk/types.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { InsideHttpRequest, InsideHttpResponse } from '../wire/index.ts'
import type { Invoke } from './call.ts'
import { type BeforeCall, createProtocolServer } from './session.ts'
import type { Toolset } from './tools.ts'

export interface InsideOptions {
  toolset: Toolset
  version: string
  invoke: Invoke
  before: BeforeCall
}

const json = (status: number, value: unknown): InsideHttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

const failure = (code: number, message: string) => json(400, { jsonrpc: '2.0', id: null, error: { code, message } })

const read = (body: Buffer | undefined): JSONRPCMessage | undefined => {
  try {
    return JSONRPCMessageSchema.safeParse(JSON.parse(body?.toString('utf8') ?? '')).data
  } catch {
    return undefined
  }
}

export const answerInside = async (
  request: InsideHttpRequest,
  options: InsideOptions,
  signal: AbortSignal,
): Promise<InsideHttpResponse> => {
  if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: '' }
  const message = read(request.body)
  if (message === undefined) return failure(ErrorCode.ParseError, 'This is not a message of JSON-RPC.')
  // Notices need no answer, and there is no session for them to change.
  if (!isJSONRPCRequest(message)) return { status: 202, headers: {}, body: '' }

  const answered = Promise.withResolvers<JSONRPCMessage>()
  const transport: Transport = {
    start: async () => undefined,
    send: async (outgoing) => {
      // Progress has nowhere to go: the answer is all there is.
      if ('id' in outgoing && outgoing.id === message.id) answered.resolve(outgoing)
    },
    close: async () => answered.reject(new Error('closed')),
  }
  const server = createProtocolServer(options, options.before)
  await server.connect(transport)
  const giveUp = () => void server.close()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    transport.onmessage?.(message)
    return json(200, await answered.promise)
  } finally {
    signal.removeEventListener('abort', giveUp)
    await server.close()
  }
}

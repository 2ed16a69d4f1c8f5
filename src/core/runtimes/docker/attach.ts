/**
 * The connection into a container, in both directions. Asked for with nothing in the body: what the library sends there,
 * some engines hand on as the first words to the program inside.
 */
import { type Agent, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as safeRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'

export interface AttachTarget {
  socketPath?: string | undefined
  host?: string | undefined
  port?: number | string | undefined
  protocol?: string | undefined
}

const QUERY = 'stream=1&stdin=1&stdout=1&stderr=1'

export const attach = (
  { protocol, ...target }: AttachTarget,
  agent: Agent,
  id: string,
  signal: AbortSignal,
): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const request = (protocol === 'https' ? safeRequest : plainRequest)({
      ...target,
      agent,
      signal,
      method: 'POST',
      path: `/containers/${id}/attach?${QUERY}`,
      headers: { connection: 'Upgrade', upgrade: 'tcp', 'content-length': '0' },
    })
    request.once('error', reject)
    request.once('upgrade', (_answer, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head)
      // Whoever reads or writes meets it; until somebody does, it must not end the process.
      socket.on('error', () => undefined)
      resolve(socket)
    })
    request.once('response', (answer) => void refusalOf(answer).then(reject, reject))
    request.end()
  })

/** As the library forms them, so that they are explained alike. */
const refusalOf = async (answer: IncomingMessage): Promise<Error> => {
  const words = await text(answer)
  return Object.assign(new Error(words), { statusCode: answer.statusCode ?? 500, json: parse(words) })
}

const parse = (words: string): unknown => {
  try {
    return JSON.parse(words)
  } catch {
    return undefined
  }
}

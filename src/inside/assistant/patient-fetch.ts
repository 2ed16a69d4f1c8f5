/** `fetch` without the time limits that the built-in one has: a person may take a day to answer, a model minutes. */
import { type Agent, type IncomingMessage, request } from 'node:http'

const hasNoBody = (status: number) => status === 204 || status === 304

const streamOf = (message: IncomingMessage): ReadableStream<Uint8Array> => {
  const chunks = message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => void message.destroy(),
    },
    { highWaterMark: 0 },
  )
}

export const createPatientFetch =
  (agent: Agent): typeof fetch =>
  async (input, init) => {
    const asked = new Request(input, init)
    const { method, headers, signal } = asked
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer())
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(asked.url, {
        method,
        agent,
        headers: {
          ...Object.fromEntries(headers),
          ...(body === undefined ? {} : { 'content-length': String(body.length) }),
        },
      })
      const leave = () => outgoing.destroy(new DOMException('It was called off.', 'AbortError'))
      if (signal.aborted) leave()
      signal.addEventListener('abort', leave)
      outgoing.once('close', () => signal.removeEventListener('abort', leave))
      outgoing.once('response', (response) => {
        response.on('error', () => undefined)
        resolve(response)
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
    const status = message.statusCode ?? 0
    const received = new Headers()
    for (const [name, value] of Object.entries(message.headers)) {
      if (value !== undefined) received.set(name, Array.isArray(value) ? value.join(', ') : value)
    }
    if (hasNoBody(status)) message.resume()
    return new Response(hasNoBody(status) ? null : streamOf(message), { status, headers: received })
  }

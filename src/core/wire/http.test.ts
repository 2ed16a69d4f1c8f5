import { once } from 'node:events'
import { type IncomingMessage, createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, type Socket, connect as netConnect, createServer as createNetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GantryError } from '../../contract/index.ts'
import { until } from '../testing/index.ts'
import type { InsideHttpRequest, WireHandlers } from './index.ts'
import { bytesOf, listen, openBox } from './testing.ts'

/** A box whose loopback can be called from here: its program only tells where it is, and waits. */
const openLoopback = async (handlers: Partial<WireHandlers>, change: { egress?: boolean } = {}) => {
  const box = openBox(onTestFinished)
  const side = listen(box.connect(), handlers)
  await side.wire.run(box.spec(['sh', '-c', 'echo $GANTRY_URL; cat'], change))
  await side.see('log')
  return { box, ...side, url: bytesOf(side.frames, 'out').toString().trim() }
}

async function* slowly(texts: readonly string[], gate: { wait: () => Promise<void> }) {
  for (const text of texts) {
    await gate.wait()
    yield text
  }
}

describe('a request on the loopback', () => {
  test('is handed on as it was made, and answered as it is answered', async () => {
    const seen: InsideHttpRequest[] = []
    const { url } = await openLoopback({
      http: (request) => {
        seen.push(request)
        return Promise.resolve({ status: 201, headers: { 'x-answer': 'yes', connection: 'close' }, body: 'made' })
      },
    })
    const body = Buffer.from([1, 2, 3, 255])
    const response = await fetch(`${url}/v1/things?a=1&b=%20`, {
      method: 'POST',
      body,
      headers: { authorization: 'Bearer placeholder', 'x-thing': 'ä'.normalize() },
    })
    expect({ status: response.status, answer: response.headers.get('x-answer'), text: await response.text() }).toEqual({
      status: 201,
      answer: 'yes',
      text: 'made',
    })
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/v1/things?a=1&b=%20' })
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer placeholder', 'x-thing': 'ä' })
    expect(seen[0]?.headers['connection']).toBeUndefined()
    expect(seen[0]?.body?.equals(body)).toBe(true)
  })

  test('is answered piece by piece, each when it is there', async () => {
    let open = Promise.withResolvers<void>()
    const next = () => {
      open.resolve()
      open = Promise.withResolvers()
    }
    const { url } = await openLoopback({
      http: () =>
        Promise.resolve({
          status: 200,
          headers: { 'content-type': 'text/event-stream' },
          body: slowly(['data: one\n\n', 'data: zwei – ä\n\n'], { wait: () => open.promise }),
        }),
    })
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{}' })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    next()
    expect(await reader?.read()).toEqual({ done: false, value: 'data: one\n\n' })
    next()
    expect(await reader?.read()).toEqual({ done: false, value: 'data: zwei – ä\n\n' })
    expect((await reader?.read())?.done).toBe(true)
  })

  test('that is given up is given up in Gantry, before and after the answer began', async () => {
    const signals: AbortSignal[] = []
    const { url, wire } = await openLoopback({
      http: async ({ path }, signal) => {
        signals.push(signal)
        const aborted = () =>
          new Promise<void>((resolve) => {
            if (signal.aborted) resolve()
            else signal.addEventListener('abort', () => resolve())
          })
        if (path === '/never') await aborted()
        return { status: 200, headers: {}, body: slowly(['a', 'b'], { wait: aborted }) }
      },
    })
    const first = new AbortController()
    const never = fetch(`${url}/never`, { signal: first.signal }).catch((error: Error) => error.name)
    await until(() => signals[0], 'the first request')
    first.abort()
    expect(await never).toBe('AbortError')
    const second = new AbortController()
    await fetch(`${url}/begun`, { signal: second.signal })
    second.abort()
    await until(
      () => (signals.every(({ aborted }) => aborted) && wire.open() === 0) || undefined,
      'both to be given up',
    )
  })

  test('among fifty at once gets its own answer', async () => {
    const all = Promise.withResolvers<void>()
    let count = 0
    const { url } = await openLoopback({
      http: async ({ path }) => {
        count += 1
        if (count === 50) all.resolve()
        await all.promise
        return { status: 200, headers: {}, body: path.repeat(1000) }
      },
    })
    const texts = await Promise.all(Array.from({ length: 50 }, async (_, at) => (await fetch(`${url}/${at}`)).text()))
    expect(texts).toEqual(Array.from({ length: 50 }, (_, at) => `/${at}`.repeat(1000)))
  })

  test('beyond what may be open at once waits for its turn', async () => {
    let open = 0
    let most = 0
    const { url } = await openLoopback({
      http: async () => {
        open += 1
        most = Math.max(most, open)
        await new Promise((resolve) => setImmediate(resolve))
        open -= 1
        return { status: 200, headers: {}, body: 'ok' }
      },
    })
    const statuses = await Promise.all(Array.from({ length: 150 }, async () => (await fetch(url)).status))
    expect(statuses).toEqual(Array.from({ length: 150 }, () => 200))
    expect(most).toBeLessThanOrEqual(64)
  })

  test('is refused in words that programs understand', async () => {
    const { url } = await openLoopback({
      http: ({ path }) =>
        Promise.reject(
          path === '/budget' ? new GantryError('E_QUOTA', 'The budget is used up.') : new Error('secret cause'),
        ),
    })
    const budget = await fetch(`${url}/budget`)
    expect({ status: budget.status, body: await budget.json() }).toMatchObject({
      status: 429,
      body: { error: { message: 'The budget is used up.', code: 'E_QUOTA' } },
    })
    const broken = await fetch(`${url}/broken`)
    expect(broken.status).toBe(502)
    expect(await broken.text()).not.toContain('secret')
  })

  test('breaks off for the program when the answer breaks off', async () => {
    const { url } = await openLoopback({
      http: () =>
        Promise.resolve({
          status: 200,
          headers: {},
          body: (async function* () {
            yield 'begun'
            await Promise.resolve()
            throw new Error('the provider went away')
          })(),
        }),
    })
    const response = await fetch(url)
    await expect(response.text()).rejects.toBeInstanceOf(TypeError)
  })

  test('with a body that is too large, or a path that is none, is refused inside', async () => {
    const seen: string[] = []
    const { url, wire } = await openLoopback({
      http: ({ path, body }) => {
        seen.push(`${path} ${body?.length}`)
        return Promise.resolve({ status: 200, headers: {}, body: '' })
      },
    })
    const large = await fetch(url, { method: 'POST', body: Buffer.alloc(17 * 1024 * 1024) })
    expect(large.status).toBe(413)
    const escaped = await fetch(url, { method: 'POST', body: '\u0001'.repeat(15 * 1024 * 1024) })
    expect(escaped.status).toBe(200)
    const { port } = new URL(url)
    const odd = httpRequest({ port, method: 'OPTIONS', path: '*' }).end()
    const [response] = (await once(odd, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(400)
    expect(seen).toEqual([`/ ${15 * 1024 * 1024}`])
    await wire.ping()
  })

  test('whose answer nobody reads does not fill anything', async () => {
    let sent = 0
    const { url, wire } = await openLoopback({
      http: () =>
        Promise.resolve({
          status: 200,
          headers: {},
          body: (async function* () {
            for (; sent < 64 * 1024 * 1024; sent += 64 * 1024) {
              await new Promise((resolve) => setImmediate(resolve))
              yield Buffer.alloc(64 * 1024)
            }
          })(),
        }),
    })
    const socket = netConnect(Number(new URL(url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.pause()
    socket.write('GET /much HTTP/1.1\r\nhost: here\r\n\r\n')
    await until(() => sent || undefined, 'the answer to begin')
    let seen = -1
    // Each ping goes behind what is on its way: when ten find nothing new, nothing more is sent.
    for (let same = 0; same < 10; same = sent === seen ? same + 1 : 0) {
      seen = sent
      await wire.ping()
    }
    expect(sent).toBeLessThan(16 * 1024 * 1024)
    socket.destroy()
    await until(() => wire.open() === 0 || undefined, 'the answer to be given up')
  })
})

describe('the proxy', () => {
  const openTcp = async (onSocket: (socket: Socket) => void) => {
    const server = createNetServer({ allowHalfOpen: true }, onSocket).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  }
  const opener =
    (targets: string[] = []) =>
    async ({ host, port }: { host: string; port: number }): Promise<Duplex> => {
      targets.push(`${host}:${port}`)
      if (host === 'refused.example') throw new GantryError('E_FORBIDDEN', 'refused.example is not on the list.')
      const socket = netConnect({ port, host: '127.0.0.1', allowHalfOpen: true })
      await once(socket, 'connect')
      return socket
    }
  const connectThrough = async (url: string, target: string) => {
    const request = httpRequest({ port: new URL(url).port, method: 'CONNECT', path: target }).end()
    const [response, socket, first] = (await once(request, 'connect')) as [IncomingMessage, Socket, Buffer]
    onTestFinished(() => void socket.destroy())
    if (first.length > 0) socket.unshift(first)
    return { status: response.statusCode, socket }
  }

  test('carries bytes both ways, to the end of each', async () => {
    const port = await openTcp((socket) => socket.pipe(socket))
    const targets: string[] = []
    const { url, wire } = await openLoopback({ connect: opener(targets) }, { egress: true })
    const { status, socket } = await connectThrough(url, `some.example:${port}`)
    expect(status).toBe(200)
    const sent = Buffer.alloc(8 * 1024 * 1024, 'bytes \u{1f600}')
    const received: Buffer[] = []
    socket.on('data', (chunk: Buffer) => received.push(chunk))
    socket.end(sent)
    await once(socket, 'end')
    expect(Buffer.concat(received).equals(sent)).toBe(true)
    expect(targets).toEqual([`some.example:${port}`])
    await until(() => wire.open() === 0 || undefined, 'the connection to be over')
  })

  test('delivers all that came before the other side closed', async () => {
    const port = await openTcp((socket) => socket.end(Buffer.alloc(2 * 1024 * 1024, 'x')).resume())
    const { url, wire } = await openLoopback({ connect: opener() }, { egress: true })
    const { socket } = await connectThrough(url, `some.example:${port}`)
    let received = 0
    socket.on('data', (chunk: Buffer) => (received += chunk.length))
    await once(socket, 'end')
    expect(received).toBe(2 * 1024 * 1024)
    socket.destroy()
    await until(() => wire.open() === 0 || undefined, 'the connection to be over')
  })

  test('stops the other side when the program does not read', async () => {
    let written = 0
    const port = await openTcp((socket) => {
      socket.on('error', () => undefined)
      const more = () => {
        while (written < 64 * 1024 * 1024 && socket.write(Buffer.alloc(64 * 1024))) written += 64 * 1024
      }
      socket.on('drain', more)
      more()
    })
    const { url, wire } = await openLoopback({ connect: opener() }, { egress: true })
    const { socket } = await connectThrough(url, `some.example:${port}`)
    socket.pause()
    let seen = -1
    for (let same = 0; same < 20; same = written === seen ? same + 1 : 0) {
      seen = written
      await wire.ping()
    }
    expect(written).toBeLessThan(48 * 1024 * 1024)
    socket.destroy()
    await until(() => wire.open() === 0 || undefined, 'the connection to be over')
  })

  test('says why a connection is refused', async () => {
    const { url } = await openLoopback({ connect: opener() }, { egress: true })
    const { status, socket } = await connectThrough(url, 'refused.example:443')
    expect(status).toBe(403)
    const [text] = (await once(socket, 'data')) as [Buffer]
    expect(text.toString()).toContain('refused.example is not on the list.')
    expect((await connectThrough(url, 'no-port')).status).toBe(400)
  })

  test('takes plain HTTP requests as well', async () => {
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => response.end(`${request.method} ${request.headers.host} ${request.url} ${body}`))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { url } = await openLoopback({ connect: opener() }, { egress: true })
    const ask = async (target: string) => {
      const request = httpRequest({ port: new URL(url).port, method: 'POST', path: target })
      request.end('hello')
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      let text = ''
      for await (const chunk of response) text += String(chunk)
      return { status: response.statusCode, text }
    }
    expect(await ask(`http://some.example:${port}/path?q=1`)).toEqual({
      status: 200,
      text: `POST some.example:${port} /path?q=1 hello`,
    })
    expect(await ask('http://refused.example/')).toMatchObject({ status: 403 })
  })

  test('is not there without egress, and says so', async () => {
    const targets: string[] = []
    const { url } = await openLoopback({ connect: opener(targets) })
    expect((await connectThrough(url, 'some.example:443')).status).toBe(403)
    expect(targets).toEqual([])
  })
})

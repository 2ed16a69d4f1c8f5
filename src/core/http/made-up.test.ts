/** A contract made up for this over real HTTP: readers that do not keep up, and input that is nested. */
import { eventIterator } from '@orpc/contract'
import { implement } from '@orpc/server'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { operation, toOrpcError } from '../../contract/index.ts'
import type { Gateway } from '../gateway/index.ts'
import { type CallContext, refuseUnknownFields } from '../operations/index.ts'
import { freePort, manualTimer, send, tempHome, until } from '../testing/index.ts'
import { createHttp } from './index.ts'
import { describeApi } from './openapi.ts'

const ITEM_BYTES = 64 * 1024
/** More than any buffer on the way could hold: 1.2 GB. */
const MANY = 20_000

const Options = z.object({
  network: z
    .object({ mode: z.string().optional(), allow: z.array(z.string()).optional(), ports: z.array(z.int()).optional() })
    .optional(),
  labels: z.record(z.string(), z.string()).optional(),
  ids: z.array(z.int()).optional(),
  deep: z.boolean().optional(),
})
const read = { permission: 'system:read', effect: 'read' } as const
const about = { description: 'Made up for this test, and nothing else.' }

const contract = {
  made: {
    flood: operation('Flood', { method: 'GET', path: '/made/flood', ...about }, read)
      .input(z.object({ count: z.int() }))
      .output(eventIterator(z.object({ index: z.int(), filler: z.string() }))),
    quiet: operation('Say nothing', { method: 'GET', path: '/made/quiet', ...about }, read)
      .input(z.object({}))
      .output(eventIterator(z.object({}))),
    broken: operation('Break', { method: 'GET', path: '/made/broken', ...about }, read)
      .input(z.object({}))
      .output(eventIterator(z.object({}))),
    get: operation('Show', { method: 'GET', path: '/made/things/{id}', ...about }, read)
      .input(Options.extend({ id: z.string() }))
      .output(z.object({ given: z.unknown() })),
    remove: operation('Remove', { method: 'DELETE', path: '/made/things/{id}', ...about }, read)
      .input(Options.extend({ id: z.string(), grace: z.number().default(5) }))
      .output(z.object({ given: z.unknown() })),
    make: operation('Make', { method: 'POST', path: '/made/things', ...about }, read)
      .input(Options)
      .output(z.object({ given: z.unknown() })),
  },
}

let produced = 0
let faults: string[] = []
let url = ''

const makeRouter = () => {
  const os = implement(contract)
    .$context<CallContext>()
    .use(async ({ next }) => {
      try {
        return await next()
      } catch (thrown) {
        throw toOrpcError(thrown)
      }
    })
    .use(refuseUnknownFields())
  return os.router({
    made: {
      flood: os.made.flood.handler(async function* ({ input }) {
        const filler = 'x'.repeat(ITEM_BYTES)
        for (produced = 0; produced < input.count; produced += 1) yield { index: produced, filler }
      }),
      quiet: os.made.quiet.handler(async function* ({ signal }) {
        await new Promise((resolve) => signal?.addEventListener('abort', resolve))
        yield {}
      }),
      // oxlint-disable-next-line require-yield
      broken: os.made.broken.handler(async function* () {
        throw new Error('a mistake of our own')
      }),
      get: os.made.get.handler(({ input }) => ({ given: input })),
      remove: os.made.remove.handler(({ input }) => ({ given: input })),
      make: os.made.make.handler(({ input }) => ({ given: input })),
    },
  })
}

beforeEach(async () => {
  faults = []
  const home = tempHome()
  const quiet = () => undefined
  const http = createHttp({
    router: makeRouter(),
    gateway: { handle: quiet } as unknown as Gateway,
    authenticate: () => ({ kind: 'key', id: 'k', name: 'k', role: 'admin' }),
    onBadKey: quiet,
    version: '0',
    rendererDir: home,
    socket: join(home, 'gantry.sock'),
    settings: { allowedOrigins: () => [], maxBodyBytes: () => 10_000 },
    every: manualTimer().every,
    keepAliveMs: 20,
    log: { error: (_fields: object, message: string) => faults.push(message) } as never,
  })
  url = await http.listenTcp('127.0.0.1', await freePort())
  onTestFinished(http.stop)
})

/** What is not held back is produced at once: within some turns of the loop all of it would be there. */
const heldBack = () => {
  let last = -1
  let still = 0
  return until(() => {
    still = produced === last && produced > 0 ? still + 1 : 0
    last = produced
    return still > 200 ? true : undefined
  }, 'the source to be held back')
}

const openSse = (path: string) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url + path, resolve).once('error', reject)
    onTestFinished(() => void outgoing.destroy())
    outgoing.end()
  })

const openSocket = (path: string) => {
  const socket = new WebSocket(url.replace('http', 'ws') + path)
  socket.on('error', () => undefined)
  onTestFinished(() => socket.terminate())
  return socket
}

describe('a reader that does not read', () => {
  test('of a WebSocket holds its source back, and misses nothing when it reads again', async () => {
    const socket = openSocket(`/made/flood?count=${MANY}`)
    await new Promise((resolve) => socket.on('open', resolve))
    socket.pause()
    await heldBack()
    expect(produced).toBeLessThan(MANY / 10)

    const seen: number[] = []
    const enough = new Promise<void>((resolve) =>
      socket.on('message', (data: Buffer) => {
        seen.push((JSON.parse(data.toString()) as { index: number }).index)
        if (seen.length === 1000) resolve()
      }),
    )
    socket.resume()
    await enough
    expect(seen.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, index) => index))
  })

  test('of server-sent events does the same', async () => {
    const message = await openSse(`/made/flood?count=${MANY}`)
    message.pause()
    await heldBack()
    expect(produced).toBeLessThan(MANY / 10)
    let text = ''
    for await (const chunk of message) {
      text += String(chunk)
      if (text.split('\n\n').length > 200) break
    }
    const seen = [...text.matchAll(/"index":(\d+)/g)].map(([, index]) => Number(index))
    expect(seen.slice(0, 200)).toEqual(Array.from({ length: 200 }, (_, index) => index))
  })

  test('is let go of when it leaves, and its source with it', async () => {
    const socket = openSocket(`/made/flood?count=${MANY}`)
    await new Promise((resolve) => socket.on('open', resolve))
    socket.pause()
    await heldBack()
    const before = produced
    expect(before).toBeLessThan(MANY / 10)
    socket.terminate()
    await new Promise((resolve) => socket.on('close', resolve))
    expect((await send(url, 'GET', '/made/things/1')).status).toBe(200)
    expect(produced - before).toBeLessThan(MANY / 10)
  })
})

test('a stream that ends says that it is complete', async () => {
  const socket = openSocket('/made/flood?count=3')
  const seen: number[] = []
  socket.on('message', (data: Buffer) => seen.push((JSON.parse(data.toString()) as { index: number }).index))
  const code = await new Promise((resolve) => socket.on('close', resolve))
  expect([code, seen]).toEqual([1000, [0, 1, 2]])
})

test('a mistake of our own is told as that, and written down', async () => {
  const socket = openSocket('/made/broken')
  const last = new Promise((resolve) => socket.on('message', (data: Buffer) => resolve(JSON.parse(data.toString()))))
  const code = await new Promise((resolve) => socket.on('close', resolve))
  expect(code).toBe(4500)
  expect(await last).toMatchObject({ code: 'E_INTERNAL' })
  expect(JSON.stringify(await last)).not.toContain('mistake')
  expect(faults).toEqual(['stream failed'])
})

test('a stream with nothing to say shows by comments that it is alive', async () => {
  const message = await openSse('/made/quiet')
  let text = ''
  for await (const chunk of message) {
    text += String(chunk)
    if (text.split('\n\n').length > 4) break
  }
  expect(text).toMatch(/^(: ?\n\n)+$/)
})

describe('nested input in the query', () => {
  const NESTED =
    'network[mode]=egress&network[allow]=a.com&network[ports]=80&network[ports]=443&labels[team]=docs&labels[x]=y&ids=7&deep=true'
  const GIVEN = {
    id: 'x',
    network: { mode: 'egress', allow: ['a.com'], ports: [80, 443] },
    labels: { team: 'docs', x: 'y' },
    ids: [7],
    deep: true,
  }

  test('is read as the types that it is to have, of what is shown and what is removed', async () => {
    expect((await send(url, 'GET', `/made/things/x?${NESTED}`)).json).toEqual({ given: GIVEN })
    expect((await send(url, 'DELETE', `/made/things/x?${NESTED}&grace=2.5`)).json).toEqual({
      given: { ...GIVEN, grace: 2.5 },
    })
  })

  test('may be a body where something is removed', async () => {
    const reply = await send(url, 'DELETE', '/made/things/x', { body: { grace: 1, ids: [1] } })
    expect(reply.json).toEqual({ given: { id: 'x', grace: 1, ids: [1] } })
  })

  test.each([
    ['GET', '/made/things/x?nothing=1', undefined, 'nothing'],
    ['GET', '/made/things/x?network[mod]=none', undefined, 'network.mod'],
    ['DELETE', '/made/things/x?grase=1', undefined, 'grase'],
    ['DELETE', '/made/things/x?grace=1', { ids: [1] }, '?grace'],
    ['POST', '/made/things', { network: { mod: 'none' } }, 'network.mod'],
    ['POST', '/made/things', { ids: [1], idds: [2] }, 'idds'],
    ['POST', '/made/things?deep=true', {}, '?deep'],
    ['POST', '/made/things?deep=true', { ids: [1] }, '?deep'],
  ] as const)('%s %s is refused for what is no field', async (method, path, body, unknown) => {
    const reply = await send(url, method, path, body === undefined ? {} : { body })
    expect(reply).toMatchObject({
      status: 400,
      json: {
        code: 'E_SCHEMA',
        message: `There is no input field "${unknown}".`,
        hint: expect.stringContaining('network, labels, ids, deep'),
        details: [{ path: unknown }],
      },
    })
  })

  test('is described as it is taken', async () => {
    const document = await describeApi('1', url, contract)
    const result = await new Validator().validate(JSON.parse(JSON.stringify(document)))
    expect(result.errors).toBeUndefined()
    const path = document.paths?.['/made/things/{id}']
    for (const described of [path?.get, path?.delete]) {
      const parameters = (described?.parameters ?? []) as { name: string; in: string; style?: string }[]
      expect(parameters.map(({ name, in: where, style }) => [name, where, style])).toEqual([
        ['id', 'path', undefined],
        ['network', 'query', 'deepObject'],
        ['labels', 'query', 'deepObject'],
        ['ids', 'query', 'form'],
        ['deep', 'query', undefined],
        ...(described === path?.delete ? [['grace', 'query', undefined]] : []),
      ])
      expect(described?.requestBody).toBeUndefined()
    }
    expect(document.paths?.['/made/things']?.post?.requestBody).toMatchObject({
      content: {
        'application/json': {
          schema: { additionalProperties: false, properties: { network: { additionalProperties: false } } },
        },
      },
    })
    expect(document.paths?.['/made/flood']?.get?.description).toContain('WebSocket')
  })
})

/** The shim before a Gantry that answers as the test wants: what becomes of its sessions. */
import { mkdirSync } from 'node:fs'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { json } from 'node:stream/consumers'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { socketPath, writeEndpoint } from '../../core/endpoint/index.ts'
import { tempHome, until } from '../../core/testing/index.ts'
import { runShim } from './shim.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void
const never: Answer = () => undefined

/** A session for each initialize, an answer to each ping, none to a call of a tool. */
const openGantry = async (onDelete: Answer = (_, response) => response.end()) => {
  const home = tempHome()
  mkdirSync(join(home, 'run'))
  const ended: string[] = []
  const cut: string[] = []
  let sessions = 0
  const server = createServer(async (request, response) => {
    const session = String(request.headers['mcp-session-id'])
    if (request.method === 'DELETE') {
      ended.push(session)
      return onDelete(request, response)
    }
    if (request.method === 'GET') return response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    const { id, method } = (await json(request)) as { id?: number; method: string }
    if (id === undefined) return response.writeHead(202).end()
    if (method === 'tools/call') return response.once('close', () => cut.push(session))
    if (method === 'initialize') response.setHeader('mcp-session-id', `s${(sessions += 1)}`)
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ jsonrpc: '2.0', id, result: { session } }))
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(socketPath(home), resolve))
  const endpoint = { pid: process.pid, startedAt: '', version: '', url: null, socket: socketPath(home), token: 'x' }
  writeEndpoint(home, { ...endpoint, mode: 'headless' })
  return { home, ended, cut }
}

const openShim = (home: string) => {
  const input = new PassThrough()
  const output = new PassThrough()
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const over = runShim({ home, input, output, signal: stop.signal })
  const lines = createInterface({ input: output })[Symbol.asyncIterator]()
  const say = (message: object) => void input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const ask = async (message: object) => {
    say(message)
    return JSON.parse((await lines.next()).value ?? 'null') as unknown
  }
  return { input, over, say, ask }
}

test('a client that introduces itself again leaves no session behind', async () => {
  const { home, ended } = await openGantry()
  const { input, ask, say, over } = openShim(home)
  for (const id of [1, 2]) {
    expect(await ask({ id, method: 'initialize', params: {} })).toMatchObject({ id })
    say({ method: 'notifications/initialized' })
  }
  expect(await ask({ id: 3, method: 'ping' })).toMatchObject({ id: 3, result: { session: 's2' } })
  await until(() => (ended.length > 0 ? true : undefined), 'the end of the first session')
  expect(ended).toEqual(['s1'])
  input.end()
  await over
  expect(ended).toEqual(['s1', 's2'])
})

test('a call that goes on is given up shortly after the client went, and so is a Gantry that does not answer', async () => {
  const { home, ended, cut } = await openGantry(never)
  const { input, ask, say, over } = openShim(home)
  await ask({ id: 1, method: 'initialize', params: {} })
  say({ id: 2, method: 'tools/call', params: {} })
  input.end()
  await over
  expect(ended).toEqual(['s1'])
  await until(() => (cut.length > 0 ? true : undefined), 'the end of the call')
})

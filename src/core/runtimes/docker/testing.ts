/** For tests: runtimes on the real engine whose boxes are gone with the test, and a program to run in them. */
import Docker from 'dockerode'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Box, BoxLink, BoxSpec, RuntimeEvent } from '../types.ts'
import { type DockerDeps, createDockerRuntime } from './index.ts'
import type { Draft, Inspected } from './profile.ts'

const given = process.env['GANTRY_TEST_DOCKER'] ?? ''
export const HOST = process.env['DOCKER_HOST'] ?? ''
const isThere = given === 'available' && HOST !== ''

/** Without an engine the one test says why there is none, and fails where nobody knows. */
const sayWhyNot = () => {
  test('cannot be tried here, for a reason that is known', () => {
    expect(given).toMatch(/^unavailable:./)
  })
}

export const describeDocker = (name: string, body: () => void): void => {
  const suite = isThere ? body : sayWhyNot
  describe(`${name}`, () => {
    suite()
  })
}

export const SECCOMP = JSON.stringify(
  JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', '..', '..', 'resources', 'seccomp.json'), 'utf8')),
)
export const MIB = 1024 ** 2

export const plainEngine = (host = HOST): Docker =>
  new Docker({
    host: undefined,
    port: undefined,
    protocol: undefined,
    socketPath: host.replace(/^unix:\/\//, ''),
  } as Docker.DockerOptions)

export type GivenSpec = Partial<Omit<BoxSpec, 'limits'>> & { limits?: Partial<BoxSpec['limits']> }

export const specOf = (given: GivenSpec = {}): BoxSpec => ({
  boxId: randomBytes(6).toString('hex'),
  image: 'gantry-test/node',
  network: 'none',
  expiresAt: Date.now() + 3_600_000,
  ...given,
  limits: { cpus: 1, memoryBytes: 256 * MIB, pids: 64, diskBytes: 32 * MIB, ...given.limits },
})

/** Runs each line that it is sent as code, and says `{"hello":…}` first. */
export const OBEY = `
process.stdin.setEncoding('utf8')
const say = (value) => new Promise((done) => process.stdout.write(JSON.stringify(value) + '\\n', done))
let rest = ''
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n')
  rest = lines.pop()
  for (const line of lines) void (async () => eval('(async () => {' + line + '})()'))().catch((error) => say({ error: String(error) }))
})
void say({ hello: process.pid })
`

export interface TestRuntimeOptions extends Partial<DockerDeps> {
  host?: string
  script?: string
}

/** The boxes of an owner go with the test, whoever made them. */
export const testRuntime = ({ host = HOST, script = OBEY, ...deps }: TestRuntimeOptions = {}) => {
  const owner = deps.owner ?? `test${randomBytes(8).toString('hex')}`
  const warnings: string[] = []
  const runtime = createDockerRuntime({
    owner,
    around: { env: { DOCKER_HOST: host }, homeFolder: '/nonexistent', platform: 'linux', uid: undefined },
    seccomp: SECCOMP,
    command: ['/usr/local/bin/node', '-e', script],
    now: () => new Date(),
    delay: (ms, signal) => sleep(ms, undefined, { signal }),
    log: { warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
    ...deps,
  })
  const events: RuntimeEvent[] = []
  runtime.on((event) => events.push(event))
  const plain = plainEngine()
  onTestFinished(async () => {
    await runtime.stop()
    if (!isThere) return
    const filters = { label: [`app.gantry.owner=${owner}`] }
    const left = await plain.listContainers({ all: true, filters })
    await Promise.all(
      left.map(({ Id }) =>
        plain
          .getContainer(Id)
          .remove({ force: true })
          .catch(() => undefined),
      ),
    )
  })
  const open = (given?: GivenSpec, signal = new AbortController().signal) => runtime.open(specOf(given), { signal })
  return { runtime, owner, events, warnings, open, plain }
}

/** The lines that come over a link, one at a time; undefined at its end. */
export const linesOf = (link: BoxLink) => {
  const source = link.incoming[Symbol.asyncIterator]()
  let rest = Buffer.alloc(0)
  return {
    next: async (): Promise<string | undefined> => {
      for (;;) {
        const end = rest.indexOf('\n')
        if (end !== -1) {
          const line = rest.subarray(0, end).toString()
          rest = rest.subarray(end + 1)
          return line
        }
        const chunk = await source.next()
        if (chunk.done === true) return undefined
        rest = Buffer.concat([rest, chunk.value])
      }
    },
    /** What never became a line. */
    rest: () => rest.toString(),
  }
}

export const connected = async (box: Box) => {
  const link = await box.connect()
  const lines = linesOf(link)
  /** What the program in the box answers to a line of code. */
  const ask = async (code: string): Promise<unknown> => {
    await link.write(`${code}\n`)
    return JSON.parse((await lines.next()) ?? 'null') as unknown
  }
  return { link, lines, ask }
}

/** Waits for what the engine does and does not announce; fails with what it waited for. */
export const until = async <T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> => {
  const deadline = performance.now() + 50_000
  while (performance.now() < deadline) {
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`waited in vain for ${what}`)
}

export interface Tampering {
  /** Changes what the engine is asked to make. */
  create?: (body: Draft) => void
  /** Changes what the engine says of a container. */
  inspect?: (inspected: Inspected) => void
}

/** Stands between Gantry and the real engine, and changes what they tell each other. */
export const tamperedEngine = async ({ create, inspect }: Tampering): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-engine-'))
  const file = join(folder, 'engine.sock')
  const target = HOST.replace(/^unix:\/\//, '')
  const server = createServer((incoming, outgoing) => void forward(incoming, outgoing))
  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url = '', headers } = incoming
    const body = await bytesOf(incoming)
    const isCreate = url.startsWith('/containers/create')
    const sent = isCreate ? changed(body, create) : body
    const onward = request({
      socketPath: target,
      method,
      path: url,
      headers: { ...headers, 'content-length': sent.length },
    })
    onward.once('response', (answer) => {
      const isInspect = /^\/containers\/[^/]+\/json/.test(url) && answer.statusCode === 200
      if (!isInspect) {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        return void answer.pipe(outgoing)
      }
      void bytesOf(answer).then((bytes) => outgoing.end(changed(bytes, inspect)))
    })
    onward.once('error', () => outgoing.destroy())
    onward.end(sent)
  }
  server.on('upgrade', (incoming, socket) => {
    const onward = connect(target)
    const lines = incoming.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
    )
    onward.write([`${incoming.method} ${incoming.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    socket.pipe(onward).pipe(socket)
    for (const end of [socket, onward]) end.on('error', () => end.destroy())
  })
  await new Promise<void>((resolve) => server.listen(file, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return `unix://${file}`
}

const bytesOf = async (source: AsyncIterable<Buffer>): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

const changed = <T>(bytes: Buffer, change: ((value: T) => void) | undefined): Buffer => {
  const value = JSON.parse(bytes.toString()) as T
  change?.(value)
  return Buffer.from(JSON.stringify(value))
}

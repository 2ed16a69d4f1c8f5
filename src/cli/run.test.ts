/** Commands of a contract made up for this, run against a real server on a real socket. */
import { eventIterator } from '@orpc/contract'
import { implement } from '@orpc/server'
import { RPCHandler } from '@orpc/server/node'
import { type Server, createServer } from 'node:http'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { GantryError, failureOf, listOperations, operation, resumeFrom, textForm } from '../contract/index.ts'
import { clearEndpoint, socketPath, writeEndpoint } from '../core/endpoint/index.ts'
import { tempHome } from '../core/testing/index.ts'
import { awaitHost } from './host.ts'
import { type RunOptions, runOperation } from './run.ts'

const Lines = z.object({ lines: z.array(z.string()), from: z.int() })
const read = { permission: 'system:read', effect: 'read' } as const
const route = (path: `/${string}`) => ({ method: 'GET' as const, path, description: 'Made up for this test.' })
const linesText = textForm(
  Lines,
  null,
  ({ lines }) => lines.join(''),
  ({ lines }) => Buffer.from(lines.join(''), 'latin1'),
)

const contract = {
  made: {
    up: operation('Show lines', route('/made/up'), { ...read, cli: { follow: 'made.follow' }, text: linesText })
      .input(z.object({ tail: z.int().optional(), after: z.int().optional(), grep: z.string().optional() }))
      .output(Lines),
    follow: operation('Follow lines', route('/made/follow'), {
      ...read,
      text: linesText,
      resume: resumeFrom(Lines, {
        field: 'after',
        instead: ['tail'],
        cursor: ({ from, lines }) => (lines.length === 0 ? undefined : from + lines.length - 1),
      }),
    })
      .input(z.object({ tail: z.int().optional(), after: z.int().optional() }))
      .output(eventIterator(Lines)),
    plain: operation('Follow without a way back', route('/made/plain'), read)
      .input(z.object({}))
      .output(eventIterator(Lines)),
    echo: operation(
      'Say it back',
      { ...route('/made/echo'), method: 'POST' },
      {
        ...read,
        cli: {
          positional: ['text'],
          paths: ['options.folder'],
          failure: failureOf(z.object({ input: z.looseObject({ text: z.string() }) }), ({ input }) =>
            input.text === 'late' ? 'E_TIMEOUT' : undefined,
          ),
        },
      },
    )
      .input(z.object({ text: z.string(), options: z.object({ folder: z.string().optional() }).optional() }))
      .output(z.object({ input: z.looseObject({ text: z.string() }) })),
  },
}
const operations = listOperations(contract)
const named = (name: string) => {
  const found = operations.find((candidate) => candidate.name === `made.${name}`)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

type Follow = (input: {
  tail?: number | undefined
  after?: number | undefined
}) => AsyncGenerator<z.infer<typeof Lines>, void, void>

const startServer = async (home: string, follow: Follow, lines: string[] = []): Promise<() => Promise<void>> => {
  const os = implement(contract)
  const router = os.router({
    made: {
      up: os.made.up.handler(() => ({ lines, from: 1 })),
      follow: os.made.follow.handler(({ input }) => follow(input)),
      plain: os.made.plain.handler(() => follow({})),
      echo: os.made.echo.handler(({ input }) => ({ input })),
    },
  })
  const handler = new RPCHandler(router)
  const server: Server = createServer((request, response) => void handler.handle(request, response, { prefix: '/rpc' }))
  const socket = socketPath(home)
  mkdirSync(dirname(socket), { recursive: true })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  const [pid, startedAt] = [process.pid, new Date().toISOString()]
  writeEndpoint(home, { pid, startedAt, version: '0', mode: 'headless', url: null, socket, token: 't' })
  const stop = async () => {
    if (!server.listening) return
    clearEndpoint(home)
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
  onTestFinished(stop)
  return stop
}

const start = (
  home: string,
  name: string,
  words: string[],
  options: Partial<RunOptions> & { seen?: boolean; stdin?: string } = {},
) => {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()]
  input.end(options.stdin ?? '')
  const code = runOperation(named(name), words, {
    operations,
    home,
    folder: '/places/here',
    json: false,
    yes: false,
    signal: new AbortController().signal,
    standard: { input, output, errors, isTyped: false, isSeen: options.seen === true },
    ...options,
  }).finally(() => {
    output.end()
    errors.end()
  })
  // Looked at by whoever waits for it.
  code.catch(() => undefined)
  return { code, output, errors }
}
const run = async (...args: Parameters<typeof start>) => {
  const { code, output, errors } = start(...args)
  const [stdout, stderr] = await Promise.all([text(output), text(errors)])
  return { code: await code, stdout, stderr }
}

async function* three() {
  yield { lines: ['one\n', '\u001b[31mtw'], from: 1 }
  yield { lines: [], from: 0 }
  yield { lines: ['o\u001b[2J\n', 'end'], from: 3 }
}

test('a text goes into a pipe as it is, to the byte, of a stream item by item', async () => {
  const home = tempHome()
  await startServer(home, three, ['a\r\n', '\xff\x00', ' \n\n'])
  const bytes: Buffer[] = []
  const { code, output } = start(home, 'up', [])
  for await (const chunk of output) bytes.push(chunk as Buffer)
  expect(Buffer.concat(bytes)).toEqual(Buffer.from('a\r\n\xff\x00 \n\n', 'latin1'))
  expect(await code).toBe(0)
  expect((await run(home, 'up', ['-f'])).stdout).toBe('one\n\u001b[31mtwo\u001b[2J\nend')
  expect((await run(home, 'follow', [])).stdout).toBe('one\n\u001b[31mtwo\u001b[2J\nend')
})

test('a text is made harmless on a terminal, and its last line is ended', async () => {
  const home = tempHome()
  await startServer(home, three, ['plain'])
  expect((await run(home, 'follow', [], { seen: true })).stdout).toBe('one\n\u001b[31mtwo�[2J\nend\u001b[0m\n')
  expect((await run(home, 'up', [], { seen: true })).stdout).toBe('plain\n')
})

test('programs get a line of JSON an item', async () => {
  const home = tempHome()
  await startServer(home, three)
  const { stdout } = await run(home, 'up', ['--follow'], { json: true })
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toHaveLength(3)
})

test('--follow takes what both take, and nothing else', async () => {
  const home = tempHome()
  const given: unknown[] = []
  await startServer(home, (input) => {
    given.push(input)
    return three()
  })
  await run(home, 'up', ['-f', '--tail', '3'])
  expect(given).toEqual([{ tail: 3 }])
  await expect(start(home, 'up', ['-f', '--grep', 'x']).code).rejects.toThrow('--grep does not go with --follow.')
})

/** Resolves when this much was put out. */
const reached = (output: PassThrough, wanted: string) =>
  new Promise<void>((resolve) => {
    let seen = ''
    output.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
      if (seen.includes(wanted)) resolve()
    })
  })
const never = () => new Promise<void>(() => undefined)

test('a stream goes on where it was when Gantry comes back', async () => {
  const home = tempHome()
  const stop = await startServer(home, async function* () {
    yield { lines: ['1\n', '2\n'], from: 1 }
    yield { lines: [], from: 0 }
    await never()
  })
  const { code, output, errors } = start(home, 'follow', ['--tail', '2'])
  const [stdout, stderr] = [text(output), text(errors)]
  await reached(output, '2')
  await stop()
  const given: unknown[] = []
  await startServer(home, async function* (input) {
    given.push(input)
    yield { lines: ['3\n'], from: 3 }
  })
  expect(await code).toBe(0)
  expect(await stdout).toBe('1\n2\n3\n')
  expect(await stderr).toBe('Gantry went away; waiting for it to come back.\n')
  expect(given).toEqual([{ after: 2 }])
})

test('a stream that said nothing yet begins where it was to begin', async () => {
  const home = tempHome()
  const asked = Promise.withResolvers<void>()
  const stop = await startServer(home, async function* () {
    asked.resolve()
    yield { lines: [], from: 0 }
    await never()
  })
  const { code } = start(home, 'follow', ['--tail', '2'])
  await asked.promise
  await stop()
  const given: unknown[] = []
  await startServer(home, async function* (input) {
    given.push(input)
    yield { lines: ['2\n'], from: 2 }
  })
  expect(await code).toBe(0)
  expect(given).toEqual([{ tail: 2 }])
})

test('a stream that cannot say where it was ends when Gantry goes away', async () => {
  const home = tempHome()
  const stop = await startServer(home, async function* () {
    yield { lines: ['1\n'], from: 1 }
    await never()
  })
  const { code, output } = start(home, 'plain', [])
  await reached(output, '1')
  await stop()
  await expect(code).rejects.toMatchObject({ code: 'E_UNAVAILABLE', message: 'Gantry stopped.' })
})

test('nobody waits for ever, and whoever leaves at once is let go', async () => {
  const home = tempHome()
  const waiting = awaitHost(home, new AbortController().signal, 1)
  await expect(waiting).rejects.toMatchObject({ code: 'E_UNAVAILABLE', hint: expect.any(String) })
  const leave = new AbortController()
  const left = awaitHost(home, leave.signal)
  leave.abort()
  await expect(left).rejects.toThrow('abort')
})

test('an answer that is no success ends with the exit code of what went wrong', async () => {
  const home = tempHome()
  await startServer(home, three)
  expect(await run(home, 'echo', ['late'])).toMatchObject({ code: 7, stdout: expect.stringContaining('late') })
  expect(await run(home, 'echo', ['soon'])).toMatchObject({ code: 0 })
})

test('- reads a text from stdin, without its last line end', async () => {
  const home = tempHome()
  await startServer(home, three)
  const said = async (stdin: string) => {
    const { stdout } = await run(home, 'echo', ['-'], { json: true, stdin })
    return (JSON.parse(stdout) as { input: { text: string } }).input.text
  }
  expect(await said('two\nlines\n')).toBe('two\nlines')
  expect(await said('two\r\n\r\n')).toBe('two\r\n')
  expect(await said('')).toBe('')
})

test('stdin without an end is left when the user leaves, and has a limit', async () => {
  const leave = new AbortController()
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const standard = { input, output, errors, isTyped: true, isSeen: false }
  const options = { operations, home: tempHome(), folder: '/', json: false, yes: false, signal: leave.signal, standard }
  const waiting = runOperation(named('echo'), ['-'], options)
  leave.abort()
  await expect(waiting).rejects.toThrow('abort')

  const endless = new PassThrough()
  const chunk = Buffer.alloc(1024 * 1024)
  const feed = () => {
    while (endless.write(chunk));
  }
  endless.on('drain', feed)
  onTestFinished(() => void endless.destroy())
  feed()
  const flooded = runOperation(named('echo'), ['-'], {
    ...options,
    signal: new AbortController().signal,
    standard: { ...standard, input: endless },
  })
  await expect(flooded).rejects.toBeInstanceOf(GantryError)
  await expect(flooded).rejects.toMatchObject({ code: 'E_TOO_LARGE' })
})

test('a relative path of the input is resolved before it is sent', async () => {
  const home = tempHome()
  await startServer(home, three)
  const { stdout } = await run(home, 'echo', ['x', '--options.folder', 'sub'], { json: true })
  expect(JSON.parse(stdout)).toEqual({ input: { text: 'x', options: { folder: '/places/here/sub' } } })
})

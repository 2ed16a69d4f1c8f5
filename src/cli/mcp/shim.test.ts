import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { connect as connectSocket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { socketPath } from '../../core/endpoint/index.ts'
import { readEndpoint } from '../../core/index.ts'
import {
  CLI,
  NODE,
  connectMcp,
  freePort,
  mcpCall,
  runCli,
  spawnCli,
  startTestCore,
  tempHome,
  testEnv,
  until,
} from '../../core/testing/index.ts'

const stopHost = async (env: Record<string, string>) =>
  void (await runCli(['system', 'stop', '--yes'], { env, cleanup: () => undefined }))

const ownHome = async () => {
  const home = tempHome()
  const env = testEnv(home, await freePort())
  onTestFinished(() => stopHost(env))
  return { home, env, pid: () => readEndpoint(home)?.pid ?? 0 }
}

const connect = async (env: Record<string, string>) => {
  const transport = new StdioClientTransport({ command: NODE, args: [CLI, 'mcp'], env, stderr: 'ignore' })
  const client = new Client({ name: 'test', version: '1' })
  const errors: Error[] = []
  // What is not protocol on stdout, the SDK's client reports here.
  client.onerror = (error) => errors.push(error)
  await client.connect(transport)
  onTestFinished(() => client.close())
  return { client, transport, errors }
}

const infoOf = async (client: Client) =>
  (await mcpCall(client, 'system_info')).structuredContent as { pid: number; mode: string }
/** Until nobody is at its socket any more: a process is listed as ended before all of it has. */
const gone = ({ home }: { home: string }) =>
  until(async () => ((await isListening(socketPath(home))) ? undefined : true), `the end of the Gantry of ${home}`)
const isListening = (path: string) =>
  new Promise<boolean>((resolve) => {
    const probe = connectSocket(path, () => {
      probe.destroy()
      resolve(true)
    }).once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EAGAIN'))
  })
describe('the shim', () => {
  test('starts Gantry where none runs, and offers what HTTP offers', async () => {
    const { env, home, pid } = await ownHome()
    const { client, errors } = await connect(env)
    const { tools } = await client.listTools()
    const { client: overHttp } = await connectMcp(readEndpoint(home)?.url ?? '', readEndpoint(home)?.token ?? '')
    expect(tools).toEqual((await overHttp.listTools()).tools)
    expect(await infoOf(client)).toMatchObject({ pid: pid(), mode: 'attached' })
    expect(errors).toEqual([])
  })

  test('uses the Gantry that runs', async () => {
    const core = await startTestCore()
    const { client } = await connect(testEnv(core.home, core.port))
    expect(await infoOf(client)).toMatchObject({ pid: process.pid, mode: 'headless' })
    expect((await mcpCall(client, 'access_whoami')).structuredContent).toMatchObject({ kind: 'owner' })
  })

  test('lets errors through as they are, with code and hint', async () => {
    const core = await startTestCore()
    const { client } = await connect(testEnv(core.home, core.port))
    const result = await mcpCall(client, 'access_keys_revoke', { id: 'nobody' })
    expect(result._meta?.['gantry/error']).toMatchObject({ code: 'E_NOT_FOUND', hint: expect.any(String) })
    await expect(mcpCall(client, 'nothing')).rejects.toThrow('There is no tool named "nothing"')
    await expect(mcpCall(client, 'access_keys_create', { name: 'x'.repeat(5 * 1024 * 1024) })).rejects.toThrow(
      /larger than \d+ bytes.*http\.maxBodyBytes/,
    )
    expect(await infoOf(client)).toMatchObject({ pid: process.pid })
  })

  test.each([
    ['a kill', async (pid: number) => void process.kill(pid, 'SIGKILL')],
    ['a stop', async (_pid: number, env: Record<string, string>) => stopHost(env)],
  ])('goes on with the same session after %s of Gantry', async (_what, end) => {
    const { env, home, pid } = await ownHome()
    const { client, errors } = await connect(env)
    const before = pid()
    await end(before, env)
    await gone({ home })
    const after = await infoOf(client)
    expect(after.pid).not.toBe(before)
    expect((await client.listTools()).tools.length).toBeGreaterThan(5)
    expect(errors).toEqual([])
  })

  test('goes on after a restart of a Gantry that it did not start', async () => {
    const { env, pid } = await ownHome()
    const host = spawnCli(['serve', '--json'], { env })
    await host.line()
    const { client } = await connect(env)
    await infoOf(client)
    host.kill('SIGTERM')
    await host.ended
    const next = spawnCli(['serve', '--json'], { env })
    await next.line()
    expect(await infoOf(client)).toMatchObject({ pid: pid(), mode: 'headless' })
  })

  test('tells the caller of a call under way that it may try again', async () => {
    const { env, home, pid } = await ownHome()
    const { client } = await connect(env)
    const before = pid()
    let killed: boolean | undefined
    const call = client.callTool(
      { name: 'events_watch', arguments: { since: 0, maxItems: 1000, maxSeconds: 300 } },
      undefined,
      {
        onprogress: () => {
          killed ??= process.kill(before, 'SIGKILL')
        },
      },
    )
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ message: expect.stringContaining('try again'), data: { retryable: true } })
    await gone({ home })
    expect((await infoOf(client)).pid).not.toBe(before)
  })

  test('answers each of many calls across a restart exactly once', async () => {
    const { env, home, pid } = await ownHome()
    const shim = spawnCli(['mcp'], { env })
    const say = (message: object) => shim.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    say({
      id: 'init',
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
    })
    expect(JSON.parse(await shim.line())).toMatchObject({ id: 'init', result: {} })
    say({ method: 'notifications/initialized' })
    const answers = new Map<number, { result?: unknown; error?: { data: { retryable: boolean } } }>()
    const take = async () => {
      const message = JSON.parse(await shim.line()) as { id?: number; error?: { data: { retryable: boolean } } }
      expect(message.id, JSON.stringify(message)).toBeTypeOf('number')
      expect(answers.has(message.id ?? -1)).toBe(false)
      answers.set(message.id ?? -1, message)
    }
    let asked = 0
    const ask = (count: number) => {
      for (const until = asked + count; asked < until; asked += 1) {
        say({ id: asked, method: 'tools/call', params: { name: 'access_whoami', arguments: {} } })
      }
    }
    const before = pid()
    ask(20)
    await take()
    ask(20)
    process.kill(before, 'SIGKILL')
    ask(20)
    await gone({ home })
    ask(20)
    while (answers.size < asked) await take()
    for (const { error } of answers.values()) if (error !== undefined) expect(error.data.retryable).toBe(true)
    // What was asked before the kill or after the end was answered for certain.
    for (const id of [60, 70, 79]) expect(answers.get(id)).toHaveProperty('result')
    expect([...answers.values()].filter(({ result }) => result !== undefined).length).toBeGreaterThan(20)
    shim.stdin.end()
    const { code, stdout } = await shim.ended
    expect(code).toBe(0)
    // Everything it ever wrote is protocol, and nothing came after the last answer.
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { jsonrpc: string })
    expect(lines).toHaveLength(asked + 1)
    expect(lines.every(({ jsonrpc }) => jsonrpc === '2.0')).toBe(true)
  })

  test('answers what is no message with the error that JSON-RPC has for it, and goes on', async () => {
    const core = await startTestCore()
    const shim = spawnCli(['mcp'], { env: testEnv(core.home, core.port) })
    const tell = async (line: string) => {
      shim.stdin.write(`${line}\n`)
      return JSON.parse(await shim.line()) as unknown
    }
    expect(await tell('nonsense')).toMatchObject({ id: null, error: { code: -32_700 } })
    for (const line of ['null', '7', '"text"', '[]', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]']) {
      expect(await tell(line)).toMatchObject({ id: null, error: { code: -32_600 } })
    }
    expect(await tell('{"jsonrpc":"2.0","id":5,"method":"tools/list"}')).toMatchObject({
      id: 5,
      error: { message: expect.any(String) },
    })
    shim.stdin.write('\n   \n')
    expect(
      await tell(
        '{"jsonrpc":"2.0","id":6,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}',
      ),
    ).toMatchObject({ id: 6, result: { serverInfo: { name: 'gantry' } } })
    expect(await tell('{"jsonrpc":"2.0","id":7,"method":"ping"}')).toEqual({ jsonrpc: '2.0', id: 7, result: {} })
    shim.stdin.end()
    expect((await shim.ended).code).toBe(0)
  })

  test('answers all that was asked in one breath before stdin closed, in a session of its own', async () => {
    const core = await startTestCore()
    const { code, stdout } = await runCli(['mcp'], {
      env: testEnv(core.home, core.port),
      input: [
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}',
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"system_health","arguments":{}}}',
      ].join('\n'),
    })
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; result?: object })
    expect(answers.map(({ id, result }) => [id, result !== undefined])).toEqual([
      [1, true],
      [2, true],
    ])
    expect(code).toBe(0)
  })

  test('ends when its client goes, and leaves no session behind', async () => {
    const core = await startTestCore({ env: { GANTRY_LOG_LEVEL: 'debug' } })
    const shim = spawnCli(['mcp'], { env: testEnv(core.home, core.port) })
    shim.stdin.write(
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}\n',
    )
    await shim.line()
    shim.stdin.end()
    expect(await shim.ended).toMatchObject({ code: 0, stderr: '' })
    await until(
      async () => ((await core.core.http.connections()) === 0 ? true : undefined),
      'the end of its connections',
    )
  })

  test('ends at SIGTERM, also with a call under way', async () => {
    const core = await startTestCore()
    const shim = spawnCli(['mcp'], { env: testEnv(core.home, core.port) })
    shim.stdin.write(
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}\n',
    )
    await shim.line()
    shim.stdin.write(
      '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"events_watch","arguments":{"since":0,"maxSeconds":300,"maxItems":1000},"_meta":{"progressToken":"p"}}}\n',
    )
    await shim.line()
    shim.kill('SIGTERM')
    expect((await shim.ended).code).toBe(0)
  })

  test('says why where Gantry cannot be started, and tries again for the next message', async () => {
    const { env } = await ownHome()
    const broken = { ...env, GANTRY_HTTP_PORT: 'ninety' }
    const shim = spawnCli(['mcp'], { env: broken })
    for (const id of [1, 2]) {
      shim.stdin.write(`{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`)
      expect(JSON.parse(await shim.line())).toMatchObject({
        id,
        error: { message: expect.stringContaining('GANTRY_HTTP_PORT'), data: { retryable: false, code: 'E_SCHEMA' } },
      })
    }
    shim.stdin.end()
    expect((await shim.ended).code).toBe(0)
  })
})

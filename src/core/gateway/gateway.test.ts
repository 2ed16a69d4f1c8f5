import { eventIterator } from '@orpc/contract'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv'
import type { JsonSchemaType } from '@modelcontextprotocol/sdk/validation'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ErrorBody, Role, contract, listOperations, operation, roleMay } from '../../contract/index.ts'
import { type TestCore, connectMcp, manualTimer, mcpCall, startTestCore } from '../testing/index.ts'
import { callTool } from './call.ts'
import { toTool, toolName } from './tools.ts'

const operations = listOperations(contract)
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}
const ACCEPT = { accept: 'application/json, text/event-stream' }

const connect = async (role: Role = 'admin', options: Parameters<typeof startTestCore>[0] = {}) => {
  const core = await startTestCore(options)
  const { key, secret } = core.key(role)
  return { core, key, secret, ...(await connectMcp(core.url(), secret)) }
}

const rawSession = async (core: TestCore, key: string) => {
  const reply = await core.rest('POST', '/mcp', { key, body: INITIALIZE, headers: ACCEPT })
  expect(reply.status).toBe(200)
  return String(reply.headers['mcp-session-id'])
}
const ping = (core: TestCore, key: string, session: string) =>
  core.rest('POST', '/mcp', {
    key,
    body: { jsonrpc: '2.0', id: 2, method: 'ping' },
    headers: { ...ACCEPT, 'mcp-session-id': session },
  })

describe('tools', () => {
  test('are the operations: their names, words, annotations and schemas', async () => {
    const { client } = await connect()
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(operations.filter(({ meta }) => meta.mcp === true).map(toolName))
    expect(tools.find(({ name }) => name === 'access_keys_revoke')).toMatchObject({
      title: 'Revoke an API key',
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
      inputSchema: { type: 'object', required: ['id'] },
    })
    expect(tools.find(({ name }) => name === 'system_health')?.annotations).toMatchObject({
      readOnlyHint: true,
      destructiveHint: false,
    })
    for (const { name, description } of tools) {
      expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
      expect(description?.length).toBeGreaterThan(20)
    }
    expect(client.getInstructions()).toContain('system_health')
    expect(client.getServerVersion()).toMatchObject({ name: 'gantry', version: '0.1.0-test' })
  })

  test('have schemas that are valid, self-contained and true of what they answer', async () => {
    const { client } = await connect('admin', { every: manualTimer().every })
    const validator = new AjvJsonSchemaValidator()
    const { tools } = await client.listTools()
    for (const { name, inputSchema, outputSchema, annotations } of tools) {
      validator.getValidator(inputSchema as JsonSchemaType)
      const validate = validator.getValidator((outputSchema ?? { not: {} }) as JsonSchemaType)
      const called = operations.find((candidate) => toolName(candidate) === name)
      if (called === undefined || !called.input.safeParse({}).success) continue
      if (annotations?.readOnlyHint !== true && name !== 'system_backup') continue
      const args = name.endsWith('watch')
        ? { since: 0, maxItems: 1 }
        : called.stream
          ? { maxItems: 1, maxSeconds: 1 }
          : {}
      const { structuredContent, isError, _meta } = await mcpCall(client, name, args)
      // What it stands on need not be on every machine.
      if (ErrorBody.safeParse(_meta?.['gantry/error']).data?.code === 'E_UNAVAILABLE') continue
      expect(isError, name).toBeUndefined()
      expect(validate(structuredContent), name).toMatchObject({ valid: true })
    }
  })

  test('answer with a structure and with its text, or with the text form where there is one', async () => {
    const { client } = await connect()
    const info = await mcpCall(client, 'system_info')
    expect(info.content).toEqual([{ type: 'text', text: JSON.stringify(info.structuredContent) }])
    const metrics = await mcpCall(client, 'system_metrics')
    expect(metrics.content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/^# HELP/) })
  })

  test.each(Role.options)('are for %s those that the role may use', async (role) => {
    const { client } = await connect(role)
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names).toEqual(
      operations
        .filter(({ meta }) => meta.mcp === true && (meta.permission === 'public' || roleMay(role, meta.permission)))
        .map(toolName),
    )
  })

  test('that are not there, or not for this key, are refused in words', async () => {
    const { client } = await connect('client')
    for (const name of ['nothing', 'access_keys_create', 'access_login']) {
      await expect(mcpCall(client, name)).rejects.toThrow(`There is no tool named "${name}" for this key`)
    }
  })

  test('fail with a code and a hint that an agent can act on', async () => {
    const { client } = await connect()
    const result = await mcpCall(client, 'settings_set', { key: 'log.level', value: 'loud' })
    expect(result.isError).toBe(true)
    expect(result.content[0]).toMatchObject({ text: expect.stringMatching(/^E_SCHEMA: .*log\.level.*\nHint: /s) })
    expect(result._meta?.['gantry/error']).toMatchObject({ code: 'E_SCHEMA' })
    const missing = await mcpCall(client, 'access_keys_revoke')
    expect(missing._meta?.['gantry/error']).toMatchObject({ code: 'E_SCHEMA', details: [{ path: 'id' }] })
  })

  test('are audited and measured as calls over MCP', async () => {
    const { client, core } = await connect()
    await mcpCall(client, 'access_keys_create', { name: 'by an agent' })
    expect(core.core.access.audit.list({ limit: 1 }).items[0]).toMatchObject({
      surface: 'mcp',
      operation: 'access.keys.create',
      actor: 'admin key',
      outcome: 'ok',
    })
  })

  test('say of nested input what it takes, with the schemas that it refers to, also as streams', () => {
    const Named = z
      .object({ mode: z.enum(['none', 'egress']).default('none'), allow: z.array(z.string()).default([]) })
      .meta({ id: 'GatewayTestNetwork' })
    const about = { description: 'Made up for this test, and nothing else.' }
    const input = z.object({
      network: Named.prefault({}),
      labels: z.record(z.string(), z.string()).optional(),
      workspace: z
        .discriminatedUnion('kind', [
          z.object({ kind: z.literal('none') }),
          z.object({ kind: z.literal('copy'), path: z.string() }),
        ])
        .optional(),
    })
    const meta = { permission: 'system:read', effect: 'read' } as const
    const made = listOperations({
      boxes: {
        make: operation('Make', { method: 'POST', path: '/boxes', ...about }, meta)
          .input(input)
          .output(Named),
        watch: operation('Watch', { method: 'GET', path: '/boxes', ...about }, meta)
          .input(input)
          .output(eventIterator(z.object({ network: Named }))),
      },
    })
    const validator = new AjvJsonSchemaValidator()
    for (const tool of made.map(toTool)) {
      const takes = (value: object) => validator.getValidator(tool.inputSchema as JsonSchemaType)(value).valid
      expect(takes({ network: { mode: 'egress', allow: ['a.com'] }, labels: { a: 'b' } })).toBe(true)
      expect(takes({ workspace: { kind: 'copy', path: '/src' } })).toBe(true)
      expect(takes({ network: { mode: 'other' } })).toBe(false)
      expect(takes({ network: { mod: 'none' } })).toBe(false)
      expect(takes({ workspace: { kind: 'none', path: '/src' } })).toBe(false)
      expect(takes({ nothing: 1 })).toBe(false)
      expect(takes({ maxItems: 1, maxSeconds: 1 })).toBe(tool.name === 'boxes_watch')
      validator.getValidator(tool.outputSchema as JsonSchemaType)
    }
  })

  test('come from the contract: an operation that was only just declared is one', () => {
    const [say] = listOperations({
      greetings: {
        say: operation(
          'Say hello',
          { method: 'POST', path: '/greetings', description: 'Greets somebody by name.' },
          { permission: 'system:read', effect: 'destructive' },
        )
          .input(z.object({ name: z.string() }))
          .output(z.object({ text: z.string() })),
      },
    })
    expect(say && toTool(say)).toMatchObject({
      name: 'greetings_say',
      title: 'Say hello',
      inputSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
      outputSchema: { type: 'object', required: ['text'] },
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    })
  })
})

describe('a stream as a tool', () => {
  test('collects until maxItems, and tells each item as progress', async () => {
    const { client, core } = await connect('viewer', { every: manualTimer().every })
    core.core.events.emit({ type: 'settings.problem', message: 'one' })
    core.core.events.emit({ type: 'settings.problem', message: 'two' })
    const progress: unknown[] = []
    const result = await client.callTool(
      { name: 'events_watch', arguments: { since: 0, types: ['settings.problem'], maxItems: 2, maxSeconds: 300 } },
      CallToolResultSchema,
      { onprogress: ({ progress: count, message }) => progress.push([count, JSON.parse(message ?? '').message]) },
    )
    expect(result.structuredContent).toMatchObject({
      ended: 'maxItems',
      items: [{ message: 'one' }, { message: 'two' }],
    })
    expect(progress).toEqual([
      [1, 'one'],
      [2, 'two'],
    ])
  })

  test('returns after maxSeconds with what came', async () => {
    const { client } = await connect('client', { every: manualTimer().every })
    const { structuredContent } = await mcpCall(client, 'system_vitals', { maxSeconds: 1 })
    expect(structuredContent).toMatchObject({ ended: 'maxSeconds', items: [{ memoryBytes: expect.any(Number) }] })
  })

  test.each([{ maxItems: 0 }, { maxItems: 1001 }, { maxSeconds: 0.5 }, { maxSeconds: 301 }, { maxItems: 'many' }])(
    'refuses %j',
    async (limits) => {
      const { client } = await connect('client', { every: manualTimer().every })
      const result = await mcpCall(client, 'system_vitals', limits)
      expect(result._meta?.['gantry/error']).toMatchObject({ code: 'E_SCHEMA', hint: expect.any(String) })
    },
  )

  test('says that it is complete where its source ends, and passes on where it fails', async () => {
    const watch = operations.find(({ name }) => name === 'events.watch')
    if (watch === undefined) throw new Error('there is no events.watch')
    const options = { signal: new AbortController().signal, progress: async () => undefined }
    async function* two() {
      yield 1
      yield 2
    }
    expect((await callTool(watch, {}, async () => two(), options)).structuredContent).toEqual({
      items: [1, 2],
      ended: 'complete',
    })
    async function* broken() {
      yield 1
      throw new Error('broken')
    }
    expect(await callTool(watch, {}, async () => broken(), options)).toMatchObject({ isError: true })
  })

  test('ends when the client cancels', async () => {
    const { client, core } = await connect('viewer', { every: manualTimer().every })
    const cancel = new AbortController()
    const began = core.nextEvent('settings.problem')
    const call = client.callTool(
      { name: 'events_watch', arguments: { maxSeconds: 300, maxItems: 1 } },
      CallToolResultSchema,
      { signal: cancel.signal },
    )
    core.core.events.emit({ type: 'settings.problem', message: 'x' })
    await began
    cancel.abort('enough')
    await expect(call).rejects.toThrow('enough')
  })
})

describe('a session', () => {
  test('belongs to the key that opened it: to another one it does not exist', async () => {
    const core = await startTestCore()
    const [one, other] = [core.key(), core.key()]
    const session = await rawSession(core, one.secret)
    expect((await ping(core, one.secret, session)).status).toBe(200)
    for (const [key, id] of [
      [other.secret, session],
      [one.secret, 'made-up'],
    ] as const) {
      const reply = await ping(core, key, id)
      expect(reply.status).toBe(404)
      expect(reply.json).toMatchObject({ code: 'E_NOT_FOUND', hint: expect.stringContaining('initialize') })
    }
    const stolen = await core.rest('DELETE', '/mcp', { key: other.secret, headers: { 'mcp-session-id': session } })
    expect(stolen.status).toBe(404)
    expect((await ping(core, one.secret, session)).status).toBe(200)
  })

  test('ends with DELETE', async () => {
    const { core, transport, secret, client } = await connect()
    const id = transport.sessionId ?? ''
    await transport.terminateSession()
    expect((await ping(core, secret, id)).status).toBe(404)
    await client.close()
  })

  test('ends when its key is revoked, those of other keys do not', async () => {
    const core = await startTestCore()
    const [one, other] = [core.key(), core.key()]
    const [ended, kept] = [await rawSession(core, one.secret), await rawSession(core, other.secret)]
    core.core.access.keys.revoke(one.key.id)
    expect((await ping(core, one.secret, ended)).status).toBe(401)
    expect((await ping(core, other.secret, kept)).status).toBe(200)
  })

  test('a call under way in it ends too when its key is revoked', async () => {
    const { client, core, key } = await connect('client', { every: manualTimer().every })
    const got = new Promise<void>((resolve) => {
      void client
        .callTool({ name: 'system_vitals', arguments: { maxSeconds: 300 } }, CallToolResultSchema, {
          onprogress: () => resolve(),
        })
        .catch(() => undefined)
    })
    await got
    core.core.access.keys.revoke(key.id)
    await expect(client.listTools()).rejects.toBeInstanceOf(Error)
  })

  test('gives way when there are too many: the one unused for the longest', async () => {
    const core = await startTestCore({ env: { GANTRY_MCP_MAX_SESSIONS: '2' } })
    const { secret } = core.key()
    const [first, second] = [await rawSession(core, secret), await rawSession(core, secret)]
    await ping(core, secret, first)
    const third = await rawSession(core, secret)
    const statuses = await Promise.all([first, second, third].map(async (id) => (await ping(core, secret, id)).status))
    expect(statuses).toEqual([200, 404, 200])
  })

  test('makes room at the cost of whoever holds the most, not of the others', async () => {
    const core = await startTestCore({ env: { GANTRY_MCP_MAX_SESSIONS: '3' } })
    const [modest, greedy] = [core.key().secret, core.key('client').secret]
    const kept = await rawSession(core, modest)
    for (let count = 0; count < 5; count += 1) await rawSession(core, greedy)
    expect((await ping(core, modest, kept)).status).toBe(200)
  })

  test('costs a request of what the key has a minute', async () => {
    const core = await startTestCore({ env: { GANTRY_ACCESS_RATE_PER_MINUTE: '2' } })
    const { secret } = core.key('client')
    await rawSession(core, secret)
    await rawSession(core, secret)
    const reply = await core.rest('POST', '/mcp', { key: secret, body: INITIALIZE, headers: ACCEPT })
    expect(reply).toMatchObject({ status: 429, json: { code: 'E_RATE' } })
  })

  test('is not opened by a request that is none', async () => {
    const core = await startTestCore({ env: { GANTRY_MCP_MAX_SESSIONS: '1' } })
    const { secret } = core.key()
    const session = await rawSession(core, secret)
    for (const [method, body] of [
      ['POST', { jsonrpc: '2.0', id: 1, method: 'tools/list' }],
      ['POST', {}],
      ['POST', []],
      ['POST', 'nonsense'],
      ['POST', null],
      ['GET', undefined],
      ['DELETE', undefined],
    ] as const) {
      const reply = await core.rest(method, '/mcp', {
        key: secret,
        body: body === null ? 'null' : body,
        headers: ACCEPT,
      })
      expect(reply.status, `${method} ${JSON.stringify(body)}`).toBe(400)
    }
    expect((await core.rest('PUT', '/mcp', { key: secret, body: {}, headers: ACCEPT })).status).toBe(405)
    expect(
      (await core.rest('POST', '/mcp', { key: secret, body: INITIALIZE, headers: { accept: 'text/plain' } })).status,
    ).toBe(406)
    expect((await ping(core, secret, session)).status).toBe(200)
  })

  test('ends with Gantry', async () => {
    const { core, client } = await connect()
    await core.stop()
    await expect(client.listTools()).rejects.toBeInstanceOf(Error)
  })

  test('never gets the answer of another, however the two are mixed', async () => {
    const core = await startTestCore()
    const clients = await Promise.all(
      Array.from({ length: 4 }, async (_, index) => {
        const { secret } = core.core.access.keys.create({ name: `client ${index}`, role: 'client' }, 'test')
        return { name: `client ${index}`, client: (await connectMcp(core.url(), secret)).client }
      }),
    )
    const answers = await Promise.all(
      Array.from({ length: 80 }, async (_, index) => {
        const { name, client } = clients[index % 4] ?? (clients[0] as (typeof clients)[number])
        const { structuredContent } = await mcpCall(client, 'access_whoami')
        return [name, structuredContent?.['name']]
      }),
    )
    for (const [asked, answered] of answers) expect(answered).toBe(asked)
  })

  test('stays usable with a client that speaks an older protocol', async () => {
    const core = await startTestCore()
    const { secret } = core.key()
    const transport = new StreamableHTTPClientTransport(new URL(`${core.url()}/mcp`), {
      requestInit: { headers: { 'x-api-key': secret } },
    })
    const client = new Client({ name: 'old', version: '1' })
    await client.connect(transport as Parameters<Client['connect']>[0])
    expect((await mcpCall(client, 'system_health')).structuredContent).toMatchObject({ status: 'ok' })
    await client.close()
  })
})

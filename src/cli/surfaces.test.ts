/** Every operation on every surface: the same answer to the same question, and the same error to the same mistake. */
import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { MessageChannel } from 'node:worker_threads'
import { beforeAll, expect, test } from 'vitest'
import {
  ERRORS,
  ErrorBody,
  type GantryClient,
  type Operation,
  contract,
  listOperations,
  toGantryError,
} from '../contract/index.ts'
import {
  type TestCore,
  connectMcp,
  manualTimer,
  mcpCall,
  openSse,
  runCli,
  spawnCli,
  startTestCore,
  suiteCleanup,
  testEnv,
} from '../core/testing/index.ts'
import { choicesOf, commandWords, fieldsOf } from './fields.ts'
import { CASES, type Case, type Input, type Surroundings } from './surface-cases.ts'

type Ask = (operation: Operation, input: Input) => Promise<unknown>

const cleanup = suiteCleanup()
let shared: TestCore
let around: Surroundings
let mcp: Client
let overPort: GantryClient
const channel = new MessageChannel()

beforeAll(async () => {
  const timer = manualTimer()
  shared = await startTestCore({ cleanup, every: timer.every, env: { GANTRY_AGENTS_WARM: 'false' } })
  around = { core: shared, client: shared.client(shared.core.access.ownerToken), timer }
  // They would outlive the Gantry that started them.
  cleanup(async () => void (await around.client.agents.cancelAll({ graceSeconds: 0 })))
  mcp = (await connectMcp(shared.url(), shared.core.access.ownerToken, cleanup)).client
  new RPCHandler(shared.core.router).upgrade(channel.port1, { context: shared.core.ownerContext })
  channel.port1.start()
  overPort = createORPCClient(new PortLink({ port: channel.port2 }))
  channel.port2.start()
  cleanup(() => channel.port1.close())
})

const at = (client: unknown, path: readonly string[]) =>
  path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], client) as (
    input: Input,
  ) => Promise<unknown>

const viaClient =
  (client: () => GantryClient): Ask =>
  async (operation, input) => {
    const output = await at(client(), operation.path)(input)
    if (!operation.stream) return output
    const stream = output as AsyncGenerator<unknown>
    const { value } = await stream.next()
    await stream.return(undefined)
    return value
  }

const fail = (body: unknown): never => {
  const { code, message, ...extras } = ErrorBody.parse(body)
  throw Object.assign(new Error(message), { body: { code, message, ...extras } })
}

const queryOf = (input: Input) =>
  new URLSearchParams(
    Object.entries(input).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
    ),
  ).toString()

const viaRest: Ask = async (operation, input) => {
  const rest = { ...input }
  const path = operation.route.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest[name])
    delete rest[name]
    return encodeURIComponent(value)
  })
  const key = shared.core.access.ownerToken
  const bodyless = operation.method === 'GET' || operation.method === 'DELETE'
  const target = bodyless && Object.keys(rest).length > 0 ? `${path}?${queryOf(rest)}` : path
  if (operation.stream) {
    const stream = await openSse(shared.url(), target, { key })
    if (stream.status === 200) return (await stream.next())?.data
    stream.close()
  }
  const reply = await shared.rest(operation.method, target, { key, ...(bodyless ? {} : { body: rest }) })
  if (reply.status >= 400) {
    expect(reply.status).toBe(ERRORS[ErrorBody.parse(reply.json).code].status)
    fail(reply.json)
  }
  if (typeof operation.meta.text?.mediaType !== 'string') return reply.json
  return { items: [...reply.text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => ({ name })) }
}

const viaMcp: Ask = async (operation, input) => {
  const result = await mcpCall(mcp, operation.path.join('_'), operation.stream ? { ...input, maxItems: 1 } : input)
  if (result.isError === true) fail(result._meta?.['gantry/error'])
  return operation.stream ? (result.structuredContent as { items: unknown[] }).items[0] : result.structuredContent
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

const wordsOf = (operation: Operation, input: Input): string[] => {
  const fields = fieldsOf(operation).filter(({ secret, path }) => !secret && path.length === 1)
  const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  const positional = (operation.meta.cli?.positional ?? []).filter((name) => name in input)
  const options = fields.flatMap(({ name, option }) =>
    positional.includes(name) || !(name in input)
      ? []
      : listOf(input[name]).map((value) => `--${option}=${asText(value)}`),
  )
  return [
    ...commandWords(operation),
    ...options,
    ...(positional.length === 0 ? [] : ['--', ...positional.flatMap((name) => listOf(input[name]).map(asText))]),
  ]
}

const viaCli: Ask = async (operation, input) => {
  const words = ['--json', '--yes', ...wordsOf(operation, input)]
  const env = testEnv(shared.home, shared.port)
  if (operation.stream) {
    const running = spawnCli(words, { env })
    const line = await running
      .line()
      .catch(async () => fail((JSON.parse((await running.ended).stderr) as { error: unknown }).error))
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    return JSON.parse(line)
  }
  const secrets = fieldsOf(operation).filter(({ secret }) => secret)
  const piped = secrets.map(({ name }) => `${String(input[name])}\n`).join('')
  const { code, stdout, stderr } = await runCli(words, { env, input: piped })
  if (code === 0) return JSON.parse(stdout)
  const { error } = JSON.parse(stderr) as { error: ErrorBody }
  expect(code).toBe(ERRORS[error.code].exit)
  return fail(error)
}

const SURFACES: Record<string, Ask> = {
  'RPC over a MessagePort, as in the window': viaClient(() => overPort),
  'RPC over HTTP, as in the dashboard': viaClient(() => shared.client(shared.core.access.ownerToken)),
  REST: viaRest,
  MCP: viaMcp,
  'the command line': viaCli,
}

/** As every surface says it, made comparable. */
const errorOf = async (asked: Promise<unknown>) => {
  try {
    await asked
  } catch (thrown) {
    return (thrown as { body?: ErrorBody }).body ?? toGantryError(thrown).toBody()
  }
  throw new Error('it did not fail')
}

const operations = listOperations(contract)

test('every operation has a case here', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(operations.map(({ name }) => name).toSorted())
})

const caseOf = ({ name }: Operation): Case => CASES[name] ?? { input: () => ({}) }
const surfacesOf = (operation: Operation) =>
  Object.entries(SURFACES).filter(([name]) => name !== 'MCP' || operation.meta.mcp === true)

test.each(operations.filter((operation) => !caseOf(operation).onlySessions && !caseOf(operation).onlyFails))(
  '$name is answered alike on every surface',
  async (operation) => {
    const { input, same = (output: unknown) => output, needsEngine = false } = caseOf(operation)
    const isRefused = needsEngine && process.env['GANTRY_TEST_DOCKER'] !== 'available'
    const answers: Record<string, unknown> = {}
    for (const [name, ask] of surfacesOf(operation)) {
      const given = await input(around)
      answers[name] = isRefused ? await errorOf(ask(operation, given)) : same((await ask(operation, given)) as never)
    }
    const expected = answers['RPC over HTTP, as in the dashboard']
    expect(expected).not.toBeUndefined()
    expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((name) => [name, expected])))
  },
)

test.each(operations.filter((operation) => caseOf(operation).bad !== undefined))(
  '$name fails alike on every surface',
  async (operation) => {
    const { bad = {} } = caseOf(operation)
    const errors: Record<string, ErrorBody> = {}
    for (const [name, ask] of surfacesOf(operation)) errors[name] = await errorOf(ask(operation, bad))
    const expected = errors['RPC over HTTP, as in the dashboard']
    expect(expected).toMatchObject({
      code: expect.stringMatching(/^E_/),
      message: expect.any(String),
      hint: expect.any(String),
    })
    // A word that cannot be meant stops on the command line already: it names the option, as people typed it.
    const isEarly = fieldsOf(operation).some(
      (field) =>
        field.path.length === 1 && field.name in bad && (field.type === 'boolean' || choicesOf(field).length > 0),
    )
    for (const [name, error] of Object.entries(errors)) {
      if (isEarly && name === 'the command line') expect(error.code).toBe(expected?.code)
      else expect(error, name).toEqual(expected)
    }
  },
)

test.each(operations.filter((operation) => caseOf(operation).onlySessions !== true))(
  '$name refuses on every surface what is no field of its input',
  async (operation) => {
    const { bad = {} } = caseOf(operation)
    const paths = [...operation.route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    const input = { ...Object.fromEntries(paths.map((name) => [name, bad[name] ?? 'x'])), notAField: 'x' }
    for (const [name, ask] of surfacesOf(operation)) {
      if (name === 'the command line') continue
      expect(await errorOf(ask(operation, input)), name).toMatchObject({
        code: 'E_SCHEMA',
        message: 'There is no input field "notAField".',
        details: [{ path: 'notAField', message: 'is no field of this input' }],
      })
    }
  },
)

test.each(operations.filter(({ meta }) => meta.mcp !== true))('$name is not offered to agents', async ({ path }) => {
  await expect(mcpCall(mcp, path.join('_'))).rejects.toThrow('no tool named')
})

test.each(operations.filter((operation) => fieldsOf(operation).length > 0))(
  '$name has a bad input to try',
  (operation) => {
    expect(caseOf(operation).bad).toBeDefined()
  },
)

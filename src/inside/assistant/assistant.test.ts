import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'rolldown'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Budget, catalogAt, startModels } from '../../core/models/fixture.ts'
import { NODE, tempHome, until } from '../../core/testing/index.ts'

const ENTRY = join(import.meta.dirname, 'index.ts')
const AGENT = 'agent1'

interface Asked {
  kind: string
  question: string
  choices?: string[]
  key: string
}

interface BoxOptions {
  budget?: Budget
  withMcp?: boolean
  /** What the person answers; without it nobody ever does. */
  answer?: (asked: Asked) => string | undefined
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const toolServer = () => {
  const server = new McpServer({ name: 'gantry', version: '1' })
  server.registerTool('system_info', { description: 'Of this machine', inputSchema: {} }, () => ({
    content: [{ type: 'text', text: 'Gantry 1.0\nall is well' }],
  }))
  server.registerTool('agents_cancel', { inputSchema: { id: z.string() } }, () => ({
    isError: true,
    content: [{ type: 'text', text: 'E_NOT_FOUND: There is no such agent.' }],
  }))
  return server
}

/** What a box offers on its loopback: the real model proxy with the demo, real MCP, and a person. */
const openBox = async ({ budget = {}, withMcp = true, answer = () => undefined }: BoxOptions) => {
  const { models, callerFor, records } = startModels(catalogAt('http://127.0.0.1:1'), { budget })
  const caller = { ...callerFor('demo'), agentId: AGENT }
  const asked: Asked[] = []
  const said: { kind: string; text: string }[] = []

  const passOn = async (request: IncomingMessage, response: ServerResponse) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const body = await readBody(request)
    const outside = await models.handle(
      { method: request.method ?? 'GET', path: request.url ?? '/', headers, body },
      caller,
      gone.signal,
    )
    response.writeHead(outside.status, outside.headers)
    if (typeof outside.body === 'string' || Buffer.isBuffer(outside.body)) {
      response.end(outside.body)
      return
    }
    for await (const part of outside.body) response.write(part)
    response.end()
  }

  const mcp = async (request: IncomingMessage, response: ServerResponse) => {
    if (!withMcp) return void response.writeHead(404).end()
    // As Gantry does it: there is no session, and nothing to listen to.
    if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end()
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
    const server = toolServer()
    response.once('close', () => void server.close())
    await server.connect(transport)
    await transport.handleRequest(request, response)
  }

  const ask = async (request: IncomingMessage, response: ServerResponse) => {
    const question = JSON.parse((await readBody(request)).toString()) as Asked
    asked.push(question)
    const text = answer(question)
    if (text !== undefined) response.setHeader('content-type', 'application/json').end(JSON.stringify({ answer: text }))
  }

  const say = async (request: IncomingMessage, response: ServerResponse) => {
    said.push(JSON.parse((await readBody(request)).toString()) as { kind: string; text: string })
    response.writeHead(204).end()
  }

  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const own = { '/mcp': mcp, '/ask': ask, '/say': say }[path]
    void (own ?? passOn)(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, said, records, models }
}

interface RunOptions extends BoxOptions {
  parameters?: Record<string, unknown>
  approve?: string
  isInteractive?: boolean
  entry?: string
}

const start = async (task: string, options: RunOptions = {}) => {
  const box = await openBox(options)
  const folder = join(tempHome(), 'work')
  mkdirSync(folder)
  const child: ChildProcess = spawn(NODE, [options.entry ?? ENTRY], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      GANTRY_TASK: task,
      GANTRY_MODEL: 'demo',
      GANTRY_URL: box.url,
      GANTRY_MCP_URL: `${box.url}/mcp`,
      OPENAI_BASE_URL: `${box.url}/v1`,
      GANTRY_PARAMETERS: JSON.stringify(options.parameters ?? {}),
      GANTRY_APPROVE: options.approve ?? '',
      GANTRY_INTERACTIVE: options.isInteractive === true ? '1' : '',
    },
  })
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const closed = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await closed
  })
  const seen = (text: string) => until(() => (out.includes(text) ? true : undefined), `"${text}" in ${out} ${err}`)
  return {
    ...box,
    folder,
    seen,
    send: (line: string) => child.stdin?.write(`${line}\n`),
    endInput: () => child.stdin?.end(),
    log: () => out,
    ended: async () => {
      const code = await closed
      return { code, log: out, errors: err }
    },
  }
}

const run = async (task: string, options: RunOptions = {}) => {
  const { ended, ...rest } = await start(task, options)
  return { ...rest, ...(await ended()) }
}

/** Ended; that nobody has asked for its exit code is not its fault. */
const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return existsSync(`/proc/${pid}/stat`) && /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

describe('the assistant', () => {
  it('works with the tools of its box, step by step, and tells what it does', async () => {
    const task = [
      'think I write a file first',
      'use write_file {"path":"notes/a.txt","text":"one\\ntwo\\nthree"}',
      'use read_file {"path":"notes/a.txt"}',
      'use list_files {}',
      'say All done.',
    ].join('\n')
    const { code, log, errors, folder, said, records } = await run(task)
    expect(errors).toBe('')
    expect(code).toBe(0)
    expect(readFileSync(join(folder, 'notes/a.txt'), 'utf8')).toBe('one\ntwo\nthree')
    expect(log.replaceAll(/\d+ ms/g, 'N ms').split('\n')).toEqual([
      'think demo: I write a file first',
      'tool  write_file notes/a.txt  (1 line, N ms)',
      'tool  read_file notes/a.txt  (3 lines, N ms)',
      'tool  list_files .  (1 line, N ms)',
      'say   demo: All done.',
      '',
    ])
    expect(said.map(({ kind, text }) => `${kind} ${text.replaceAll(/\d+ ms/g, 'N ms')}`)).toEqual([
      'tool write_file notes/a.txt  (1 line, N ms)',
      'tool read_file notes/a.txt  (3 lines, N ms)',
      'tool list_files .  (1 line, N ms)',
      'text demo: All done.',
    ])
    expect(records).toHaveLength(4)
  })

  it('shows the output of a command as it comes, and its exit code to the model', async () => {
    const { log, code } = await run('use run_command {"command":"echo one; echo two >&2; exit 3"}')
    expect(code).toBe(0)
    expect(log).toMatch(/^tool {2}run_command echo one; echo two >&2; exit 3 {2}…\n {2}one\n {2}two\n/)
    expect(log).toContain('The last result was: exit 3')
  })

  it('ends a command that takes too long, with what it started', async () => {
    const { log } = await run('use run_command {"command":"sleep 600 & echo $!; wait","seconds":1}')
    expect(log).toContain('ended after 1 s')
    const pid = Number(/^ {2}(\d+)$/m.exec(log)?.[1])
    expect(pid).toBeGreaterThan(1)
    await until(() => isGone(pid) || undefined, 'the end of what the command started')
  })

  it('uses the tools of Gantry, and tells the model when one fails', async () => {
    const { log, code } = await run('use system_info {}\nuse agents_cancel {"id":"x"}')
    expect(code).toBe(0)
    expect(log).toMatch(/tool {2}system_info {2}\(2 lines, \d+ ms\)/)
    expect(log).toContain('tool  agents_cancel x  failed: E_NOT_FOUND: There is no such agent.')
    expect(log).toContain('The last result was:')
  })

  it('works without the tools of Gantry where there are none', async () => {
    const { log, code } = await run('say hello', { withMcp: false })
    expect(code).toBe(0)
    expect(log).toContain('wire  no tools of Gantry: ')
    expect(log).toContain('say   demo: hello')
  })

  it('asks the person, waits, and goes on with the answer', async () => {
    const { log, code, asked } = await run('ask Which colour? [red|green]\nsay thanks', { answer: () => 'green' })
    expect(code).toBe(0)
    expect(asked).toMatchObject([{ kind: 'question', question: 'Which colour?', choices: ['red', 'green'] }])
    expect(log.split('\n')).toEqual([
      'ask   Which colour?  [red | green]',
      'wire  waiting for an answer; the time at work stands still',
      'told  green',
      'say   demo: thanks',
      '',
    ])
  })

  it('asks before it uses what must be asked for, and tells the model when that is refused', async () => {
    const answers = ['Allow', 'Refuse']
    const task = 'use write_file {"path":"a","text":"1"}\nuse write_file {"path":"b","text":"2"}\nuse list_files {}'
    const { log, code, asked } = await run(task, { approve: 'write_*,agents_cancel', answer: () => answers.shift() })
    expect(code).toBe(0)
    expect(asked.map(({ kind, question, choices }) => ({ kind, question, choices }))).toEqual([
      { kind: 'approval', question: 'write_file {"path":"a","text":"1"}', choices: ['Allow', 'Refuse'] },
      { kind: 'approval', question: 'write_file {"path":"b","text":"2"}', choices: ['Allow', 'Refuse'] },
    ])
    expect(new Set(asked.map(({ key }) => key)).size).toBe(2)
    expect(log).toContain('ask   May I use write_file {"path":"b","text":"2"}?\ntold  Refuse\n')
    expect(log).toContain('tool  write_file b  failed: A person refused this call: Refuse.')
    expect(log).toContain('The last result was: a')
  })

  it('asks in words that Gantry takes, however much is to be written', async () => {
    const text = 'x'.repeat(50_000)
    const { code, asked, log } = await run(`use write_file {"path":"a","text":"${text}"}`, {
      approve: 'write_file',
      answer: () => 'Allow',
    })
    expect(code).toBe(0)
    expect(asked[0]?.question.length).toBeLessThan(8100)
    expect(log.length).toBeLessThan(1000)
  })

  it('leaves it to Gantry to ask for the tools of Gantry', async () => {
    const { code, asked } = await run('use agents_cancel {"id":"x"}', { approve: 'agents_cancel' })
    expect(code).toBe(0)
    expect(asked).toEqual([])
  })

  it('goes on with what is sent to it, as a line or as JSON, until nothing more can come', async () => {
    const running = await start('say first', { isInteractive: true })
    await running.seen('demo: first')
    running.send('say second')
    await running.seen('demo: second')
    running.send(JSON.stringify({ text: 'use list_files {}\nsay third' }))
    await running.seen('demo: third')
    running.endInput()
    const { code, log } = await running.ended()
    expect(code).toBe(0)
    expect(log).toContain('told  say second\nsay   demo: second\n')
  })

  it('waits for its first message where it has no task', async () => {
    const running = await start('', { isInteractive: true })
    running.send('say at last')
    await running.seen('demo: at last')
    running.endInput()
    expect((await running.ended()).code).toBe(0)
  })
})

describe('the assistant ends by itself', () => {
  it('when it makes the same call three times', async () => {
    const { code, log, said } = await run('loop list_files {"path":"."}')
    expect(code).toBe(3)
    const end = 'This goes round in circles: list_files {"path":"."} came three times. I stop here.'
    expect(log.trimEnd().endsWith(`stop  ${end}`)).toBe(true)
    expect(log.match(/^tool /gm)).toHaveLength(2)
    expect(said.at(-1)).toEqual({ kind: 'text', text: end })
  })

  it('when it makes the same mistake three times', async () => {
    const { code, log } = await run('loop read_file {"file":"a"}')
    expect(code).toBe(3)
    expect(log.match(/^tool {2}read_file .* failed: Invalid input for tool read_file/gm)).toHaveLength(3)
    expect(log).toContain('stop  This goes round in circles: read_file {"file":"a"} came three times.')
  })

  it('after so many steps', async () => {
    const lines = [1, 2, 3, 4, 5].map((number) => `use write_file {"path":"a","text":"${number}"}`)
    const { code, log, records } = await run(lines.join('\n'), { parameters: { maxSteps: 3 } })
    expect(code).toBe(3)
    expect(log).toContain('stop  3 steps are used up, and the task is not done. I stop here.')
    expect(records).toHaveLength(3)
  })

  it('after so many tokens', async () => {
    const { code, log } = await run('use list_files {}\nsay more', { parameters: { maxTokens: 20 } })
    expect(code).toBe(3)
    expect(log).toContain('stop  20 tokens are used up')
  })

  it('after so much time, in the middle of a call and of a command', async () => {
    const silent = run('wait 600000\nsay never', { parameters: { maxSeconds: 1 } })
    const busy = run('use run_command {"command":"sleep 600"}', { parameters: { maxSeconds: 1 } })
    for (const { code, log } of await Promise.all([silent, busy])) {
      expect(code).toBe(3)
      expect(log).toContain('stop  1 s of work are used up, and the task is not done. I stop here.')
    }
  })

  it.each([
    ['in the middle of an answer', 'count 3000', 1500],
    ['before it begins', 'say hi', 5],
  ])('when its budget is used up, %s', async (_, task, tokens) => {
    const { code, log, said } = await run(task, { budget: { tokens } })
    expect(code).toBe(4)
    const end = 'The budget of this agent is used up: all of it. Raise it to go on.'
    expect(log).toContain(`stop  ${end}\n`)
    expect(said.at(-1)).toEqual({ kind: 'text', text: end })
  })

  it('when the model cannot be had', async () => {
    const { code, log } = await run('fail 401 no such key')
    expect(code).toBe(1)
    expect(log).toContain('stop  The model cannot be asked: The demo answered 401: no such key')
  })

  it('after it has tried again, when the model breaks off', async () => {
    const { code, log, records } = await run('break')
    expect(code).toBe(1)
    expect(log.match(/^wire {2}.*Trying again\.$/gm)).toHaveLength(2)
    expect(log).toContain('stop  I cannot go on: The connection to the demo was cut.')
    expect(records).toHaveLength(3)
  })

  it('when its environment is not as it should be', async () => {
    const child = spawn(NODE, [ENTRY], { env: { GANTRY_PARAMETERS: '{' }, stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect(code).toBe(1)
    expect(out).toContain('stop  The environment is not as it should be')
    expect(out).toContain('OPENAI_BASE_URL')
  })
})

it('runs as one file, with nothing beside it', async () => {
  const folder = tempHome()
  await build({
    input: ENTRY,
    platform: 'node',
    logLevel: 'silent',
    output: { file: join(folder, 'assistant.mjs'), format: 'esm', codeSplitting: false },
  })
  const { code, log, errors } = await run('use list_files {}\nuse system_info {}\nsay done', {
    entry: join(folder, 'assistant.mjs'),
  })
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(log).toContain('tool  system_info  (2 lines,')
  expect(log).toContain('say   demo: done')
})

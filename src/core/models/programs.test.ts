import { generateText, streamText } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderKind } from '../../contract/index.ts'
import { type Provider, startProvider } from '../testing/index.ts'
import { ASK, CLIENTS, KEY, catalogAt, post, startModels } from './fixture.ts'
import type { ModelCaller } from './index.ts'

let provider: Provider
const cleanups: (() => void | Promise<void>)[] = []
beforeAll(async () => {
  provider = await startProvider((task) => cleanups.push(task))
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})
beforeEach(() => provider.forget())

const start = async (model: ProviderKind, caller: Partial<ModelCaller> = {}) => {
  const started = startModels(catalogAt(provider.url))
  const fetch = started.fetchFor(started.callerFor(model, caller))
  const get = (path: string, method = 'GET') => fetch(`http://inside${path}`, { method })
  return { ...started, fetch, get }
}

const CHAT = (said: string) => ({ model: 'any', messages: [{ role: 'user', content: said }] })

describe('which model is meant', () => {
  const MODELS = { models: ['openai', 'anthropic'] }
  it.each([
    ['anthropic', 'anthropic', 'its id'],
    ['anthropic-model-1', 'anthropic', 'what its provider calls it'],
    ['gpt-99-turbo', 'openai', 'a name that nobody knows'],
    ['ollama', 'openai', 'a model that the agent may not use'],
    ['', 'openai', 'nothing'],
  ])('%j is %s: by %s', async (name, expected) => {
    const { fetch, records } = await start('openai', MODELS)
    await (await post(fetch, '/v1/chat/completions', { ...CHAT('say hi'), model: name })).text()
    expect(records).toMatchObject([{ model: expected }])
  })

  it('says so when the catalogue has lost the model', async () => {
    const { fetchFor, callerFor } = await start('openai')
    const lost = fetchFor({ ...callerFor('openai'), model: 'gone', models: [] })
    const answer = await post(lost, '/v1/chat/completions', CHAT('say hi'))
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('The catalogue has no model \\"gone\\" any more')
  })
})

describe('what programs ask beside their calls', () => {
  const both = { models: ['openai', 'anthropic'] }

  it('lists the models that the agent may use, for every kind of program', async () => {
    const { get } = await start('openai', both)
    const list = (await (await get('/v1/models')).json()) as { data: { id: string }[] }
    expect(list).toMatchObject({ object: 'list', has_more: false, first_id: 'openai', last_id: 'anthropic' })
    expect(list.data.map(({ id }) => id)).toEqual(['openai', 'anthropic'])
    expect(list.data[0]).toMatchObject({ object: 'model', type: 'model', display_name: 'openai', owned_by: 'openai' })
    const tags = (await (await get('/api/tags')).json()) as { models: { name: string }[] }
    expect(tags.models.map(({ name }) => name)).toEqual(['openai', 'anthropic'])
    expect(await (await get('/v1/models/anthropic')).json()).toMatchObject({ id: 'anthropic' })
    expect(await (await get('/v1/models/of-its-own')).json()).toMatchObject({ id: 'openai' })
  })

  it('answers the probes of Ollama’s programs', async () => {
    const { get, fetch } = await start('openai')
    expect(await (await get('/')).text()).toBe('Ollama is running')
    const head = await get('/', 'HEAD')
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(await (await get('/api/version')).json()).toEqual({ version: expect.stringMatching(/^\d+\.\d+/) as string })
    expect(await (await post(fetch, '/api/show', { model: 'x' })).json()).toMatchObject({
      capabilities: ['completion', 'tools'],
    })
    expect(await (await post(fetch, '/api/generate', { model: 'x' })).json()).toMatchObject({ done_reason: 'load' })
    expect(await (await post(fetch, '/api/chat', { model: 'x', messages: [] })).json()).toMatchObject({
      done_reason: 'load',
    })
  })

  it('counts tokens as Anthropic does, or estimates them', async () => {
    const body = { model: 'x', messages: [{ role: 'user', content: 'word '.repeat(400) }] }
    const anthropic = await start('anthropic')
    expect(await (await post(anthropic.fetch, '/v1/messages/count_tokens', body)).json()).toEqual({ input_tokens: 42 })
    const [seen] = await provider.seen()
    expect(seen?.headers['x-api-key']).toBe(KEY)
    const other = await start('openai')
    const estimate = await (await post(other.fetch, '/v1/messages/count_tokens?beta=true', body)).json()
    expect(estimate).toEqual({ input_tokens: expect.closeTo(500, -2) as number })
    expect(other.records).toEqual([])
  })

  it.each([
    ['/v1/embeddings', { error: { message: 'There is no POST /v1/embeddings here.', type: 'not_found_error' } }],
    ['/v1/messages/batches', { type: 'error', error: { type: 'not_found_error' } }],
    ['/api/pull', { error: 'There is no POST /api/pull here.' }],
  ])('says of %s that it is not there, in the form of its kind', async (path, expected) => {
    const { fetch } = await start('openai')
    const answer = await post(fetch, path, {})
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject(expected)
  })
})

describe('a provider that speaks the same', () => {
  it('is passed on as it is, byte for byte', async () => {
    const { fetch } = await start('anthropic')
    const body = { ...ASK['messages']?.body('think hm\nsay grüß dich 👋', true), model: 'anthropic-model-1' }
    const direct = await globalThis.fetch(`${provider.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'any', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(body),
    })
    expect(await (await post(fetch, '/v1/messages', body)).text()).toBe(await direct.text())
  })

  it('gets what the program asks of it beyond the usual', async () => {
    const { fetch } = await start('anthropic')
    const thinking = { type: 'enabled', budget_tokens: 2000 }
    const asked = { ...ASK['messages']?.body('say hi', false), thinking, cache_control: { type: 'ephemeral' } }
    await post(fetch, '/v1/messages', asked, { 'anthropic-beta': 'a-beta', 'anthropic-version': '2024-01-01' })
    const [seen] = await provider.seen()
    expect(seen?.body).toEqual({ ...asked, model: 'anthropic-model-1' })
    expect(seen?.headers).toMatchObject({ 'anthropic-beta': 'a-beta', 'anthropic-version': '2024-01-01' })
  })
})

describe('a box without network stays one', () => {
  const functionTool = { type: 'function', function: { name: 'own', parameters: { type: 'object' } } }

  it.each([
    {
      dialect: 'chat',
      model: 'openai',
      extras: { web_search_options: {}, service_tier: 'priority', tools: [functionTool, { type: 'web_search' }] },
      tools: [functionTool],
    },
    {
      dialect: 'responses',
      model: 'openai',
      extras: {
        background: true,
        tools: [
          { type: 'function', name: 'own' },
          { type: 'mcp', server_url: 'https://example.com' },
          { type: 'web_search' },
          { type: 'code_interpreter' },
          { type: 'shell', environment: { type: 'container_auto' } },
          { type: 'shell', environment: { type: 'local' } },
          { type: 'namespace', name: 'mine', tools: [{ type: 'function', name: 'deep' }, { type: 'mcp' }] },
        ],
      },
      tools: [
        { type: 'function', name: 'own' },
        { type: 'shell', environment: { type: 'local' } },
        { type: 'namespace', name: 'mine', tools: [{ type: 'function', name: 'deep' }] },
      ],
    },
    {
      dialect: 'messages',
      model: 'anthropic',
      extras: {
        mcp_servers: [{ type: 'url', url: 'https://example.com', name: 'x' }],
        tools: [
          { name: 'own', input_schema: { type: 'object' } },
          { type: 'bash_20250124', name: 'bash' },
          { type: 'web_fetch_20250910', name: 'web_fetch' },
          { type: 'code_execution_20250825', name: 'code_execution' },
          { type: 'mcp_toolset', mcp_server_name: 'x' },
        ],
      },
      tools: [
        { name: 'own', input_schema: { type: 'object' } },
        { type: 'bash_20250124', name: 'bash' },
      ],
    },
  ] as const)('leaves tools that the provider runs out of $dialect', async ({ dialect, model, extras, tools }) => {
    const { fetch } = await start(model)
    const asking = ASK[dialect]
    await post(fetch, asking?.path ?? '', { ...asking?.body('say hi', false), ...extras })
    const [seen] = await provider.seen()
    expect(seen?.body.tools).toEqual(tools)
    for (const name of Object.keys(extras)) if (name !== 'tools') expect(seen?.body).not.toHaveProperty(name)
  })

  const URL = 'https://example.com/picture?secret=1'
  it.each([
    ['chat', 'openai', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: URL } }] }] }],
    ['chat', 'anthropic', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: URL } }] }] }],
    ['responses', 'openai', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: URL }] }] }],
    ['responses', 'openai', { input: [{ role: 'user', content: [{ type: 'input_file', file_url: URL }] }] }],
    [
      'responses',
      'openai',
      { input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: URL }] }] },
    ],
    [
      'messages',
      'anthropic',
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: URL } }] }] },
    ],
    [
      'messages',
      'openai',
      {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                tool_use_id: 't',
                content: [{ type: 'image', source: { type: 'url', url: URL } }],
              },
            ],
          },
        ],
      },
    ],
  ] as const)('refuses an address to be fetched in %s to %s', async (dialect, model, extras) => {
    const { fetch } = await start(model)
    const asking = ASK[dialect]
    const answer = await post(fetch, asking?.path ?? '', { ...asking?.body('', false), ...extras })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('by its address is not fetched for an agent')
    expect(await provider.seen()).toEqual([])
  })
})

describe('thoughts', () => {
  it.each([
    ['messages', 'anthropic'],
    ['messages', 'openai-compatible'],
    ['messages', 'ollama'],
    ['responses', 'anthropic'],
    ['responses', 'openai-compatible'],
    ['ollama-chat', 'anthropic'],
    ['messages', 'demo'],
  ] as const)('are told in %s when %s has some, whole and streamed', async (dialect, model) => {
    const { fetch } = await start(model)
    const client = CLIENTS[dialect]?.(fetch, 'x')
    if (client === undefined) throw new Error(dialect)
    const settings = { model: client, maxRetries: 0, maxOutputTokens: 1000, prompt: 'think hmmm\nsay hi' }
    const whole = await generateText(settings)
    expect(whole.reasoningText).toContain('hmmm')
    expect(whole.text).toContain('hi')
    const streamed = streamText(settings)
    expect(await streamed.text).toContain('hi')
    expect(await streamed.reasoningText).toContain('hmmm')
  })
})

describe('the tools of programs that are not functions', () => {
  const ask = (stream: boolean) => ({
    model: 'x',
    stream,
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'call apply_patch {"input":"*** Begin"}' }] }],
    tools: [{ type: 'custom', name: 'apply_patch', description: 'Patches', format: { type: 'grammar' } }],
  })

  it('are translated for providers that know functions only, there and back', async () => {
    const { fetch } = await start('anthropic')
    const whole = (await (await post(fetch, '/v1/responses', ask(false))).json()) as { output: object[] }
    expect(whole.output).toMatchObject([{ type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin' }])
    const [seen] = await provider.seen()
    expect(seen?.body.tools).toMatchObject([
      { name: 'apply_patch', input_schema: { properties: { input: { type: 'string' } } } },
    ])
    const stream = await (await post(fetch, '/v1/responses', ask(true))).text()
    expect(stream).toContain('"type":"custom_tool_call","status":"completed"')
    expect(stream).toContain('"input":"*** Begin"')
  })

  it('have their results taken back', async () => {
    const { fetch } = await start('anthropic')
    const call = { type: 'custom_tool_call', call_id: 'c1', name: 'apply_patch', input: '*** Begin' }
    const output = { type: 'custom_tool_call_output', call_id: 'c1', output: 'patched' }
    const { input, ...rest } = ask(false)
    const answer = await post(fetch, '/v1/responses', { ...rest, input: [...input, call, output] })
    expect(JSON.stringify(await answer.json())).toContain('results: patched')
  })
})

it('tells two calls of one answer apart, in every dialect', async () => {
  const said = 'call one {"a":1}\ncall two {"b":2}'
  const seen: Record<string, string[]> = {}
  for (const [dialect, model] of [
    ['chat', 'anthropic'],
    ['messages', 'openai'],
    ['responses', 'anthropic'],
    ['ollama-chat', 'openai-compatible'],
  ] as const) {
    const { fetch } = await start(model)
    const asking = ASK[dialect]
    const text = await (await post(fetch, asking?.path ?? '', asking?.body(said, true))).text()
    seen[dialect] = ['"name":"one"', '"name":"two"', '1}', '2}'].filter((part) => text.includes(part))
  }
  const all = ['"name":"one"', '"name":"two"', '1}', '2}']
  expect(seen).toEqual({ chat: all, messages: all, responses: all, 'ollama-chat': all })
})

it('sets the limits of Ollama where Ollama reads them', async () => {
  const { fetch } = await start('ollama')
  await post(fetch, '/v1/chat/completions', {
    ...CHAT('say hi'),
    max_tokens: 77,
    temperature: 0.5,
    stop: ['x'],
    seed: 3,
  })
  const [seen] = await provider.seen()
  expect(seen?.body.options).toEqual({ num_predict: 77, temperature: 0.5, stop: ['x'], seed: 3 })
})

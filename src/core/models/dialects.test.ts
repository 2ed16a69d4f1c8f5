import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Provider, startProvider } from '../testing/index.ts'
import { ASK, CLIENTS, MODELS, catalogAt, post, startModels } from './fixture.ts'

let provider: Provider
const cleanups: (() => void | Promise<void>)[] = []
beforeAll(async () => {
  provider = await startProvider((task) => cleanups.push(task))
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})

const start = () => startModels(catalogAt(provider.url))

const weather = tool({
  description: 'The weather of a place',
  inputSchema: jsonSchema<{ place: string }>({
    type: 'object',
    properties: { place: { type: 'string' } },
    required: ['place'],
  }),
  execute: ({ place }) => `sunny in ${place}`,
})

/** The demo and the stand-in follow scripts of their own. */
const callWeather = (model: string) =>
  model === 'demo' ? 'use weather {"place":"Oslo"}' : 'call weather {"place":"Oslo"}'
const afterWeather = (model: string) =>
  model === 'demo' ? 'demo: Done. The last result was: sunny in Oslo' : 'results: sunny in Oslo'
const greeting = (model: string) => (model === 'demo' ? 'demo: hello to you' : 'hello to you')

const pairs = Object.keys(CLIENTS).flatMap((dialect) => MODELS.map((model) => ({ dialect, model })))

describe.each(pairs)('asked as $dialect, answered by $model', ({ dialect, model }) => {
  const client = () => {
    const started = start()
    const make = CLIENTS[dialect]
    if (make === undefined) throw new Error(dialect)
    return { ...started, client: make(started.fetchFor(started.callerFor(model)), 'gpt-of-its-own') }
  }

  it('gives a whole answer with its usage', async () => {
    const { client: asking, records } = client()
    const { text, usage, finishReason } = await generateText({
      model: asking,
      maxRetries: 0,
      maxOutputTokens: 1000,
      system: 'Be kind.',
      prompt: 'say hello to you',
    })
    expect(text).toBe(greeting(model))
    expect(finishReason).toBe('stop')
    expect(usage.inputTokens).toBeGreaterThan(0)
    expect(usage.outputTokens).toBe(model === 'demo' ? 4 : 3)
    expect(records).toMatchObject([
      {
        model,
        provider: model,
        status: 200,
        tokensOut: usage.outputTokens,
        estimated: false,
        error: null,
        attempts: 1,
      },
    ])
    expect(records[0]?.tokensIn).toBe(usage.inputTokens)
  })

  it('streams an answer word by word, with its usage', async () => {
    const { client: asking, records } = client()
    const result = streamText({ model: asking, maxRetries: 0, maxOutputTokens: 1000, prompt: 'say hello to you' })
    const words: string[] = []
    for await (const word of result.textStream) words.push(word)
    expect(words.join('')).toBe(greeting(model))
    expect(words.length).toBeGreaterThan(1)
    expect((await result.usage).outputTokens).toBe(model === 'demo' ? 4 : 3)
    expect(await result.finishReason).toBe('stop')
    expect(records).toMatchObject([{ status: 200, estimated: false, error: null }])
  })

  it('has a tool called and takes its result, whole and streamed', async () => {
    const { client: asking } = client()
    const settings = {
      model: asking,
      maxRetries: 0,
      maxOutputTokens: 1000,
      tools: { weather },
      prompt: callWeather(model),
      stopWhen: stepCountIs(3),
    }
    const whole = await generateText(settings)
    expect(whole.steps[0]?.toolCalls).toMatchObject([{ toolName: 'weather', input: { place: 'Oslo' } }])
    expect(whole.text).toBe(afterWeather(model))
    const streamed = streamText(settings)
    expect(await streamed.text).toBe(afterWeather(model))
    const [first] = await streamed.steps
    expect(first?.toolCalls).toMatchObject([{ toolName: 'weather', input: { place: 'Oslo' } }])
    expect(first?.finishReason).toBe('tool-calls')
  })
})

const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe.each(pairs.filter(({ model }) => model !== 'demo'))('as $dialect to $model', ({ dialect, model }) => {
  it('shows a picture', async () => {
    const { fetchFor, callerFor } = start()
    const make = CLIENTS[dialect]
    if (make === undefined) throw new Error(dialect)
    const { text } = await generateText({
      model: make(fetchFor(callerFor(model)), 'x'),
      maxRetries: 0,
      maxOutputTokens: 1000,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image', image: PICTURE, mediaType: 'image/png' },
          ],
        },
      ],
    })
    expect(text).toBe('pictures: image/png')
  })
})

describe.each(MODELS)('asked as ollama-generate, answered by %s', (model) => {
  it('gives a whole answer and a stream of lines', async () => {
    const { fetchFor, callerFor } = start()
    const fetch = fetchFor(callerFor(model))
    const ask = ASK['ollama-generate']
    if (ask === undefined) throw new Error('no ask')
    const whole = (await (await post(fetch, ask.path, ask.body('say hello to you', false))).json()) as object
    expect(whole).toMatchObject({ response: greeting(model), done: true, done_reason: 'stop' })
    const streamed = await post(fetch, ask.path, ask.body('say hello to you', true))
    expect(streamed.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = (await streamed.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { response: string; done: boolean; eval_count?: number })
    expect(lines.map(({ response }) => response).join('')).toBe(greeting(model))
    expect(lines.at(-1)).toMatchObject({ done: true, eval_count: model === 'demo' ? 4 : 3 })
  })
})

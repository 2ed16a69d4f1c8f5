import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Provider, startProvider, until } from '../testing/index.ts'
import { ASK, KEY, catalogAt, post, startModels } from './fixture.ts'

let provider: Provider
const cleanups: (() => void | Promise<void>)[] = []
beforeAll(async () => {
  provider = await startProvider((task) => cleanups.push(task))
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})
beforeEach(() => provider.forget())

/** Each dialect with a provider that speaks it and with one that does not. */
const WAYS = [
  { dialect: 'chat', model: 'openai', way: 'as it is' },
  { dialect: 'chat', model: 'anthropic', way: 'translated' },
  { dialect: 'responses', model: 'openai', way: 'as it is' },
  { dialect: 'responses', model: 'openai-compatible', way: 'translated' },
  { dialect: 'messages', model: 'anthropic', way: 'as it is' },
  { dialect: 'messages', model: 'openai', way: 'translated' },
  { dialect: 'ollama-chat', model: 'ollama', way: 'as it is' },
  { dialect: 'ollama-chat', model: 'openai', way: 'translated' },
  { dialect: 'ollama-generate', model: 'ollama', way: 'as it is' },
  { dialect: 'ollama-generate', model: 'anthropic', way: 'translated' },
] as const

type Options = Parameters<typeof startModels>[1]

const start = async (dialect: string, model: string, options: Options = {}) => {
  const started = startModels(catalogAt(provider.url), options)
  const caller = started.callerFor(model)
  const fetch = started.fetchFor(caller)
  const asking = ASK[dialect]
  if (asking === undefined) throw new Error(dialect)
  const ask = (said: string, stream = true, init: { headers?: Record<string, string> } = {}) =>
    post(fetch, asking.path, asking.body(said, stream), init.headers)
  return { ...started, caller, fetch, ask }
}

/** The message of an error in the form of its dialect, whole or as the last word of a stream. */
const errorIn = (dialect: string, text: string): string => {
  const events = text
    .split('\n')
    .map((line) => line.replace(/^data: /, ''))
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { type?: string; error?: { message?: string; type?: string } | string })
    .filter(({ error }) => error !== undefined && error !== null)
  const last = events.at(-1)
  if (dialect.startsWith('ollama')) return String(last?.error)
  if (typeof last?.error !== 'object') return `no error in ${text}`
  if (dialect === 'messages' && last.type !== 'error') return `not Anthropic's form: ${text}`
  if (dialect === 'responses' && text.startsWith('event:') && !text.includes('event: response.failed')) {
    return `no failed response in ${text}`
  }
  return last.error.message ?? ''
}

describe.each(WAYS)('$dialect by $model, $way', ({ dialect, model }) => {
  it('sends the key to the provider, and nothing that the program sent to identify itself', async () => {
    const { ask } = await start(dialect, model)
    const answer = await ask('say hi', false, {
      headers: { authorization: 'Bearer inside', 'x-api-key': 'inside', cookie: 'a=b', 'openai-organization': 'org' },
    })
    expect(answer.status).toBe(200)
    const [seen] = await provider.seen()
    const headers = JSON.stringify(seen?.headers)
    expect(headers.includes(KEY)).toBe(model !== 'ollama')
    expect(headers).not.toContain('inside')
    expect(headers).not.toContain('a=b')
    expect(headers).not.toContain('org')
    expect(seen?.body.model).toBe(`${model}-model-1`)
    expect(JSON.stringify([...answer.headers]) + (await answer.text())).not.toContain(KEY)
  })

  it('tells an error of the provider in its own form, without the key', async () => {
    const { ask, records } = await start(dialect, model)
    const answer = await ask(model === 'ollama' ? 'status 400' : 'leak')
    expect(answer.status).toBe(model === 'ollama' ? 400 : 401)
    const text = await answer.text()
    expect(errorIn(dialect, text)).toContain(model === 'ollama' ? 'scripted 400' : 'Incorrect API key provided: ***')
    expect(text).not.toContain(KEY)
    expect(JSON.stringify(records)).not.toContain(KEY)
    expect(records).toMatchObject([{ status: answer.status, attempts: 1, tokensIn: 0, tokensOut: 0, money: 0 }])
    expect(records[0]?.error).not.toBeNull()
  })

  it('cuts a stream that crosses the budget, and says so in its own form', async () => {
    const { ask, spent, records } = await start(dialect, model, { budget: { tokens: 120 } })
    const answer = await ask('gap 1\nwords 2000')
    expect(answer.status).toBe(200)
    const text = await answer.text()
    expect(errorIn(dialect, text)).toBe('The budget of this agent is used up: all of it. Raise it to go on.')
    expect(text).toContain('word0')
    expect(text).not.toContain('word1999')
    expect(spent.tokensIn + spent.tokensOut).toBeGreaterThanOrEqual(120)
    expect(spent.tokensIn + spent.tokensOut).toBeLessThan(140)
    expect(records).toMatchObject([{ status: 200, estimated: true, ...spent }])
    expect(records[0]?.error).toContain('The budget of this agent is used up')
    await until(async () => ((await provider.seen())[0]?.left === true ? true : undefined), 'the provider to be left')
  })

  it('refuses a call when the budget is used up before, without asking the provider', async () => {
    const { ask, spent } = await start(dialect, model, { budget: { tokens: 3 } })
    const answer = await ask('say hi')
    expect(answer.status).toBe(402)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(errorIn(dialect, await answer.text())).toContain('The budget of this agent is used up')
    expect(spent).toEqual({ tokensIn: 0, tokensOut: 0, money: 0 })
    expect(await provider.seen()).toEqual([])
  })

  it('tries again after a failure that passes', async () => {
    const { ask, records, spent } = await start(dialect, model)
    const answer = await ask('status 500\ntimes 2\nsay hi')
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('hi')
    expect(records).toMatchObject([{ attempts: 3, error: null, status: 200 }])
    expect(spent.tokensOut).toBe(1)
  })

  it('says that the provider broke off, when it is cut in the middle of a stream', async () => {
    const { ask, records } = await start(dialect, model)
    const answer = await ask('break 5\nwords 10')
    const text = await answer.text()
    expect(text).toContain('word4')
    expect(errorIn(dialect, text)).toMatch(/was cut|before its answer was complete/)
    expect(records).toMatchObject([{ status: 200, estimated: true, attempts: 1 }])
  })

  it('does not take a stream that just ends for an answer', async () => {
    const { ask } = await start(dialect, model)
    const text = await (await ask('end-early 5\nwords 10')).text()
    expect(text).toContain('word4')
    expect(errorIn(dialect, text)).toMatch(/before its answer was complete|cannot be read/)
  })

  it('says so when the provider talks nonsense, in a stream and as a whole', async () => {
    const { ask } = await start(dialect, model, { limits: { attempts: 1 } })
    expect(errorIn(dialect, await (await ask('malformed\nwords 4')).text())).toContain('cannot be read')
    const whole = await ask('malformed\nsay hi', false)
    expect(whole.status).toBe(502)
    expect(errorIn(dialect, await whole.text())).toContain('cannot be read')
  })

  it('lets go of the provider when the program goes away', async () => {
    const { ask, records, models } = await start(dialect, model)
    const answer = await ask('stall\nwords 10')
    const reader = answer.body?.getReader()
    await reader?.read()
    expect(models.open('agent1')).toBe(1)
    await reader?.cancel()
    await until(async () => ((await provider.seen())[0]?.left === true ? true : undefined), 'the provider to be left')
    expect(models.open('agent1')).toBe(0)
    expect(records).toMatchObject([{ error: 'The call was called off.', estimated: true }])
  })

  it('does not take an error at the very beginning of a stream for an answer', async () => {
    const { ask, records } = await start(dialect, model, { limits: { attempts: 2 } })
    const answer = await ask('error-event')
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(errorIn(dialect, await answer.text())).toContain('scripted trouble')
    expect(records).toMatchObject([{ attempts: 2 }])
  })

  it('refuses what is no request, in its own form', async () => {
    const { fetch } = await start(dialect, model)
    const asking = ASK[dialect]
    const answer = await post(fetch, asking?.path ?? '', 'not json')
    expect(answer.status).toBe(400)
    expect(errorIn(dialect, await answer.text())).toBe('The body of the request must be a JSON object.')
  })
})

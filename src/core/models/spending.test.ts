import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ProviderKind } from '../../contract/index.ts'
import { type Provider, startProvider } from '../testing/index.ts'
import { ASK, type Budget, catalogAt, post, startModels } from './fixture.ts'

let provider: Provider
const cleanups: (() => void | Promise<void>)[] = []
beforeAll(async () => {
  provider = await startProvider((task) => cleanups.push(task))
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})
beforeEach(() => provider.forget())

const start = async (model: ProviderKind, budget: Budget = {}) => {
  const started = startModels(catalogAt(provider.url), { budget })
  const fetch = started.fetchFor(started.callerFor(model))
  const ask = (dialect: string, said: string, stream: boolean, extras: object = {}) => {
    const asking = ASK[dialect]
    return post(fetch, asking?.path ?? '', { ...asking?.body(said, stream), ...extras })
  }
  return { ...started, ask }
}

it('counts what the provider says, at the prices of the model', async () => {
  const { ask, records, spent } = await start('openai')
  await (await ask('chat', 'words 100', true)).text()
  expect(spent).toEqual({
    tokensIn: 11,
    tokensOut: 100,
    money: expect.closeTo((11 * 10 + 100 * 100) / 1e6, 12) as number,
  })
  expect(records).toMatchObject([{ tokensIn: 11, tokensOut: 100, estimated: false }])
  expect(records[0]?.money).toBeCloseTo(spent.money, 12)
})

it('counts what a cache gave to Anthropic as going in', async () => {
  const { ask, spent } = await start('anthropic')
  await (await ask('messages', 'words 5', false)).text()
  expect(spent).toMatchObject({ tokensIn: 11, tokensOut: 5 })
  await (await ask('messages', 'words 5', true)).text()
  expect(spent).toMatchObject({ tokensIn: 22, tokensOut: 10 })
})

it.each([
  ['chat', 'openai', true],
  ['chat', 'openai', false],
  ['ollama-chat', 'ollama', true],
  ['messages', 'openai-compatible', true],
] as const)('estimates where nothing is told: %s by %s, stream %s', async (dialect, model, stream) => {
  const { ask, records, spent } = await start(model)
  await (await ask(dialect, 'no-usage\nwords 100', stream)).text()
  // "word10 " are seven characters.
  expect(spent.tokensOut).toBeGreaterThan(120)
  expect(spent.tokensOut).toBeLessThan(260)
  expect(spent.tokensIn).toBeGreaterThan(5)
  expect(records).toMatchObject([{ estimated: true, tokensOut: spent.tokensOut, error: null }])
})

it('counts while a stream runs, not only at its end', async () => {
  const { ask, steps } = await start('openai')
  await (await ask('chat', 'words 500', true)).text()
  expect(steps.length).toBeGreaterThan(20)
})

it('cuts by money as by tokens', async () => {
  const { ask, spent } = await start('anthropic', { money: 0.01 })
  const text = await (await ask('messages', 'words 3000', true)).text()
  expect(text).toContain('"type":"billing_error"')
  expect(spent.money).toBeGreaterThanOrEqual(0.01)
  expect(spent.money).toBeLessThan(0.012)
})

it('has streams that run at the same time share a budget', async () => {
  const { ask, spent } = await start('openai', { tokens: 400 })
  const answers = await Promise.all([1, 2, 3, 4].map((many) => ask('chat', `gap 1\nwords ${1000 + many}`, true)))
  const texts = await Promise.all(answers.map((answer) => answer.text()))
  for (const text of texts) expect(text).toContain('The budget of this agent is used up')
  expect(spent.tokensIn + spent.tokensOut).toBeLessThan(480)
})

it('refuses a request that alone is more than the budget, and counts nothing for it', async () => {
  const { ask, spent } = await start('openai', { tokens: 1000 })
  const answer = await ask('chat', 'a long story '.repeat(1000), true)
  expect(answer.status).toBe(402)
  expect(spent).toEqual({ tokensIn: 0, tokensOut: 0, money: 0 })
  expect(await provider.seen()).toEqual([])
})

it('shows the usage event to programs that asked for it only', async () => {
  const { ask } = await start('openai')
  const without = await (await ask('chat', 'say hi', true)).text()
  expect(without).not.toContain('"choices":[]')
  expect(without.trim().endsWith('data: [DONE]')).toBe(true)
  const asked = await (await ask('chat', 'say hi', true, { stream_options: { include_usage: true } })).text()
  expect(asked).toContain('"choices":[],"usage":{"prompt_tokens":11')
  const seen = await provider.seen()
  expect(seen.map(({ body }) => body.stream_options)).toEqual([{ include_usage: true }, { include_usage: true }])
})

it('does without the usage where a server does not know the wish for it', async () => {
  const { ask, records } = await start('openai-compatible')
  const text = await (await ask('chat', 'strict\nno-usage\nwords 20', true)).text()
  expect(text).toContain('word19')
  expect(records).toMatchObject([{ status: 200, estimated: true, attempts: 1, error: null }])
})

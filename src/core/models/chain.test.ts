import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { CatalogModel, ProviderKind } from '../../contract/index.ts'
import { type Provider, freePort, startProvider, until } from '../testing/index.ts'
import { ASK, KEY, catalogAt, post, startModels } from './fixture.ts'
import type { ModelCaller, ModelCatalog } from './index.ts'

let provider: Provider
const cleanups: (() => void | Promise<void>)[] = []
beforeAll(async () => {
  provider = await startProvider((task) => cleanups.push(task))
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})
beforeEach(() => provider.forget())

const CHAT = ASK['chat']?.body ?? (() => ({}))

interface Setting {
  model?: ProviderKind
  models?: Partial<Record<ProviderKind, Partial<CatalogModel>>>
  catalog?: (catalog: ModelCatalog) => ModelCatalog
  caller?: Partial<ModelCaller>
  options?: Parameters<typeof startModels>[1]
}

const start = async ({
  model = 'openai',
  models = {},
  catalog = (same) => same,
  caller = {},
  options = {},
}: Setting) => {
  const started = startModels(catalog(catalogAt(provider.url, models)), options)
  const fetch = started.fetchFor(started.callerFor(model, caller))
  const ask = (said: string, extras: object = {}) =>
    post(fetch, '/v1/chat/completions', { ...CHAT(said, false), ...extras })
  return { ...started, fetch, ask }
}

/** Timers that go off when told, those of pauses at once. */
const timers = (isPause: (ms: number) => boolean) => {
  const waiting = new Map<() => void, number>()
  const pauses: number[] = []
  return {
    pauses,
    waitingFor: (ms: number) => ([...waiting.values()].includes(ms) ? true : undefined),
    fire: (ms: number) => {
      for (const [task, when] of waiting) if (when === ms) task()
    },
    after: (task: () => void, ms: number) => {
      if (isPause(ms)) {
        pauses.push(ms)
        setImmediate(task)
      } else waiting.set(task, ms)
      return () => void waiting.delete(task)
    },
  }
}

const moved = (catalog: ModelCatalog, kind: ProviderKind, baseUrl: string): ModelCatalog => ({
  ...catalog,
  providers: catalog.providers.map((one) => (one.id === kind ? { ...one, baseUrl } : one)),
})

describe('a model that fails', () => {
  it('is asked again after the pause that the provider wants', async () => {
    const { pauses, after } = timers((ms) => ms < 100_000)
    const { ask, records } = await start({ options: { after } })
    const answer = await ask('status 429\ntimes 1\nretry-after 7\nsay hi')
    expect(answer.status).toBe(200)
    expect(pauses).toEqual([7000])
    expect(records).toMatchObject([{ attempts: 2, error: null }])
  })

  it('is asked again after pauses that grow, at most so many times', async () => {
    const { pauses, after } = timers((ms) => ms < 100_000)
    const { ask, records } = await start({ options: { after, limits: { attempts: 4, firstPauseMs: 1000 } } })
    const answer = await ask('status 503')
    expect(answer.status).toBe(503)
    expect(pauses).toEqual([500, 1000, 2000])
    expect(records).toMatchObject([{ attempts: 4, status: 503 }])
  })

  it('is not waited for when it wants too long a pause; the program is told how long', async () => {
    const { ask, records } = await start({})
    const answer = await ask('status 429\nretry-after 3600')
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('3600')
    expect(records).toMatchObject([{ attempts: 1 }])
  })

  it('is replaced by the next of its chain, whatever that one speaks', async () => {
    const { ask, records, spent } = await start({
      models: { openai: { fallbacks: ['anthropic', 'ollama'] } },
      catalog: (catalog) => moved(catalog, 'openai', 'http://127.0.0.1:1'),
    })
    const answer = await ask('say hi')
    expect(await answer.json()).toMatchObject({ model: 'anthropic', choices: [{ message: { content: 'hi' } }] })
    expect(records).toMatchObject([{ model: 'anthropic', provider: 'anthropic', attempts: 4, error: null }])
    expect(spent.tokensOut).toBe(1)
  })

  it('is replaced when Gantry has no key for it, and when its key is refused', async () => {
    const chain = { models: { openai: { fallbacks: ['ollama'] } } }
    const without = await start({ ...chain, options: { secret: () => undefined } })
    expect((await without.ask('say hi')).status).toBe(200)
    expect(without.records).toMatchObject([{ model: 'ollama' }])
    const refused = await start({ ...chain, caller: { fallbacks: ['demo'] } })
    const answer = (await (await refused.ask('status 401')).json()) as { choices: { message: { content: string } }[] }
    expect(answer.choices[0]?.message.content).toContain('demo: This is a scripted demo')
  })

  it('is not replaced for a fault of the request', async () => {
    const { ask, records } = await start({ models: { openai: { fallbacks: ['ollama'] } } })
    const answer = await ask('status 400')
    expect(await answer.json()).toMatchObject({ error: { message: 'scripted 400' } })
    expect(records).toMatchObject([{ model: 'openai', attempts: 1 }])
  })

  it('says what to do when no key is kept for it', async () => {
    const { ask } = await start({ options: { secret: () => undefined } })
    const answer = await ask('say hi')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      error: {
        message: 'Gantry has no key for The openai. Keep its key as the secret "planted": gantry secrets set planted.',
      },
    })
  })

  it('says where it was looked for when it cannot be reached', async () => {
    const port = await freePort()
    const { ask } = await start({
      catalog: (catalog) => moved(catalog, 'openai', `http://127.0.0.1:${port}`),
      options: { limits: { attempts: 1 } },
    })
    const answer = await ask('say hi')
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject({
      error: { message: `The openai at http://127.0.0.1:${port} cannot be reached (ECONNREFUSED).` },
    })
  })
})

describe('a model that keeps silent', () => {
  const LIMITS = { attempts: 1, idleMs: 111_000, totalMs: 222_000 }

  it('is given up when it does not begin, and the next one is asked', async () => {
    const { after, fire, waitingFor } = timers(() => false)
    const { ask } = await start({ caller: { fallbacks: [] }, options: { after, limits: LIMITS } })
    const answer = ask('hang', { stream: true })
    await until(async () => ((await provider.seen()).length > 0 ? waitingFor(LIMITS.idleMs) : undefined), 'the call')
    fire(LIMITS.idleMs)
    expect((await answer).status).toBe(504)
    expect(await (await answer).json()).toMatchObject({ error: { message: 'The openai did not answer in time.' } })
  })

  it('is given up in the middle of a stream', async () => {
    const { after, fire, waitingFor } = timers(() => false)
    const { ask, records } = await start({ options: { after, limits: LIMITS } })
    const answer = await ask('stall\nwords 3', { stream: true })
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('word0')) text += (await reader?.read())?.value ?? ''
    const rest = reader?.read()
    await until(() => waitingFor(LIMITS.idleMs), 'the wait for the next word')
    fire(LIMITS.idleMs)
    expect((await rest)?.value).toContain('did not answer in time')
    expect(records).toMatchObject([{ status: 200, error: 'The openai did not answer in time.' }])
  })

  it('is given up after the whole time that an answer may take', async () => {
    const { after, fire } = timers(() => false)
    const { ask, models } = await start({ options: { after, limits: LIMITS } })
    const answer = await ask('stall\nwords 3', { stream: true })
    const text = answer.text()
    await until(async () => ((await provider.seen()).length > 0 ? true : undefined), 'the call')
    fire(LIMITS.totalMs)
    expect(await text).toContain('longer than an answer may take')
    expect(models.open('agent1')).toBe(0)
    await until(async () => ((await provider.seen())[0]?.left === true ? true : undefined), 'the provider to be left')
  })
})

it('does not follow a provider that sends elsewhere', async () => {
  const asked: string[] = []
  const elsewhere = createServer((request, response) => {
    asked.push(JSON.stringify(request.headers))
    response.end('{}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void elsewhere.close())
  await until(() => elsewhere.listening || undefined, 'the other server')
  const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/v1/chat/completions`
  for (const model of ['openai', 'anthropic'] as const) {
    const { ask } = await start({ model, options: { limits: { attempts: 1 } } })
    const answer = await ask(`redirect ${url}`)
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain('sends elsewhere')
  }
  expect(asked).toEqual([])
})

it('ends what runs when it is stopped, and takes nothing more', async () => {
  const { ask, models, records } = await start({})
  const answer = await ask('stall\nwords 3', { stream: true })
  await models.stop()
  expect(await answer.text()).toContain('Gantry is closing.')
  expect(models.open('agent1')).toBe(0)
  expect(records).toMatchObject([{ error: 'Gantry is closing.' }])
  expect((await ask('say hi')).status).toBe(503)
})

it('notes a call that was called off before it was answered', async () => {
  const { models, callerFor, records } = await start({})
  const gone = new AbortController()
  const body = Buffer.from(JSON.stringify(CHAT('hang', true)))
  const answer = models.handle(
    { method: 'POST', path: '/v1/chat/completions', headers: {}, body },
    callerFor('openai'),
    gone.signal,
  )
  await until(async () => ((await provider.seen()).length > 0 ? true : undefined), 'the call')
  gone.abort()
  expect((await answer).status).toBe(499)
  await until(async () => ((await provider.seen())[0]?.left === true ? true : undefined), 'the provider to be left')
  expect(records).toMatchObject([{ status: 499, error: 'The call was called off.', tokensIn: 0, attempts: 1 }])
})

it('keeps one connection for calls that follow each other', async () => {
  const { ask } = await start({})
  const before = await provider.connections()
  for (let count = 0; count < 20; count += 1) await (await ask('say hi', { stream: count % 2 === 0 })).text()
  // One of them is of the question itself.
  expect((await provider.connections()) - before).toBeLessThanOrEqual(2)
})

it('never has the key in its records or in what it answers', async () => {
  const { ask, records } = await start({ options: { limits: { attempts: 1 } } })
  const answers = [await ask('leak'), await ask('leak', { stream: true }), await ask('say hi'), await ask('status 500')]
  const texts = await Promise.all(answers.map((answer) => answer.text()))
  expect(JSON.stringify([texts, records])).not.toContain(KEY)
})

/** What the model proxy adds to the first word of an answer, beside asking the same stand-in for a provider directly. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { type ModelCaller, createModels } from '../../src/core/models/index.ts'
import { median, percentile, round } from '../support/numbers.ts'
import { type Row, atLeast, atMost } from '../support/report.ts'

const CALLS = 400
const WARM_UP = 60
const LONG = 20_000

const startStandIn = async () => {
  const script = join(import.meta.dirname, '..', '..', 'src', 'core', 'testing', 'providers', 'stand-in.ts')
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { url: line.toString().trim(), stop: () => void child.kill() }
}

const startProxy = (url: string) => {
  const models = createModels({
    catalog: () => ({
      providers: [{ id: 'standin', title: 'Stand-in', kind: 'openai', baseUrl: url, secret: 'any' }],
      models: [
        {
          id: 'standin',
          title: 'Stand-in',
          provider: 'standin',
          name: 'standin-1',
          context: 100_000,
          inputPrice: 1,
          outputPrice: 1,
          fallbacks: [],
        },
      ],
    }),
    secret: () => 'sk-bench',
    now: () => new Date(),
    after: (task, ms) => {
      const timer = setTimeout(task, ms)
      return () => clearTimeout(timer)
    },
  })
  const caller: ModelCaller = {
    agentId: 'bench',
    model: 'standin',
    models: ['standin'],
    spend: { check: () => undefined, add: () => undefined },
    note: () => undefined,
  }
  return { models, caller }
}

interface Way {
  path: string
  body: (said: string) => string
  /** The answer of one call, as it comes. */
  ask: (body: string) => AsyncIterable<string | Buffer>
}

const body = (said: string) =>
  JSON.stringify({ model: 'standin-1', stream: true, max_tokens: 100, messages: [{ role: 'user', content: said }] })

const directly = (url: string, agent: Agent): Way => ({
  path: '/v1/chat/completions',
  body,
  async *ask(text) {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        authorization: 'Bearer sk-bench',
        'content-length': Buffer.byteLength(text),
      }
      const asking = request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers })
      asking.once('response', resolve).once('error', reject).end(text)
    })
    for await (const chunk of message) yield chunk as Buffer
  },
})

const throughProxy = ({ models, caller }: ReturnType<typeof startProxy>, path: string): Way => ({
  path,
  body,
  async *ask(text) {
    const { signal } = new AbortController()
    const answer = await models.handle({ method: 'POST', path, headers: {}, body: Buffer.from(text) }, caller, signal)
    if (answer.status !== 200 || typeof answer.body === 'string' || Buffer.isBuffer(answer.body)) {
      throw new Error(`${path} answered ${answer.status}`)
    }
    yield* answer.body
  },
})

/** Milliseconds to the first word; the rest of the answer is read all the same. */
const firstWord = async (way: Way, said: string): Promise<number> => {
  const began = performance.now()
  let first = Number.NaN
  let seen = ''
  for await (const part of way.ask(way.body(said))) {
    if (!Number.isNaN(first)) continue
    seen += part.toString()
    if (seen.includes('word0')) first = performance.now() - began
  }
  return first
}

/** All ways in turns, so that what else the machine does is shared among them. */
const measureFirstWords = async (ways: Record<string, Way>): Promise<Record<string, number[]>> => {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let call = 0; call < CALLS + WARM_UP; call += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const time = await firstWord(way, 'words 5')
      if (call >= WARM_UP) times[name]?.push(time)
    }
  }
  return times
}

const wordsPerSecond = async (way: Way): Promise<number> => {
  const began = performance.now()
  let bytes = 0
  for await (const part of way.ask(way.body(`words ${LONG}`))) bytes += part.length
  if (bytes < LONG * 10) throw new Error('the answer is too short')
  return (LONG / (performance.now() - began)) * 1000
}

export const models = async (): Promise<Row[]> => {
  const standIn = await startStandIn()
  const proxy = startProxy(standIn.url)
  const agent = new Agent({ keepAlive: true })
  try {
    const direct = directly(standIn.url, agent)
    const native = throughProxy(proxy, '/v1/chat/completions')
    const times = await measureFirstWords({ direct, native, translated: throughProxy(proxy, '/v1/messages') })
    const base = times['direct'] ?? []
    const added = (name: string, what: string): Row => {
      const own = times[name] ?? []
      return atMost(`Model proxy, added to the first word, ${what}, p50`, round(median(own) - median(base)), 3, 'ms', {
        peer: `direct call ${round(median(base))} ms`,
        note: `p99 ${round(percentile(own, 0.99))} ms, direct ${round(percentile(base, 0.99))} ms`,
      })
    }
    await wordsPerSecond(native)
    const [through, peer] = [await wordsPerSecond(native), await wordsPerSecond(direct)]
    return [
      added('native', 'same dialect'),
      added('translated', 'Anthropic to OpenAI'),
      atLeast('Model proxy, one stream, counted against the budget', round(through, 0), 5000, ' words/s', {
        peer: `direct call ${round(peer, 0)} words/s`,
      }),
    ]
  } finally {
    agent.destroy()
    await proxy.models.stop()
    standIn.stop()
  }
}

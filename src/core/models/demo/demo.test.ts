import { describe, expect, it } from 'vitest'
import { until } from '../../testing/index.ts'
import { ASK, catalogAt, post, startModels } from '../fixture.ts'

const NOWHERE = 'http://127.0.0.1:1'

const start = async (options: Parameters<typeof startModels>[1] = {}) => {
  const started = startModels(catalogAt(NOWHERE), options)
  const fetch = started.fetchFor(started.callerFor('demo'))
  const asking = ASK['chat']
  const ask = (said: string, extras: object = {}, stream = true) =>
    post(fetch, asking?.path ?? '', { ...asking?.body(said, stream), ...extras })
  return { ...started, ask }
}

const textIn = (stream: string): string =>
  stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as { choices?: { delta: { content?: string } }[] })
    .map(({ choices }) => choices?.[0]?.delta.content ?? '')
    .join('')

describe('the demo', () => {
  it('says what it is, and the same to the same words', async () => {
    const { ask } = await start()
    const answers = [await ask('Write me a poem'), await ask('Write me a poem')]
    const [first, second] = await Promise.all(answers.map(async (answer) => textIn(await answer.text())))
    expect(first).toMatch(/^demo: This is a scripted demo, not a model. You said: Write me a poem./)
    expect(second).toBe(first)
  })

  it('names the tools there are, when it is told of one that is not', async () => {
    const { ask } = await start()
    const tools = [{ type: 'function', function: { name: 'list_files', parameters: {} } }]
    const answer = await ask('use read_file {}', { tools })
    expect(textIn(await answer.text())).toBe('demo: There is no tool "read_file" here. I was given: list_files.')
  })

  it('says no more than it may', async () => {
    const { ask } = await start()
    const text = await (await ask('count 100', { max_tokens: 5 })).text()
    expect(textIn(text)).toBe('demo: 1 2 3 4')
    expect(text).toContain('"finish_reason":"length"')
  })

  it('is cut when it uses the budget up', async () => {
    const { ask, spent } = await start({ budget: { tokens: 100 } })
    const text = await (await ask('count 5000')).text()
    expect(text).toContain('The budget of this agent is used up')
    expect(spent.tokensIn + spent.tokensOut).toBeLessThan(120)
  })

  it('fails as it is told, like a provider: again and again, and in the middle', async () => {
    const { ask, records } = await start()
    const failed = await ask('fail 503 out of order')
    expect(failed.status).toBe(503)
    expect(await failed.text()).toContain('The demo answered 503: out of order')
    const broken = await (await ask('break')).text()
    expect(textIn(broken)).toBe('demo: I begin to answer and')
    expect(broken).toContain('The connection to the demo was cut.')
    expect(records).toMatchObject([{ attempts: 3 }, { attempts: 1, estimated: true }])
  })

  it('waits as long as it is told, but not for somebody who went away', async () => {
    const waits: (() => void)[] = []
    const after = (task: () => void, ms: number) => {
      if (ms === 5000) waits.push(task)
      return () => undefined
    }
    const { ask, models } = await start({ after })
    const patient = ask('wait 5000\nsay at last', {}, false)
    await until(() => waits[0], 'the wait')
    waits[0]?.()
    expect(await (await patient).json()).toMatchObject({ choices: [{ message: { content: 'demo: at last' } }] })
    const gone = await ask('say first\nwait 5000\nsay never')
    const reader = gone.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await until(() => (models.open('agent1') === 0 ? true : undefined), 'the end of the call')
  })
})

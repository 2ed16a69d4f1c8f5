import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tempHome, until } from '../../testing/index.ts'
import type { FromWorker, Item } from './messages.ts'
import { createOutbox } from './outbox.ts'
import { selectionOf } from './pages.ts'
import { LIMITS, chunk, logsFile } from './testing.ts'
import { createThread, startThread } from './thread.ts'
import { unpack } from './decode.ts'

const BREAKS = "require('node:worker_threads').parentPort.once('message', () => { throw new Error('it broke') })"

/** The first `breaks` threads throw at the first message, those after them are real. */
const start = (breaks: number) => {
  const file = logsFile(tempHome())
  const hopeless: string[] = []
  const heard: FromWorker[] = []
  let started = 0
  const thread = createThread({
    start: () => {
      started += 1
      if (started <= breaks) return new Worker(BREAKS, { eval: true })
      return startThread({
        kind: 'store',
        file,
        startedAt: 0,
        perAgentBytes: LIMITS.perAgentBytes,
        patienceMs: 0,
        heldBytes: 1e6,
      })
    },
    idleMs: 60_000,
    unwritten: () => outbox.sent(),
    onHopeless: (upTo, message) => {
      outbox.done(upTo)
      hopeless.push(message)
    },
    onMessage: (message) => {
      heard.push(message)
      if (message.kind === 'kept') outbox.done(message.upTo)
    },
  })
  const outbox = createOutbox(thread.batch)
  onTestFinished(thread.end)
  return { thread, outbox, hopeless, heard, started: () => started }
}

describe('a thread that breaks', () => {
  test('is replaced, and what it had not written is written by the next', async () => {
    const { thread, outbox, started } = start(2)
    for (let seq = 1; seq <= 3; seq += 1) {
      outbox.addChunk('agent1', chunk(seq, `line ${seq}\n`))
      outbox.flush()
    }
    await until(() => (outbox.sent().length === 0 ? true : undefined), 'everything to be written')
    expect(started()).toBe(3)
    const found = await thread.ask('read', { selection: selectionOf('agent1', {}), release: true })
    expect(unpack(found).map(({ text }) => text)).toEqual(['line 1', 'line 2', 'line 3'])
  })

  test('says so to those who asked it something', async () => {
    const { thread } = start(1)
    await expect(thread.ask('position', { agentId: 'agent1' })).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
    expect(await thread.ask('position', { agentId: 'agent1' })).toBe(0)
  })

  test('again and again is not tried for ever, and what came later is written', async () => {
    const { outbox, hopeless, thread } = start(3)
    outbox.addChunk('agent1', chunk(1, 'line 1\n'))
    outbox.flush()
    await until(() => hopeless[0], 'it to be given up')
    expect(hopeless).toEqual(['it broke'])
    outbox.addChunk('agent1', chunk(2, 'line 2\n'))
    outbox.flush()
    expect(await thread.ask('position', { agentId: 'agent1' })).toBe(2)
  })
})

describe('what is on its way', () => {
  const collect = () => {
    const sent: Item[][] = []
    const outbox = createOutbox(({ items }) => sent.push(items))
    onTestFinished(outbox.close)
    return { outbox, sent }
  }

  test('travels together, chunk by chunk told apart', () => {
    const { outbox, sent } = collect()
    const at = Date.now()
    outbox.addChunk('agent1', chunk(1, 'a\n', { at }))
    outbox.addChunk('agent1', chunk(2, 'bb\n', { at: at + 3 }))
    outbox.addChunk('agent1', chunk(4, 'd\n', { at }))
    outbox.addChunk('agent1', chunk(5, 'e\n', { at, stream: 'err' }))
    outbox.addChunk('agent2', chunk(6, 'f\n', { at, stream: 'err' }))
    outbox.addChunk('agent2', chunk(7, 'g\n', { at: at + 100, stream: 'err' }))
    outbox.addChunk('agent2', { seq: 8, at, stream: 'err', bytes: { base64: '/w==' } })
    outbox.flush()
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject([
      { seq: 1, text: 'a\nbb\n', sizes: [2, 3] },
      { seq: 4, text: 'd\n' },
      { seq: 5, stream: 'err' },
      { seq: 6, agentId: 'agent2' },
      { seq: 7, text: 'g\n' },
      { kind: 'bytes', seq: 8, base64: '/w==' },
    ])
  })

  test('leaves at the end of the tick, or at once when it is much', async () => {
    const { outbox, sent } = collect()
    outbox.addChunk('agent1', chunk(1, 'x'.repeat(300_000)))
    expect(sent).toHaveLength(1)
    outbox.addChunk('agent1', chunk(2, 'little'))
    expect(sent).toHaveLength(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toHaveLength(2)
    outbox.flush()
    expect(sent).toHaveLength(2)
  })
})

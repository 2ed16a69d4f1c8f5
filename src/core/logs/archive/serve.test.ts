import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { tempHome, until } from '../../testing/index.ts'
import { unpack } from './decode.ts'
import type { FromWorker, Item, QuestionKind, Questions } from './messages.ts'
import { selectionOf } from './pages.ts'
import { serve } from './serve.ts'
import { LIMITS, logsFile, textItem } from './testing.ts'

/** What runs in the archive's thread, here in this one. */
const start = (file = logsFile(tempHome())) => {
  const { port1: port, port2 } = new MessageChannel()
  onTestFinished(() => port.close())
  const heard: FromWorker[] = []
  port.on('message', (message: FromWorker) => heard.push(message))
  serve(port2, {
    kind: 'store',
    file,
    startedAt: 0,
    perAgentBytes: LIMITS.perAgentBytes,
    patienceMs: 0,
    heldBytes: 1e6,
  })
  let id = 0
  const ask = async <K extends QuestionKind>(kind: K, question: Questions[K]['ask']) => {
    const own = (id += 1)
    port.postMessage({ kind: 'question', id: own, question: { kind, ask: question } })
    const answer = await until(
      () => heard.find((message) => (message.kind === 'answer' || message.kind === 'refusal') && message.id === own),
      `an answer to ${kind}`,
    )
    if (answer.kind === 'refusal') throw new Error(answer.message)
    return (answer as { value: Questions[K]['answer'] }).value
  }
  const send = (...items: Item[]) => port.postMessage({ kind: 'batch', batch: { id: (id += 1), bytes: 1, items } })
  const texts = async () =>
    unpack(await ask('read', { selection: selectionOf('agent1', {}), release: true })).map(({ text }) => text)
  return { ask, send, texts, heard }
}

test('writes what it is sent, and answers from what it wrote', async () => {
  const file = logsFile(tempHome())
  const { ask, send, texts } = start(file)
  send(textItem(1, 'one\n'), textItem(2, 'two\n'))
  expect(await ask('position', { agentId: 'agent1' })).toBe(2)
  expect(await texts()).toEqual(['one', 'two'])
  expect(await ask('startOfTail', { agentId: 'agent1', tail: 1, streams: 1 })).toBe(1)
  expect(await ask('sizes', {})).toMatchObject([{ agentId: 'agent1' }])
  await ask('limit', { perAgentBytes: 10 })
  await ask('settle', { agentIds: ['agent1'] })
  await ask('clear', { agentId: 'agent1', words: 'gone' })
  expect(await texts()).toEqual(['gone'])
  expect(await ask('shorten', { bytes: 1 })).toBeGreaterThan(0)
  await ask('remove', { agentId: 'agent1' })
  expect(await ask('position', { agentId: 'agent1' })).toBe(0)
  send(textItem(1, 'begun'))
  await ask('close', {})
  const again = start(file)
  expect(await again.texts()).toEqual(['begun'])
  await again.ask('close', {})
})

test('puts a damaged file aside when it is first used', async () => {
  const file = logsFile(tempHome())
  mkdirSync(dirname(file))
  writeFileSync(file, 'garbage '.repeat(100))
  const { ask, send, texts, heard } = start(file)
  send(textItem(1, 'one\n'))
  expect(await texts()).toEqual(['one'])
  expect(heard.filter(({ kind }) => kind === 'repaired')).toHaveLength(1)
  await ask('close', {})
})

test('says why where the file cannot be had', async () => {
  const home = tempHome()
  writeFileSync(`${home}/data`, 'in the way')
  const { ask, send, heard } = start(logsFile(home))
  send(textItem(1, 'one\n'))
  await expect(ask('position', { agentId: 'agent1' })).rejects.toThrow(/data/)
  await expect(ask('read', { selection: selectionOf('agent1', {}), release: true })).rejects.toThrow(/data/)
  expect(heard).toContainEqual({ kind: 'problem', message: expect.stringContaining('data') })
  await ask('close', {})
})

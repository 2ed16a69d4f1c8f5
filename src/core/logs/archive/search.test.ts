import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { tempHome } from '../../testing/index.ts'
import { type SearchDeps, createSearch } from './search.ts'
import { logsFile, openTestStore, query, textItem } from './testing.ts'
import { startThread } from './thread.ts'

const start = (limitMs: number, line: string, startWorker: SearchDeps['start'] = startThread) => {
  const file = logsFile(tempHome())
  const store = openTestStore(file)
  store.write([textItem(1, line)])
  const running = new Set<Worker>()
  let most = 0
  const search = createSearch({
    file,
    start: (data, memoryMb) => {
      const worker = startWorker(data, memoryMb)
      running.add(worker)
      worker.once('exit', () => running.delete(worker))
      most = Math.max(most, running.size)
      return worker
    },
    limitMs,
    settle: () => Promise.resolve(),
    standing: (agentId) => Promise.resolve(store.standing(agentId)),
  })
  onTestFinished(search.close)
  return { search, most: () => most, running: () => running.size }
}

test('many searches take turns, and none of them is left over', async () => {
  const { search, most } = start(10_000, 'a line\n')
  const pages = await Promise.all(Array.from({ length: 6 }, () => search.page(query(), 'line')))
  expect(pages.map(({ items }) => items.length)).toEqual([1, 1, 1, 1, 1, 1])
  expect(most()).toBe(2)
})

test('one whose time is up is ended', async () => {
  const { search, running } = start(50, `${'a'.repeat(5000)}!\n`)
  await expect(search.page(query(), '^(a+)+$')).rejects.toMatchObject({ code: 'E_TIMEOUT' })
  expect(running()).toBe(0)
})

test('one whose time is up on the way gives the page up to there', async () => {
  const halfWay = "require('node:worker_threads').parentPort.postMessage({ kind: 'seen', seen: 7 }); for (;;);"
  const { search } = start(300, 'a line\n'.repeat(20), () => new Worker(halfWay, { eval: true }))
  expect(await search.page(query(), 'line')).toEqual({ items: [], next: 7, first: 1, last: 20, cut: 0 })
  await expect(search.page(query({ tail: 5 }), 'line')).rejects.toMatchObject({ code: 'E_TIMEOUT' })
})

test('one whose thread breaks says so', async () => {
  const { search } = start(300, 'a line\n', () => new Worker("throw new Error('it broke')", { eval: true }))
  await expect(search.page(query(), 'line')).rejects.toMatchObject({
    code: 'E_UNAVAILABLE',
    message: expect.stringContaining('it broke'),
  })
})

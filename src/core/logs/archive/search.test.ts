import type { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { tempHome } from '../../testing/index.ts'
import { createSearch } from './search.ts'
import { logsFile, openTestStore, query, textItem } from './testing.ts'
import { startThread } from './thread.ts'

const start = (limitMs: number, line: string) => {
  const file = logsFile(tempHome())
  const store = openTestStore(file)
  store.write([textItem(1, line)])
  const running = new Set<Worker>()
  let most = 0
  const search = createSearch({
    file,
    start: (data, memoryMb) => {
      const worker = startThread(data, memoryMb)
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

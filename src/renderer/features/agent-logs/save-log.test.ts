import { expect, it } from 'vitest'
import type { LogEntry, LogPage } from '../../../contract/index.ts'
import { readWholeLog } from './save-log.ts'

const AT = '2026-11-21T14:00:00.000Z'
const pages: LogEntry[][] = [
  [
    { seq: 1, at: AT, stream: 'out', text: 'a', open: true },
    { seq: 2, at: AT, stream: 'out', text: 'b' },
  ],
  [
    { seq: 3, at: AT, stream: 'gantry', text: '5 lines were let go of' },
    { seq: 4, at: AT, stream: 'out', base64: btoa('\u00FF\u0000') },
  ],
]

it('has every page of the log in it, byte for byte, and tells how far it is', async () => {
  const asked: unknown[] = []
  const shares: number[] = []
  const logs = async ({ after = 0 }: { after?: number | undefined }): Promise<LogPage> => {
    asked.push(after)
    const items = pages[after === 0 ? 0 : 1] ?? []
    return { items, next: after === 0 ? 2 : null, first: 1, last: 4, cut: 0, state: 'running' }
  }
  const blob = await readWholeLog('a7f3k2m9q1ab', {
    agents: { logs } as never,
    signal: new AbortController().signal,
    onProgress: (share) => shares.push(share),
  })
  expect([asked, shares]).toEqual([
    [0, 2],
    [0.5, 1],
  ])
  const bytes = new Uint8Array(await blob.arrayBuffer())
  const words = new TextEncoder().encode('ab\n── 5 lines were let go of ──\n')
  expect(bytes).toEqual(new Uint8Array([...words, 0xff, 0x00, 0x0a]))
})

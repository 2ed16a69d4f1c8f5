/** What agents use: sampled often while somebody looks, seldom otherwise, so that there is a past to show. */
import type { AgentSample } from '../../contract/index.ts'
import type { Lives } from './lives.ts'
import type { Records } from './records.ts'

export interface StatsDeps {
  lives: Lives
  records: Records
  now: () => Date
  every: (tick: () => void, ms: number) => () => void
}

const SAMPLE_MS = 4000
/** Without anybody looking, only every so many. */
const SELDOM = 5
const KEPT = 150
/** So many boxes are asked at once. */
const AT_ONCE = 8

export const createStats = ({ lives, records, now, every }: StatsDeps) => {
  const history = new Map<string, AgentSample[]>()
  const spent = new Map<string, { tokens: number; at: number }>()
  const watchers = new Set<(samples: readonly AgentSample[]) => void>()
  let ticks = 0
  let running = false

  const tokensPerMinute = (id: string, at: number): number => {
    const row = records.find(id)
    const tokens = (row?.tokensIn ?? 0) + (row?.tokensOut ?? 0)
    const before = spent.get(id) ?? { tokens, at }
    spent.set(id, { tokens, at })
    const minutes = (at - before.at) / 60_000
    return minutes <= 0 ? 0 : Math.round((tokens - before.tokens) / minutes)
  }

  const sample = async (id: string): Promise<AgentSample | undefined> => {
    const session = lives.get(id)?.session
    if (session === undefined) return undefined
    try {
      const { cpuPercent, memoryBytes, pids } = await session.box.stats()
      const at = now()
      return {
        id,
        at: at.toISOString(),
        cpuPercent,
        memoryBytes,
        pids,
        tokensPerMinute: tokensPerMinute(id, at.getTime()),
      }
    } catch {
      // It is just ending, or its runtime is away: both are told elsewhere.
      return undefined
    }
  }

  const round = async () => {
    const ids = [...lives.all().keys()]
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const found = await Promise.all(ids.slice(start, start + AT_ONCE).map(sample))
      const samples = found.filter((one) => one !== undefined)
      for (const one of samples) {
        const kept = history.get(one.id) ?? []
        kept.push(one)
        if (kept.length > KEPT) kept.shift()
        history.set(one.id, kept)
      }
      for (const watcher of watchers) watcher(samples)
    }
    for (const id of history.keys()) if (lives.get(id) === undefined) history.delete(id)
    for (const id of spent.keys()) if (lives.get(id) === undefined) spent.delete(id)
  }

  const tick = () => {
    ticks += 1
    if (running || lives.all().size === 0 || (watchers.size === 0 && ticks % SELDOM !== 0)) return
    running = true
    void round()
      // A disk that is full must not end Gantry; the next round tries again.
      .catch(() => undefined)
      .finally(() => {
        running = false
      })
  }
  const stopTimer = every(tick, SAMPLE_MS)

  async function* watch(isWanted: (id: string) => boolean, past: boolean, signal?: AbortSignal) {
    let queue: AgentSample[] = past ? [...history.values()].flat().filter(({ id }) => isWanted(id)) : []
    let wake = Promise.withResolvers<void>()
    const onSamples = (samples: readonly AgentSample[]) => {
      // Who is slow gets the newest: an old sample is worth little.
      queue = [...queue, ...samples.filter(({ id }) => isWanted(id))].slice(-5000)
      wake.resolve()
    }
    const onAbort = () => wake.resolve()
    watchers.add(onSamples)
    signal?.addEventListener('abort', onAbort)
    tick()
    try {
      while (signal?.aborted !== true) {
        const batch = queue
        queue = []
        for (const one of batch) yield one
        if (queue.length > 0) continue
        await wake.promise
        wake = Promise.withResolvers()
      }
    } finally {
      watchers.delete(onSamples)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  return { watch, stop: stopTimer }
}

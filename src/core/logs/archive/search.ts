/**
 * Searches run in threads of their own, and for so long only: a pattern can be made to take for ever, and what comes in
 * meanwhile must be written all the same.
 */
import type { Worker } from 'node:worker_threads'
import { GantryError, type LogHit, type LogPage, type LogQuery } from '../../../contract/index.ts'
import { unpack } from './decode.ts'
import type { FromSearch, SearchThread, Standing } from './messages.ts'
import { PAGE_BYTES, assertPattern, badPattern, selectionOf, selectionOfQuery } from './pages.ts'
import type { SearchQuery } from './types.ts'

const MOST_AT_ONCE = 2
const MEMORY_MB = 256

export interface SearchDeps {
  file: string
  start: (data: SearchThread, memoryMb: number) => Worker
  limitMs: number
  /** Everything that was appended is written, so that it is found. */
  settle: (agentIds: readonly string[]) => Promise<void>
  /** The same for one log, and what is there of it. */
  standing: (agentId: string) => Promise<Standing>
}

interface Result {
  hits: LogHit[]
  /** Whether there is nothing more to be found; null when the time was up. */
  complete: boolean | null
  seen: number
}

const tooLong = (ms: number) =>
  new GantryError('E_TIMEOUT', `The search took longer than ${ms / 1000} s.`, {
    hint: 'Use a simpler pattern, or narrow it down by time, stream or agent.',
  })

export const createSearch = ({ file, start, limitMs, settle, standing }: SearchDeps) => {
  const running = new Set<Worker>()
  const queue: (() => void)[] = []
  let closed = false

  /** What a thread finds until it is done, or its time is up. */
  const resultOf = (worker: Worker, pattern: string, timeUp: Promise<void>): Promise<Result> =>
    new Promise((resolve, reject) => {
      const result: Result = { hits: [], complete: null, seen: 0 }
      const hear: { [K in FromSearch['kind']]: (message: Extract<FromSearch, { kind: K }>) => void } = {
        hits: ({ agentId, hits }) => {
          for (const entry of unpack(hits)) result.hits.push({ ...entry, agentId })
        },
        seen: ({ seen }) => {
          result.seen = seen
        },
        done: ({ complete }) => resolve({ ...result, complete }),
        failed: ({ reason, message }) => reject(failure(pattern, reason, message)),
      }
      worker.on('message', (message: FromSearch) => hear[message.kind](message as never))
      worker.once('error', (error) =>
        reject(failure(pattern, 'archive', error instanceof Error ? error.message : String(error))),
      )
      worker.once('exit', () => reject(failure(pattern, 'archive', 'it was ended')))
      void timeUp.then(() => resolve(result))
    })

  const run = async (data: SearchThread): Promise<Result> => {
    const worker = start(data, MEMORY_MB)
    running.add(worker)
    const timeUp = Promise.withResolvers<void>()
    let limit: NodeJS.Timeout | undefined
    // How long a thread takes to start says nothing of the pattern.
    worker.once('online', () => (limit = setTimeout(timeUp.resolve, limitMs)))
    try {
      return await resultOf(worker, data.pattern, timeUp.promise)
    } finally {
      clearTimeout(limit)
      await worker.terminate()
      running.delete(worker)
    }
  }

  const failure = (pattern: string, reason: 'pattern' | 'archive', message: string): GantryError =>
    reason === 'pattern'
      ? badPattern(pattern, message)
      : new GantryError('E_UNAVAILABLE', `The agents’ logs could not be searched: ${message}.`, { hint: 'Try again.' })

  /** In their turn: a search takes a whole processor. */
  const inTurn = async (data: SearchThread): Promise<Result> => {
    if (running.size >= MOST_AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve))
    try {
      if (closed) throw failure(data.pattern, 'archive', 'Gantry is stopping')
      return await run(data)
    } finally {
      queue.shift()?.()
    }
  }

  const page = async (query: LogQuery, grep: string): Promise<Omit<LogPage, 'state'>> => {
    assertPattern(grep)
    const selection = selectionOfQuery(query)
    const { first, last, cut } = await standing(query.id)
    const { hits, complete, seen } = await inTurn({
      kind: 'search',
      file,
      pattern: grep,
      ignoreCase: query.ignoreCase,
      limit: selection.limit,
      selections: [selection],
      newestFirst: false,
    })
    // Part of the way is a page; none of it is nothing that could be gone on from.
    if (complete === null && (selection.fromEnd || seen === 0)) throw tooLong(limitMs)
    const upTo = selection.fromEnd ? selection.before - 1 : seen
    const items = hits.map(({ agentId: _agentId, ...entry }) => entry)
    return { items, next: upTo < last ? upTo : null, first, last, cut }
  }

  const search = async ({ grep, ids, limit, ignoreCase, ...filter }: SearchQuery) => {
    assertPattern(grep)
    await settle(ids)
    const selections = ids.map((id) => selectionOf(id, filter, { fromEnd: true, limit, bytes: PAGE_BYTES }))
    const { hits, complete } = await inTurn({
      kind: 'search',
      file,
      pattern: grep,
      ignoreCase,
      limit,
      selections,
      newestFirst: true,
    })
    const items = [...Map.groupBy(hits, ({ agentId }) => agentId).values()].flatMap((own) => own.toReversed())
    return { items, complete: complete ?? false }
  }

  return {
    page,
    search,
    close: async () => {
      closed = true
      await Promise.all([...running].map((worker) => worker.terminate()))
    },
  }
}

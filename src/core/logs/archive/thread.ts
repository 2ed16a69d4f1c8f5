/**
 * The worker thread from outside: started when there is something for it to do, ended when there was nothing for a
 * while, replaced when it breaks. What it had not written then is told again.
 */
import { Worker } from 'node:worker_threads'
import { GantryError } from '../../../contract/index.ts'
import type { Batch, FromWorker, QuestionKind, Questions, ThreadData, ToWorker } from './messages.ts'

// Bundled, everything of the main process lies in one folder; from source, the worker is beside this file.
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('./logs-worker.js', import.meta.url)

export const startThread = (data: ThreadData, memoryMb?: number): Worker =>
  new Worker(WORKER, {
    workerData: data,
    ...(memoryMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
  })

export interface ThreadDeps {
  start: () => Worker
  /** Without anything to do for so long it is ended. */
  idleMs: number
  /** What it has not safe yet. */
  unwritten: () => readonly Batch[]
  /** It broke over and over with the same batches. */
  onHopeless: (upTo: number, message: string) => void
  onMessage: (message: Exclude<FromWorker, { kind: 'answer' | 'refusal' }>) => void
}

interface Waiting {
  resolve: (value: unknown) => void
  reject: (reason: GantryError) => void
}

const MOST_BREAKS = 3

export const unavailable = (message: string) =>
  new GantryError('E_UNAVAILABLE', `The agents’ logs cannot be used: ${message}.`, {
    hint: 'Check that the disk has space and that the data folder can be written to, then try again.',
  })

export const createThread = ({ start, idleMs, unwritten, onHopeless, onMessage }: ThreadDeps) => {
  let current: Worker | undefined
  let breaks = 0
  let lastQuestion = 0
  let idle: NodeJS.Timeout | undefined
  const questions = new Map<number, Waiting>()

  const hear = (message: FromWorker) => {
    breaks = 0
    rest()
    if (message.kind !== 'answer' && message.kind !== 'refusal') return onMessage(message)
    const waiting = questions.get(message.id)
    questions.delete(message.id)
    if (message.kind === 'answer') waiting?.resolve(message.value)
    else waiting?.reject(unavailable(message.message))
  }

  const broke = (worker: Worker, message: string) => {
    if (current !== worker) return
    current = undefined
    breaks += 1
    for (const waiting of questions.values()) waiting.reject(unavailable(message))
    questions.clear()
    const last = unwritten().at(-1)
    if (last === undefined) return
    if (breaks >= MOST_BREAKS) return onHopeless(last.id, message)
    for (const batch of unwritten()) post({ kind: 'batch', batch })
  }

  const open = (): Worker => {
    const worker = start()
    let reason = 'the worker ended'
    worker.on('message', hear)
    worker.once('error', (error) => {
      reason = error instanceof Error ? error.message : String(error)
    })
    worker.once('exit', () => broke(worker, reason))
    current = worker
    return worker
  }

  const post = (message: ToWorker) => {
    const worker = current ?? open()
    worker.postMessage(message)
    rest()
  }

  /** Starts to count the time in which nothing happens. */
  const rest = () => {
    clearTimeout(idle)
    if (current === undefined) return
    idle = setTimeout(() => {
      if (questions.size === 0 && unwritten().length === 0) void end()
    }, idleMs).unref()
  }

  const ask = <K extends QuestionKind>(kind: K, question: Questions[K]['ask']): Promise<Questions[K]['answer']> =>
    new Promise((resolve, reject) => {
      const id = (lastQuestion += 1)
      questions.set(id, { resolve: (value) => resolve(value as Questions[K]['answer']), reject })
      // The pair of kind and question is checked above; the union cannot express it.
      post({ kind: 'question', id, question: { kind, ask: question } as never })
    })

  /** It writes what it has and ends itself. One that is started meanwhile does not wait for it. */
  const end = async () => {
    const worker = current
    if (worker === undefined) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    const answered = ask('close', {})
    current = undefined
    clearTimeout(idle)
    await answered.catch(() => undefined)
    await ended
  }

  return { ask, batch: (batch: Batch) => post({ kind: 'batch', batch }), end, isRunning: () => current !== undefined }
}

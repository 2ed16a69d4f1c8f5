/** Starts the store's worker for one task. It lives as long as the task: an idle Gantry has no idle threads. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { StoreTask, StoreTaskResult } from './worker.ts'

// Bundled, everything of the main process lies in one folder; from source, the worker is beside this file.
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('./store-worker.js', import.meta.url)

export const runStoreTask = async (task: StoreTask): Promise<number> => {
  const worker = new Worker(WORKER, { workerData: task })
  try {
    const [result] = (await once(worker, 'message')) as [StoreTaskResult]
    if (!result.ok) throw new Error(result.message)
    return result.version
  } finally {
    await worker.terminate()
  }
}

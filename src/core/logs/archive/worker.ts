/** Runs in worker threads: one for all that is written, and one for each search. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadData } from './messages.ts'
import { scan } from './scan.ts'
import { serve } from './serve.ts'

const data = workerData as ThreadData
if (parentPort !== null) {
  if (data.kind === 'store') serve(parentPort, data)
  else scan(data, (message) => parentPort?.postMessage(message))
}

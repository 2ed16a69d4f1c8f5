/** Runs in a worker thread: the slow, whole-file work that would hold up the thread that draws windows. */
import Database from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'
import { inspect } from './connection.ts'

export type StoreTask = { kind: 'copy'; source: string; target: string } | { kind: 'inspect'; file: string }
export type StoreTaskResult = { ok: true; version: number } | { ok: false; message: string }

const perform = (task: StoreTask): number => {
  if (task.kind === 'inspect') return inspect(task.file)
  const connection = new Database(task.source, { readonly: true, fileMustExist: true })
  try {
    connection.prepare('VACUUM INTO ?').run(task.target)
  } finally {
    connection.close()
  }
  return inspect(task.target)
}

const answer = (result: StoreTaskResult) => parentPort?.postMessage(result)

try {
  answer({ ok: true, version: perform(workerData as StoreTask) })
} catch (cause) {
  answer({ ok: false, message: cause instanceof Error ? cause.message : String(cause) })
}

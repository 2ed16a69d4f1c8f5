/** Runs in a worker thread: the slow, whole-file work that would hold up the thread that draws windows. */
import Database from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'
import { inspect } from './connection.ts'
import { stage } from './files.ts'

/** copy: a database in use, as one whole file; stage: a backup, ready to take the database's place. */
export interface StoreTask {
  kind: 'copy' | 'stage'
  source: string
  target: string
}
export type StoreTaskResult = { ok: true; version: number } | { ok: false; message: string }

const vacuumInto = (source: string, target: string) => {
  const connection = new Database(source, { readonly: true, fileMustExist: true })
  try {
    connection.prepare('VACUUM INTO ?').run(target)
  } finally {
    connection.close()
  }
}

/** Answers the schema version of the copy, which was looked through by then. */
const perform = ({ kind, source, target }: StoreTask): number => {
  if (kind === 'stage') stage(source, target)
  else vacuumInto(source, target)
  return inspect(target)
}

const answer = (result: StoreTaskResult) => parentPort?.postMessage(result)

try {
  answer({ ok: true, version: perform(workerData as StoreTask) })
} catch (cause) {
  answer({ ok: false, message: cause instanceof Error ? cause.message : String(cause) })
}

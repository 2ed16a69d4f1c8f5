/** Runs in a worker thread: all that touches the file of the logs. One thread writes and reads, a search has its own. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { existsSync, statSync } from 'node:fs'
import { type Connection, isDamage, openLogs, replaceLogs } from './database.ts'
import { createIntake } from './intake.ts'
import type { FromWorker, Question, QuestionKind, Questions, StoreThread, ThreadData, ToWorker } from './messages.ts'
import { scan } from './scan.ts'
import { createSelect } from './select.ts'
import { createWrite } from './write.ts'

const FREE_EVERY_MS = 50

const after = (ms: number, task: () => void): (() => void) => {
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}

const serve = (port: MessagePort, { file, startedAt, perAgentBytes, patienceMs, heldBytes }: StoreThread) => {
  const limits = { perAgentBytes }
  const post = (message: FromWorker) => port.postMessage(message)
  const around = (connection: Connection) => ({
    connection,
    ...createWrite(connection, limits),
    ...createSelect(connection),
  })
  let opened: ReturnType<typeof around> | undefined

  const replace = () => {
    opened?.connection.close()
    opened = undefined
    const { connection, repaired } = replaceLogs(file, startedAt)
    post({ kind: 'repaired', message: repaired })
    return (opened = around(connection))
  }

  /** Opened when it is first needed, and again as long as it cannot be. */
  const use = () => {
    if (opened !== undefined) return opened
    try {
      opened = around(openLogs(file))
      intake.resume(opened.waiting())
      return opened
    } catch (thrown) {
      if (isDamage(thrown)) return replace()
      throw thrown
    }
  }

  const mending = <T>(task: (store: ReturnType<typeof around>) => T): T => {
    try {
      return task(use())
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown
      return task(replace())
    }
  }

  const intake = createIntake({
    write: (items) => mending(({ write }) => write(items)),
    post,
    patienceMs,
    heldBytes,
    clock: () => performance.now(),
    after,
  })

  let cancelFree: (() => void) | undefined
  /** Gives the disk back what was let go of, a little at a time. */
  const freeLater = () => {
    cancelFree ??= after(FREE_EVERY_MS, () => {
      cancelFree = undefined
      if (opened?.freePages() === true) freeLater()
    })
  }

  const answers: { [K in QuestionKind]: (ask: Questions[K]['ask']) => Questions[K]['answer'] } = {
    position: ({ agentId }) => {
      intake.flush()
      return mending(({ position }) => position(agentId))
    },
    read: ({ selection, release }) => {
      intake.settle(release ? [selection.agentId] : [])
      return use().read(selection)
    },
    startOfTail: ({ agentId, tail, streams }) => {
      intake.flush()
      return use().startOfTail(agentId, tail, streams)
    },
    settle: ({ agentIds }) => {
      // Also where nothing was ever written: who reads next needs the file.
      use()
      intake.settle(agentIds)
    },
    remove: ({ agentId }) => {
      intake.forget(agentId)
      mending(({ remove }) => remove(agentId))
      freeLater()
    },
    sizes: () => {
      intake.flush()
      const parts = [file, `${file}-wal`].filter((part) => existsSync(part))
      return {
        agents: mending(({ sizes }) => sizes()),
        fileBytes: parts.reduce((sum, part) => sum + statSync(part).size, 0),
      }
    },
    limit: (next) => {
      limits.perAgentBytes = next.perAgentBytes
      mending(({ cutAll }) => cutAll())
    },
    clear: ({ agentId, words }) => {
      mending(({ clear }) => clear(agentId, words))
      freeLater()
    },
    shorten: ({ bytes }) => {
      freeLater()
      return mending(({ shorten }) => shorten(bytes))
    },
    close: () => {
      cancelFree?.()
      intake.stop()
      opened?.connection.close()
    },
  }

  const answer = (id: number, { kind, ask }: Question) => {
    try {
      // The map above pairs each kind with its own question; TypeScript cannot follow it through the union.
      post({ kind: 'answer', id, value: answers[kind](ask as never) })
    } catch (thrown) {
      post({ kind: 'refusal', id, message: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  }

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'batch') return intake.take(message.batch)
    answer(message.id, message.question)
    if (message.question.kind === 'close') port.close()
  })
}

const data = workerData as ThreadData
if (parentPort !== null) {
  if (data.kind === 'store') serve(parentPort, data)
  else scan(data, (message) => parentPort?.postMessage(message))
}

/** All that touches the file of the logs while agents write: it runs behind a port, in the archive's thread. */
import type { MessagePort } from 'node:worker_threads'
import { type Connection, isDamage, openLogs, replaceLogs } from './database.ts'
import { createIntake } from './intake.ts'
import type { FromWorker, Question, QuestionKind, Questions, StoreThread, ToWorker } from './messages.ts'
import { createSelect } from './select.ts'
import { createWrite } from './write.ts'

const FREE_EVERY_MS = 50

const after = (ms: number, task: () => void): (() => void) => {
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}

export const serve = (
  port: MessagePort,
  { file, startedAt, perAgentBytes, patienceMs, heldBytes }: StoreThread,
): void => {
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
      try {
        if (opened?.freePages() === true) freeLater()
      } catch {
        // Space that is not given back is written to again.
      }
    })
  }

  const answers: { [K in QuestionKind]: (ask: Questions[K]['ask']) => Questions[K]['answer'] } = {
    position: ({ agentId }) => {
      intake.flush()
      return mending(({ position }) => position(agentId))
    },
    read: ({ selection, release }) => {
      // First: only then it is known which lines wait from before.
      use()
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
      return mending(({ sizes }) => sizes())
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

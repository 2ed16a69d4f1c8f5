/** What Gantry asks of the script inside, and what is made of its answers: errors of ours, never words we trust. */
import { type ErrorCode, GantryError } from '../../contract/index.ts'
import type { Answer, HostRequest } from '../../wire/index.ts'
import type { Clock } from './gate.ts'
import type { Outbox } from './outbox.ts'

type Method = HostRequest['method']
type Params<M extends Method> = Extract<HostRequest, { method: M }>['params']

interface Asked {
  /** Runs while the answer is read: what it throws is a broken rule. */
  onAnswer: (answer: Answer) => void
  fail: (error: GantryError) => void
}

const USUAL_MS = 30_000
/** Looking through a workspace, or telling again what happened meanwhile, takes its time. */
const PATIENCE: Partial<Record<Method, number>> = { resume: 120_000, baseline: 120_000, changes: 120_000 }

/** Those that the script inside may choose among. */
const CODES = new Set<ErrorCode>(['E_CONFLICT', 'E_NOT_FOUND', 'E_SCHEMA', 'E_TOO_LARGE'])
const isCode = (code: string): code is ErrorCode => (CODES as Set<string>).has(code)

// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\0-\x1f\x7f-\x9f]+/g

const fromInside = ({ code, message }: { code: string; message: string }): GantryError => {
  const words = message.replaceAll(CONTROLS, ' ').trim().slice(0, 500)
  return new GantryError(isCode(code) ? code : 'E_RUNTIME', words === '' ? 'The box refused without a reason.' : words)
}

export const createAsking = (outbox: Outbox, clock: Clock, firstId: number) => {
  const asked = new Map<number, Asked>()
  let lastId = firstId
  let closed: GantryError | undefined

  const ask = <M extends Method, T>(method: M, params: Params<M>, read: (result: unknown) => T): Promise<T> => {
    if (closed !== undefined) return Promise.reject(closed)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    lastId += 1
    const id = lastId
    const stopTimer = clock.after(PATIENCE[method] ?? USUAL_MS, () => {
      asked.delete(id)
      reject(
        new GantryError('E_TIMEOUT', `The box did not answer (${method}).`, {
          hint: 'A paused agent answers nothing: resume it first. Else cancel it and start another.',
        }),
      )
    })
    asked.set(id, {
      onAnswer: (answer) => {
        stopTimer()
        if ('error' in answer) reject(fromInside(answer.error))
        else resolve(read(answer.result))
      },
      fail: (error) => {
        stopTimer()
        reject(error)
      },
    })
    void outbox.send({ id, method, params } as HostRequest)
    return promise
  }

  return {
    ask,
    /** Answers to nobody are those of a question given up on, or of a Gantry before. */
    onAnswer: (answer: Answer) => {
      const entry = asked.get(answer.id)
      if (entry === undefined) return
      asked.delete(answer.id)
      try {
        entry.onAnswer(answer)
      } catch (error) {
        entry.fail(new GantryError('E_RUNTIME', 'The box gave an answer that makes no sense.'))
        throw error
      }
    },
    close: () => {
      closed = new GantryError('E_UNAVAILABLE', 'The agent cannot be reached any more: its wire is closed.')
      for (const entry of asked.values()) entry.fail(closed)
      asked.clear()
    },
  }
}

export type Asking = ReturnType<typeof createAsking>

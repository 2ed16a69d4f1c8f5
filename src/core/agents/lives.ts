/** The agents that live right now: how they start, pause, end, and are found again. */
import { type AgentState, GantryError } from '../../contract/index.ts'
import type { WireEnd } from '../wire/index.ts'
import { createEnding } from './ending.ts'
import { type Life, createLifeBook } from './life-book.ts'
import type { WarmPool } from './pool.ts'
import type { AgentPorts } from './ports.ts'
import { type AgentRow, GANTRY, type Records } from './records.ts'
import { createReturning } from './returning.ts'
import type { Session, SessionOwner } from './session.ts'
import { createStarting } from './starting.ts'
import { isEnded } from './states.ts'

export interface LivesDeps extends AgentPorts {
  records: Records
  pool: WarmPool
  /** What an agent may reach of us, once it has a session. */
  ownerOf: (row: AgentRow, signal: AbortSignal) => Pick<SessionOwner, 'http' | 'connect'>
  onEnded: (row: AgentRow) => void
  now: () => Date
  newId: () => string
  /** So many start at the same time; the others wait. */
  startsAtOnce: number
  log: { warn: (fields: object, message: string) => void; error: (fields: object, message: string) => void }
}

export const createLives = (deps: LivesDeps) => {
  const { archive, records, now } = deps
  const book = createLifeBook(deps)
  const { lives, inTurn, lost } = book

  const ownerFor = (row: AgentRow, life: Life): SessionOwner => ({
    agentId: row.id,
    onActivity: () => {
      life.lastActivityAt = now().getTime()
    },
    onExited: (exited) => {
      records.update(row.id, { exited: JSON.stringify(exited) }, true)
      void inTurn(row.id, () => ending.settle(row.id)).catch((thrown: unknown) => lost(row.id, thrown))
    },
    ...deps.ownerOf(row, life.controller.signal),
  })

  const watch = (id: string, session: Session) => {
    void session.closed.then((end) => {
      if (lives.get(id)?.session !== session) return
      void inTurn(id, () => afterWire(id, session, end)).catch((thrown: unknown) => lost(id, thrown))
    })
  }

  const afterWire = async (id: string, session: Session, end: WireEnd) => {
    const row = records.find(id)
    if (book.isStopped() || row === undefined || isEnded(row.state) || row.ending !== null) return
    if (end.kind === 'violation') {
      archive.note(id, `Ended by Gantry: ${end.message}`)
      await ending.finishEnd(id, {
        to: 'failed',
        reason: `it broke the rules of the wire: ${end.message}`,
        actor: GANTRY,
        graceMs: 0,
      })
      return
    }
    await returning.reconnect(row, session.box)
  }

  const ending = createEnding({ ...deps, book })
  const { launch } = createStarting({ ...deps, book, finishEnd: ending.finishEnd, ownerFor, watch })
  const returning = createReturning({ ...deps, book, ending, ownerFor, watch, launch })

  const pause = (id: string, reason: string | null, actor: string): Promise<AgentRow> =>
    inTurn(id, async () => {
      const { state } = records.get(id)
      if (state === 'paused') return records.get(id)
      const session = lives.get(id)?.session
      if (state !== 'running' || session === undefined) throw notRunning(state)
      await session.box.pause()
      return records.move(id, { to: 'paused', reason, actor })
    })

  const resume = (id: string, actor: string): Promise<AgentRow> =>
    inTurn(id, async () => {
      const { state } = records.get(id)
      if (state === 'running') return records.get(id)
      const life = lives.get(id)
      if (state !== 'paused' || life?.session === undefined) throw notRunning(state)
      await life.session.box.resume()
      if (life.unresumed) await life.session.wire.resume()
      life.unresumed = false
      life.lastActivityAt = now().getTime()
      return records.move(id, { to: 'running', actor })
    })

  const notRunning = (state: AgentState) =>
    new GantryError('E_CONFLICT', `The agent is ${state}.`, {
      hint: isEnded(state) ? 'It has ended. Start another one.' : 'Wait until it is running.',
    })

  return {
    launch,
    end: ending.end,
    pause,
    resume,
    reconcile: returning.reconcile,
    comeBack: returning.comeBack,
    get: (id: string) => lives.get(id),
    all: () => lives,
    stop: book.stop,
  }
}

export type Lives = ReturnType<typeof createLives>

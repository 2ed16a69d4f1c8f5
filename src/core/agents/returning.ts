/** Finding agents again after Gantry or its runtime was away: adopted, finished, or started anew. Nothing is done twice. */
import { type Life, type LifeBook, DRAIN_MS } from './life-book.ts'
import { type EndingOfAgents, GRACE_MS } from './ending.ts'
import type { WarmPool } from './pool.ts'
import { type AgentPorts, type Box, settled } from './ports.ts'
import { type AgentRow, GANTRY, type Records } from './records.ts'
import { type Session, type SessionOwner, openSession } from './session.ts'
import { isEnded } from './states.ts'

export interface ReturningDeps extends Pick<AgentPorts, 'archive' | 'createWire' | 'runtimes'> {
  book: LifeBook
  records: Records
  pool: WarmPool
  ending: EndingOfAgents
  ownerFor: (row: AgentRow, life: Life) => SessionOwner
  watch: (id: string, session: Session) => void
  launch: (id: string) => Promise<void>
  now: () => Date
  newId: () => string
}

const RECONNECTS = 5

export const createReturning = (deps: ReturningDeps) => {
  const { book, records, pool, archive, runtimes, ending, ownerFor, watch, launch, now } = deps
  const { lives, begin, inTurn, lost } = book
  const { settle, finishEnd, end } = ending

  /** The wire broke. Either the box has ended, or its runtime is away, or it was the wire alone. */
  const reconnect = async (row: AgentRow, box: Box) => {
    for (let attempt = 1; ; attempt += 1) {
      let status: Awaited<ReturnType<Box['state']>>['status']
      try {
        status = (await box.state()).status
      } catch {
        // The runtime is away. It says when it is back, and then everything is compared.
        return
      }
      if (status !== 'running' && status !== 'paused') return settle(row.id)
      if (attempt > RECONNECTS) {
        await finishEnd(row.id, {
          to: 'failed',
          reason: 'its wire could not be held',
          actor: GANTRY,
          graceMs: GRACE_MS,
        })
        return
      }
      if (await adopt(row, box)) return
    }
  }

  /** Wires a box that exists again. Whether that went well. */
  const adopt = async (row: AgentRow, box: Box): Promise<boolean> => {
    const life = begin(row.id)
    const session = await openSession(box, await archive.position(row.id), ownerFor(row, life), deps)
    life.session = session
    const { status } = await box.state()
    if (status === 'paused') {
      life.unresumed = true
      if (row.state === 'running') records.move(row.id, { to: 'paused', reason: 'it was found paused' })
      watch(row.id, session)
      return true
    }
    if (status !== 'running') {
      // All it still has to tell, then its end.
      await settled(session.closed, DRAIN_MS).catch(() => undefined)
      await settle(row.id)
      return true
    }
    const answer = await Promise.race([
      session.wire.resume().catch(() => undefined),
      session.closed.then(() => undefined),
    ])
    if (answer === undefined) {
      session.wire.close()
      return false
    }
    const { exited } = records.get(row.id)
    if (row.state === 'starting' && exited === null && answer.pid === null) {
      await startAnew(row, box)
      return true
    }
    if (row.state === 'starting') records.move(row.id, { to: 'running', change: { startedAt: now().getTime() } })
    if (row.state === 'paused') records.move(row.id, { to: 'running', reason: 'it was found running' })
    watch(row.id, session)
    if (exited !== null) await settle(row.id)
    return true
  }

  /** The box was there, the task had not begun: nothing is done twice. */
  const startAnew = async (row: AgentRow, box: Box | undefined) => {
    await box?.end(0)
    lives.delete(row.id)
    records.update(row.id, { boxId: deps.newId(), ref: null }, true)
    void launch(row.id).catch((thrown: unknown) => lost(row.id, thrown))
  }

  const comeBack = (id: string): Promise<void> =>
    inTurn(id, async () => {
      const row = records.find(id)
      if (row === undefined || isEnded(row.state) || row.ending !== null) return
      if (lives.get(id)?.session?.isClosed() === false) return row.exited === null ? undefined : settle(id)
      const box = await runtimes.get(row.runtime ?? 'sandbox').find(row.boxId)
      if (box !== undefined) return reconnect(row, box)
      if (row.state === 'starting') return startAnew(row, undefined)
      if (row.exited !== null) return settle(id)
      await finishEnd(id, { to: 'failed', reason: 'its box was gone when Gantry came back', actor: GANTRY, graceMs: 0 })
    })

  /** Compares what is recorded with what exists. `unknown` boxes belong to nobody: they go. */
  const reconcile = async (only?: 'sandbox' | 'docker') => {
    // A backup that was restored may not know them.
    for (const [id, { session }] of lives) {
      if (records.find(id) !== undefined) continue
      lives.delete(id)
      session?.wire.close()
    }
    const rows = records.live().filter(({ runtime }) => only === undefined || runtime === only)
    await Promise.all(
      rows.map(async (row) => {
        try {
          if (row.ending !== null) {
            await end(row.id, {
              to: row.ending,
              reason: 'ended as it was wanted before',
              actor: GANTRY,
              graceMs: GRACE_MS,
            })
          } else if (row.state === 'pending') await launch(row.id)
          else await comeBack(row.id)
        } catch (thrown) {
          lost(row.id, thrown)
        }
      }),
    )
    await sweep(only)
  }

  const sweep = async (only?: 'sandbox' | 'docker') => {
    for (const runtime of runtimes.all()) {
      if (only !== undefined && runtime.name !== only) continue
      const boxes = await runtime.list().catch(() => [])
      const wanted = new Set([...records.live().map(({ boxId }) => boxId), ...pool.boxIds()])
      for (const { boxId } of boxes) {
        if (wanted.has(boxId)) continue
        try {
          await (await runtime.find(boxId))?.end(0)
        } catch (thrown) {
          lost(boxId, thrown)
        }
      }
    }
  }

  return { reconcile, reconnect, comeBack }
}

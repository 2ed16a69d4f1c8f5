/** How agents end: by themselves, by a wish, or because their box did. Nothing counts as ended without its proof. */
import { type AgentState, GantryError, type StopProof as Proof } from '../../contract/index.ts'
import { DRAIN_MS, type Life, type LifeBook } from './life-book.ts'
import { type AgentPorts, settled } from './ports.ts'
import { type AgentRow, GANTRY, type Records } from './records.ts'
import type { Session } from './session.ts'
import { type Exited, readSpec } from './spec.ts'
import { isEnded } from './states.ts'

export interface EndingDeps extends Pick<AgentPorts, 'archive' | 'runtimes' | 'workspace'> {
  book: LifeBook
  records: Records
  onEnded: (row: AgentRow) => void
  now: () => Date
}

export interface Ending {
  to: AgentState
  reason: string | null
  actor: string
  graceMs: number
}

/** For what should end by itself any moment. */
export const GRACE_MS = 3_000

export const createEnding = ({ book, records, archive, runtimes, workspace, onEnded, now }: EndingDeps) => {
  const { lives, begin, inTurn, untilKept } = book

  const outcome = (
    exited: Exited | null,
    boxReason: string | null,
  ): Pick<Ending, 'to' | 'reason'> & { code: number | null } => {
    if (exited === null) return { to: 'failed', reason: boxReason ?? 'its box ended', code: null }
    if (exited.code === 0) return { to: 'finished', reason: null, code: 0 }
    const words = exited.code === null ? `ended by ${exited.signal ?? 'a signal'}` : `exited with code ${exited.code}`
    return { to: 'failed', reason: boxReason ?? words, code: exited.code }
  }

  /** The program has ended, or its box: what it leaves is brought in, then everything of it goes. */
  const settle = async (id: string): Promise<void> => {
    const row = records.find(id)
    if (row === undefined || isEnded(row.state) || row.ending !== null) return
    const life = begin(id)
    const { session } = life
    const box = session?.box ?? (await runtimes.get(row.runtime ?? 'sandbox').find(row.boxId))
    const exited = row.exited === null ? null : (JSON.parse(row.exited) as Exited)
    if (session !== undefined && exited !== null) {
      await bringPatch(row, session)
      await untilKept(id, session.lastSeq())
      await settled(session.wire.release(), GRACE_MS).catch(() => undefined)
    }
    const state = await box?.state().catch(() => undefined)
    const killed = exited === null || exited.signal !== null || exited.code === 137
    const { to, reason, code } = outcome(exited, killed ? (state?.reason ?? null) : null)
    if (row.state === 'starting') records.move(id, { to: 'running', change: { startedAt: now().getTime() } })
    const ending = { actor: GANTRY, graceMs: GRACE_MS, exitCode: exited === null ? (state?.exitCode ?? null) : code }
    if (killed && now().getTime() >= row.expiresAt) {
      await finishEnd(id, { ...ending, to: 'expired', reason: 'its time was over while Gantry was away' })
      return
    }
    const gone = exited === null && (state === undefined || state.status === 'gone')
    await finishEnd(id, { ...ending, to, reason: gone ? 'its box was removed by somebody else' : reason })
  }

  const bringPatch = async (row: AgentRow, { wire }: Session) => {
    const spec = readSpec(row.spec)
    if (spec.workspace.kind === 'none') return
    try {
      const changes = async function* () {
        for await (const file of wire.changes()) yield { ...file, content: wire.read(file.path) }
      }
      const { files, added, removed, appliedAt } = await workspace.keepPatch(row.id, changes())
      records.update(row.id, { patch: JSON.stringify({ files: files.length, added, removed, appliedAt }) }, true)
    } catch (thrown) {
      archive.note(row.id, `What changed in the workspace could not be read: ${(thrown as Error).message}`)
    }
  }

  /** Of one that is stopped. A frozen box answers nothing, so it is let go for the moment that it takes. */
  const bringLastPatch = async (row: AgentRow, session: Session) => {
    if (readSpec(row.spec).workspace.kind === 'none') return
    if (row.state === 'paused') {
      await session.box.resume()
      if (lives.get(row.id)?.unresumed === true) await session.wire.resume()
    } else if (row.state !== 'running') return
    await bringPatch(row, session)
  }

  /** Ends the box for certain and says so. Called in turn, for an agent that is not ended yet. */
  const finishEnd = async (
    id: string,
    { to, reason, actor, graceMs, exitCode }: Ending & { exitCode?: number | null },
  ) => {
    const row = records.get(id)
    const life = lives.get(id)
    life?.controller.abort(new GantryError('E_CONFLICT', 'The agent is being stopped.'))
    const proof = await prove(row, life, graceMs)
    if (proof.left.length > 0) {
      // The wish to end it stays written down, and is tried again.
      records.update(id, { ending: to, stopProof: JSON.stringify(proof) })
      throw new GantryError('E_RUNTIME', `The agent resists: ${proof.left.join(', ')} could not be ended.`, {
        hint: 'Gantry goes on trying. Look at the runtime that holds it.',
        details: proof,
      })
    }
    const ended = records.move(id, {
      to,
      reason,
      actor,
      change: { stopProof: JSON.stringify(proof), ...(exitCode === undefined ? {} : { exitCode }) },
    })
    lives.delete(id)
    archive.poke(id)
    onEnded(ended)
    return { row: ended, proof }
  }

  const prove = async (row: AgentRow, life: Life | undefined, graceMs: number): Promise<Proof> => {
    const session = life?.session
    const box = session?.box ?? (await runtimes.get(row.runtime ?? 'sandbox').find(row.boxId))
    const proof =
      box === undefined ? { steps: ['looked for its box'], gone: ['box'], left: [] } : await box.end(graceMs)
    if (session === undefined) return proof
    // What it wrote last is still on its way.
    const drained = await settled(session.closed, DRAIN_MS).then(
      () => true,
      () => false,
    )
    session.wire.close()
    await settled(session.closed, DRAIN_MS).catch(() => undefined)
    await untilKept(row.id, session.lastSeq())
    const open = session.wire.open()
    return {
      steps: drained ? proof.steps : [...proof.steps, 'closed the wire'],
      gone: [...new Set([...proof.gone, 'wire']), ...(open === 0 ? ['model and tool calls'] : [])],
      left: open === 0 ? proof.left : [...proof.left, `${open} calls`],
    }
  }

  /** Wanted first, whatever is going on; done when it is its turn. */
  const end = async (id: string, ending: Ending): Promise<{ row: AgentRow; proof: Proof | null }> => {
    const before = records.get(id)
    if (isEnded(before.state)) return { row: before, proof: proofOf(before) }
    records.update(id, { ending: ending.to }, true)
    lives.get(id)?.controller.abort(new GantryError('E_CONFLICT', 'The agent is being stopped.'))
    return inTurn(id, async () => {
      const row = records.get(id)
      if (isEnded(row.state)) return { row, proof: proofOf(row) }
      const session = lives.get(id)?.session
      if (session !== undefined) await settled(bringLastPatch(row, session), DRAIN_MS).catch(() => undefined)
      return finishEnd(id, ending)
    })
  }

  const proofOf = (row: AgentRow): Proof | null =>
    row.stopProof === null ? null : (JSON.parse(row.stopProof) as Proof)

  return { settle, finishEnd, end }
}

export type EndingOfAgents = ReturnType<typeof createEnding>

/**
 * The agents that live right now: starting, pausing, ending, and finding them again after Gantry was away.
 * Whatever happens to one agent happens in turn. Ending is the exception: it is wanted first, then waits for its turn.
 */
import {
  type Actor,
  type AgentState,
  GantryError,
  type StopProof as Proof,
  toGantryError,
} from '../../contract/index.ts'
import { type AgentPorts, type Box, settled } from './ports.ts'
import { type AgentRow, GANTRY, type Records } from './records.ts'
import { type Session, type SessionOwner, openSession } from './session.ts'
import { type AgentSpec, type Exited, readSpec } from './spec.ts'
import { isEnded } from './states.ts'
import type { WireEnd } from '../wire/index.ts'
import type { WarmPool } from './pool.ts'

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

export interface Life {
  controller: AbortController
  session: Session | undefined
  lastActivityAt: number
  /** It was found frozen, and has not been told yet that we are back. */
  unresumed: boolean
}

export interface Ending {
  to: AgentState
  reason: string | null
  actor: string
  graceMs: number
}

const GREETING_MS = 30_000
const DRAIN_MS = 5_000
const GRACE_MS = 3_000
const RECONNECTS = 5
/** Gantry ends an agent at its time; its box ends itself a little later, in case that nobody is there to do it. */
const ALONE_MS = 5 * 60_000

export const createLives = (deps: LivesDeps) => {
  const { archive, records, runtimes, pool, workspace, now, log } = deps
  const lives = new Map<string, Life>()
  const turns = new Map<string, Promise<unknown>>()
  const kept = new Map<string, { seq: number; wake: PromiseWithResolvers<void> }>()
  let stopped = false
  let starting = 0
  const queue: (() => void)[] = []

  const stopListening = archive.onCommitted(({ agentId, wireSeq }) => {
    lives.get(agentId)?.session?.wire.committed(wireSeq)
    const waiting = kept.get(agentId)
    if (waiting !== undefined && wireSeq >= waiting.seq) waiting.wake.resolve()
  })

  const inTurn = <T>(id: string, task: () => Promise<T>): Promise<T> => {
    const result = (turns.get(id) ?? Promise.resolve()).then(task, task)
    const quiet = result.catch(() => undefined).finally(() => turns.get(id) === quiet && turns.delete(id))
    turns.set(id, quiet)
    return result
  }

  const begin = (id: string): Life => {
    const life = lives.get(id) ?? {
      controller: new AbortController(),
      session: undefined,
      lastActivityAt: now().getTime(),
      unresumed: false,
    }
    lives.set(id, life)
    return life
  }

  /** Output that was seen is in the archive. */
  const untilKept = async (id: string, seq: number) => {
    if ((await archive.position(id)) >= seq) return
    const wake = Promise.withResolvers<void>()
    kept.set(id, { seq, wake })
    try {
      if ((await archive.position(id)) < seq) await settled(wake.promise, DRAIN_MS)
    } finally {
      kept.delete(id)
    }
  }

  const ownerFor = (row: AgentRow, life: Life): SessionOwner => ({
    agentId: row.id,
    onActivity: () => {
      life.lastActivityAt = now().getTime()
    },
    onExited: (exited) => {
      records.update(row.id, { exited: JSON.stringify(exited) }, true)
      void inTurn(row.id, () => settle(row.id)).catch((thrown: unknown) => lost(row.id, thrown))
    },
    ...deps.ownerOf(row, life.controller.signal),
  })

  const lost = (id: string, thrown: unknown) =>
    log.error(
      { agent: id, cause: thrown instanceof Error ? thrown.stack : String(thrown) },
      'an agent could not be looked after',
    )

  // ── starting ──

  const slot = async () => {
    if (starting >= deps.startsAtOnce) await new Promise<void>((resolve) => queue.push(resolve))
    starting += 1
  }
  const leave = () => {
    starting -= 1
    queue.shift()?.()
  }

  /** Its place is waited for outside of its turn: who waits can be cancelled at once. */
  const launch = async (id: string): Promise<void> => {
    await slot()
    try {
      await inTurn(id, () => launchNow(id))
    } finally {
      leave()
    }
  }

  const launchNow = async (id: string) => {
    const row = records.find(id)
    if (row === undefined || row.ending !== null || stopped) return
    if (row.state === 'pending') records.move(id, { to: 'starting' })
    else if (row.state !== 'starting') return
    try {
      await start(records.get(id), begin(id))
    } catch (thrown) {
      await failStart(id, thrown)
    }
  }

  const start = async (row: AgentRow, life: Life) => {
    const spec = readSpec(row.spec)
    const session = await provide(row, spec, life)
    life.session = session
    await Promise.race([settled(session.greeted, GREETING_MS, 'the script inside did not answer'), aborted(life)])
    if (spec.workspace.kind !== 'none') await fill(row, spec, session, life)
    life.controller.signal.throwIfAborted()
    await session.wire.run({
      command: spec.command,
      env: { ...spec.variables, ...spec.environment },
      cwd: '/home/agent/work',
      egress: spec.network.mode === 'egress',
      deadline: row.expiresAt + ALONE_MS,
    })
    life.lastActivityAt = now().getTime()
    records.move(row.id, { to: 'running', change: { startedAt: now().getTime() } })
    watch(row.id, session)
    void noteIsolation(row.id, session.box)
  }

  const aborted = (life: Life) =>
    new Promise<never>((_resolve, reject) => {
      const { signal } = life.controller
      if (signal.aborted) reject(signal.reason as Error)
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })

  /** A box that is ready, or one of its own. Which one it is, is written down before it is used. */
  const provide = async (row: AgentRow, spec: AgentSpec, life: Life): Promise<Session> => {
    const runtime = row.runtime ?? 'sandbox'
    const limits = boxLimits(spec)
    const bridge = spec.network.mode === 'bridge'
    const warm = bridge ? undefined : pool.take({ template: row.template, runtime, image: spec.image })
    if (warm !== undefined) {
      records.update(row.id, { boxId: warm.box.boxId, ref: warm.box.ref }, true)
      warm.adopt(ownerFor(row, life))
      life.session = warm
      await warm.box.setLimits(limits)
      return warm
    }
    const box = await runtimes.get(runtime).open(
      {
        boxId: row.boxId,
        image: spec.image,
        limits,
        network: bridge ? 'bridge' : 'none',
        expiresAt: row.expiresAt + ALONE_MS,
      },
      { signal: life.controller.signal, progress: (step) => archive.note(row.id, step) },
    )
    records.update(row.id, { ref: box.ref }, true)
    return openSession(box, 0, ownerFor(row, life), deps)
  }

  const fill = async (row: AgentRow, spec: AgentSpec, { wire }: Session, { controller }: Life) => {
    const files = workspace.collect(row.id, spec.workspace, {
      signal: controller.signal,
      mostBytes: spec.limits.diskMb * 1024 * 1024,
    })
    for await (const file of files) {
      controller.signal.throwIfAborted()
      await wire.put(file)
    }
    await wire.baseline()
  }

  const noteIsolation = async (id: string, box: Box) => {
    try {
      records.update(id, { isolation: JSON.stringify(await box.isolation()) }, true)
    } catch (thrown) {
      log.warn({ agent: id, cause: String(thrown) }, 'the isolation of a box could not be read')
    }
  }

  const failStart = async (id: string, thrown: unknown) => {
    const row = records.find(id)
    if (row === undefined || isEnded(row.state) || row.ending !== null) return
    const { message } = toGantryError(thrown instanceof GantryError ? thrown : runtimeError(thrown))
    const box = lives.get(id)?.session?.box
    const words = await box?.lastOutput().catch(() => '')
    if (words !== undefined && words !== '') archive.note(id, words)
    const last = words?.trim().split('\n').at(-1)
    const reason = last === undefined || last === '' || message.includes(last) ? message : `${message} (${last})`
    await finishEnd(id, { to: 'failed', reason, actor: GANTRY, graceMs: 0 })
  }

  // ── ending ──

  const watch = (id: string, session: Session) => {
    void session.closed.then((end) => {
      if (lives.get(id)?.session !== session) return
      void inTurn(id, () => afterWire(id, session, end)).catch((thrown: unknown) => lost(id, thrown))
    })
  }

  const afterWire = async (id: string, session: Session, end: WireEnd) => {
    const row = records.find(id)
    if (stopped || row === undefined || isEnded(row.state) || row.ending !== null) return
    if (end.kind === 'violation') {
      archive.note(id, `Ended by Gantry: ${end.message}`)
      await finishEnd(id, {
        to: 'failed',
        reason: `it broke the rules of the wire: ${end.message}`,
        actor: GANTRY,
        graceMs: 0,
      })
      return
    }
    await reconnect(row, session.box)
  }

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
    deps.onEnded(ended)
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
      gone: [...proof.gone, 'wire', ...(open === 0 ? ['model and tool calls'] : [])],
      left: open === 0 ? proof.left : [...proof.left, `${open} calls`],
    }
  }

  /** Wanted first, whatever is going on; done when it is its turn. */
  const end = (id: string, ending: Ending): Promise<{ row: AgentRow; proof: Proof | null }> => {
    const before = records.get(id)
    if (isEnded(before.state)) return Promise.resolve({ row: before, proof: proofOf(before) })
    records.update(id, { ending: ending.to }, true)
    lives.get(id)?.controller.abort(new GantryError('E_CONFLICT', 'The agent is being stopped.'))
    return inTurn(id, async () => {
      const row = records.get(id)
      if (isEnded(row.state)) return { row, proof: proofOf(row) }
      const session = lives.get(id)?.session
      if (session !== undefined && row.state === 'running') {
        await settled(bringPatch(row, session), DRAIN_MS).catch(() => undefined)
      }
      return finishEnd(id, ending)
    })
  }

  const proofOf = (row: AgentRow): Proof | null =>
    row.stopProof === null ? null : (JSON.parse(row.stopProof) as Proof)

  // ── pausing ──

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

  // ── coming back ──

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
    const answer = await Promise.race([session.wire.resume(), session.closed.then(() => undefined)])
    if (answer === undefined) return false
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
    void launch(row.id)
  }

  const comeBack = (id: string): Promise<void> =>
    inTurn(id, async () => {
      const row = records.find(id)
      if (row === undefined || isEnded(row.state) || row.ending !== null) return
      if (lives.get(id)?.session !== undefined && !(await isOver(lives.get(id)?.session))) return
      const box = await runtimes.get(row.runtime ?? 'sandbox').find(row.boxId)
      if (box !== undefined) return reconnect(row, box)
      if (row.state === 'starting') return startAnew(row, undefined)
      if (row.exited !== null) return settle(id)
      await finishEnd(id, { to: 'failed', reason: 'its box was gone when Gantry came back', actor: GANTRY, graceMs: 0 })
    })

  const isOver = async (session: Session | undefined) =>
    session === undefined || (await Promise.race([session.closed.then(() => true), Promise.resolve(false)]))

  /** Compares what is recorded with what exists. `unknown` boxes belong to nobody: they go. */
  const reconcile = async (only?: 'sandbox' | 'docker') => {
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
        const box = await runtime.find(boxId)
        await box?.end(0).catch((thrown: unknown) => lost(boxId, thrown))
      }
    }
  }

  const notRunning = (state: AgentState) =>
    new GantryError('E_CONFLICT', `The agent is ${state}.`, {
      hint: isEnded(state) ? 'It has ended. Start another one.' : 'Wait until it is running.',
    })

  return {
    launch,
    end,
    pause,
    resume,
    reconcile,
    get: (id: string) => lives.get(id),
    all: () => lives,
    /** Lets go of everything; boxes go on and are found again. */
    stop: async () => {
      stopped = true
      for (const { session } of lives.values()) session?.wire.close()
      await Promise.allSettled([...turns.values()].map((turn) => settled(turn, DRAIN_MS)))
      stopListening()
      lives.clear()
    },
  }
}

export type Lives = ReturnType<typeof createLives>

const boxLimits = ({ limits }: AgentSpec) => ({
  cpus: limits.cpus,
  memoryBytes: limits.memoryMb * 1024 * 1024,
  pids: limits.pids,
  diskBytes: limits.diskMb * 1024 * 1024,
})

const runtimeError = (thrown: unknown) =>
  new GantryError(
    'E_RUNTIME',
    `It could not be started: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    {
      cause: thrown,
    },
  )

/** How agents start: a box, the wire, the workspace, then the program. Which box it is, is written down before it is used. */
import { GantryError, toGantryError } from '../../contract/index.ts'
import type { EndingOfAgents } from './ending.ts'
import type { Life, LifeBook } from './life-book.ts'
import type { WarmPool } from './pool.ts'
import { type AgentPorts, type Box, settled } from './ports.ts'
import { type AgentRow, GANTRY, type Records } from './records.ts'
import { type Session, type SessionOwner, openSession } from './session.ts'
import { type AgentSpec, readSpec } from './spec.ts'
import { isEnded } from './states.ts'

export interface StartingDeps extends Pick<AgentPorts, 'archive' | 'createWire' | 'runtimes' | 'workspace'> {
  book: LifeBook
  records: Records
  pool: WarmPool
  finishEnd: EndingOfAgents['finishEnd']
  ownerFor: (row: AgentRow, life: Life) => SessionOwner
  /** Called when the program runs: from here on its wire is watched. */
  watch: (id: string, session: Session) => void
  /** So many start at the same time; the others wait. */
  startsAtOnce: number
  now: () => Date
  log: { warn: (fields: object, message: string) => void }
}

const GREETING_MS = 30_000
/** Gantry ends an agent at its time; its box ends itself a little later, in case that nobody is there to do it. */
const ALONE_MS = 5 * 60_000

export const createStarting = (deps: StartingDeps) => {
  const { book, records, pool, archive, runtimes, workspace, finishEnd, ownerFor, watch, now, log } = deps
  const { lives, begin, inTurn } = book
  let starting = 0
  const queue: (() => void)[] = []

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
    if (row === undefined || row.ending !== null || book.isStopped()) return
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
      if (await takes(warm.box, limits)) {
        warm.adopt(ownerFor(row, life))
        life.session = warm
        return warm
      }
      records.update(row.id, { boxId: row.boxId, ref: null }, true)
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

  /** Not every limit of a box can still be changed. One that cannot be used goes. */
  const takes = async (box: Box, limits: Parameters<Box['setLimits']>[0]): Promise<boolean> => {
    try {
      await box.setLimits(limits)
      return true
    } catch {
      void box
        .end(0)
        .catch((thrown: unknown) => log.warn({ box: box.boxId, cause: String(thrown) }, 'a warm box stays'))
      return false
    }
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
    // Closing Gantry broke its wire: the next start begins it anew.
    if (book.isStopped()) return
    if (row === undefined || isEnded(row.state) || row.ending !== null) return
    const { message } = toGantryError(thrown instanceof GantryError ? thrown : runtimeError(thrown))
    const box = lives.get(id)?.session?.box
    const words = await box?.lastOutput().catch(() => '')
    if (words !== undefined && words !== '') archive.note(id, words)
    const last = words?.trim().split('\n').at(-1)
    const reason = last === undefined || last === '' || message.includes(last) ? message : `${message} (${last})`
    await finishEnd(id, { to: 'failed', reason, actor: GANTRY, graceMs: 0 })
  }

  return { launch }
}

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

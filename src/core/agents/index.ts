/**
 * Owns agents: from what was asked for, over their life in a box, to the proof of their end.
 * Promises that intent is written before effect, so that a kill at any moment loses no agent and no line.
 * Never believes what runs inside, and never hands it a key.
 */
import {
  type Actor,
  type AgentCreate,
  type AgentMessage,
  type AgentState,
  type AgentStatus,
  GantryError,
  type LogBatch,
  type LogQuery,
  toGantryError,
} from '../../contract/index.ts'
import type { EventBus } from '../events/index.ts'
import type { Store } from '../store/index.ts'
import { prepareAgent } from './create.ts'
import { createInside } from './inside.ts'
import { type AgentFilter, createList, owns } from './list.ts'
import { createLives } from './lives.ts'
import { createNeeds } from './needs.ts'
import { createPool } from './pool.ts'
import { type AgentPorts, settled } from './ports.ts'
import { assertQuota } from './quota.ts'
import { type AgentRow, GANTRY, createRecords } from './records.ts'
import { readSpec } from './spec.ts'
import { isEnded } from './states.ts'
import { createStats } from './stats.ts'
import { type Live, toAgent, toStatus } from './view.ts'
import { createWait } from './wait.ts'
import { watchTime } from './watch.ts'

export type { AgentPorts } from './ports.ts'

export interface AgentsDeps extends AgentPorts {
  store: Store
  events: EventBus
  settings: {
    perKey: () => number
    inAll: () => number
    warm: () => boolean
    keepDays: () => number
  }
  now: () => Date
  clock: () => number
  every: (tick: () => void, ms: number) => () => void
  after: (ms: number, task: () => void) => () => void
  newId: () => string
  onSpent: (use: { tokensIn: number; tokensOut: number; money: number }) => void
  onEnded: (state: AgentState) => void
  log: {
    info: (fields: object, message: string) => void
    warn: (fields: object, message: string) => void
    error: (fields: object, message: string) => void
  }
}

const STARTS_AT_ONCE = 8
/** Closing waits for nobody longer than this. */
const STOP_MS = 2000
const DAY_MS = 86_400_000
const CANCELS_AT_ONCE = 16

export type Agents = ReturnType<typeof createAgents>

export const createAgents = (deps: AgentsDeps) => {
  const { store, events, archive, catalog, workspace, runtimes, egress, settings, now, log } = deps
  const records = createRecords({ store, events, now })
  const needs = createNeeds({ store, events, now })
  const pool = createPool({ ...deps, isOn: settings.warm })
  const lives = createLives({
    ...deps,
    records,
    pool,
    ownerOf: createInside({ ...deps, records, needs }),
    onEnded: ({ id, state }) => {
      needs.close(id)
      deps.onEnded(state)
      if (state !== 'finished') endChildren(id)
    },
    startsAtOnce: STARTS_AT_ONCE,
  })
  const stats = createStats({ lives, records, now, every: deps.every })

  const liveOf = (rows: readonly Pick<AgentRow, 'id' | 'state' | 'lastActivityAt'>[]) => {
    const open = needs.openOf(rows.filter(({ state }) => !isEnded(state)).map(({ id }) => id))
    return ({ id, lastActivityAt }: Pick<AgentRow, 'id' | 'lastActivityAt'>): Live => ({
      need: open.get(id),
      lastActivityAt: lives.get(id)?.lastActivityAt ?? lastActivityAt,
    })
  }
  const list = createList({ store, now, live: liveOf })

  /** What is not theirs to see does not exist, for programs and agents. */
  const visible = (id: string, actor: Actor): AgentRow => {
    const row = records.get(id)
    if (owns(actor, row)) return row
    throw new GantryError('E_NOT_FOUND', `There is no agent with the id "${id}".`, {
      hint: 'A program sees the agents that it started itself.',
    })
  }

  const statusOf = (row: AgentRow): AgentStatus => toStatus(row, liveOf([row])(row), now().getTime())
  const agentOf = (row: AgentRow) => toAgent(row, liveOf([row])(row), now().getTime(), records.timeline(row.id))

  const create = async (input: AgentCreate, actor: Actor) => {
    const limits = { perKey: settings.perKey, inAll: settings.inAll }
    assertDepth(actor)
    // Before the work of checking, and again with nothing between it and the row.
    assertQuota(records.live(), actor, limits)
    const prepared = await prepareAgent(input, actor, deps)
    assertQuota(records.live(), actor, limits)
    assertAlive(actor)
    const row = records.insert(prepared, actor)
    void lives
      .launch(row.id)
      .then(() => warmUp(row))
      .catch((thrown: unknown) => report(row.id, thrown))
    return agentOf(row)
  }

  /** What an agent started has nobody to tell its result to, once that one was stopped. */
  const endChildren = (parentId: string) => {
    for (const { id } of records.children(parentId)) {
      void lives
        .end(id, { to: 'cancelled', reason: 'the agent that started it ended', actor: GANTRY, graceMs: 3000 })
        .catch((thrown: unknown) => report(id, thrown))
    }
  }

  /** It may have been stopped while its child was being prepared. */
  const assertAlive = (actor: Actor) => {
    if (actor.kind !== 'agent') return
    const { state, ending } = records.get(actor.id)
    if (isEnded(state) || ending !== null) throw new GantryError('E_CONFLICT', 'The agent that asks is being stopped.')
  }

  const assertDepth = (actor: Actor) => {
    if (actor.kind !== 'agent' || records.get(actor.id).parentId === null) return
    throw new GantryError('E_QUOTA', 'An agent that was started by an agent cannot start others.', {
      hint: 'Do the work yourself, or tell your parent what is needed.',
    })
  }

  const warmUp = ({ template, runtime, spec }: AgentRow) => {
    if (runtime === null) return
    const { image } = readSpec(spec)
    try {
      pool.used({ template, runtime, image }, catalog.template(template))
    } catch {
      // The template is not in the catalogue any more: nothing to keep ready.
    }
  }

  const report = (agent: string, thrown: unknown) =>
    log.error(
      { agent, cause: thrown instanceof Error ? thrown.stack : String(thrown) },
      'an agent could not be looked after',
    )

  const cancel = async (id: string, graceSeconds: number, actor: Actor) => {
    visible(id, actor)
    const { row, proof } = await lives.end(id, {
      to: 'cancelled',
      reason: `stopped by ${actor.name}`,
      actor: actor.name,
      graceMs: graceSeconds * 1000,
    })
    return { id, state: row.state, proof }
  }

  const cancelAll = async (
    { dryRun, graceSeconds, ...filter }: AgentFilter & { dryRun: boolean; graceSeconds: number },
    actor: Actor,
  ) => {
    const going = list.select(filter, actor).filter(({ state }) => !isEnded(state))
    if (dryRun) {
      return {
        dryRun,
        items: going.map(({ id, name, state }) => ({ id, name, state, outcome: 'would-go' as const, error: null })),
      }
    }
    const stopOne = async ({ id, name }: (typeof going)[number]) => {
      try {
        const { state } = await cancel(id, graceSeconds, actor)
        return { id, name, state, outcome: 'gone' as const, error: null }
      } catch (thrown) {
        return {
          id,
          name,
          state: records.get(id).state,
          outcome: 'failed' as const,
          error: toGantryError(thrown).message,
        }
      }
    }
    const items: Awaited<ReturnType<typeof stopOne>>[] = []
    for (let start = 0; start < going.length; start += CANCELS_AT_ONCE) {
      items.push(...(await Promise.all(going.slice(start, start + CANCELS_AT_ONCE).map(stopOne))))
    }
    return { dryRun, items }
  }

  const remove = async (id: string, actor: Actor) => {
    const row = visible(id, actor)
    if (!isEnded(row.state)) {
      throw new GantryError('E_CONFLICT', `The agent is ${row.state}: only an ended one can be removed.`, {
        hint: `Stop it first: gantry agents cancel ${id}`,
      })
    }
    await forget(id)
    return { removed: id }
  }

  /** The row goes last: what is left after a kill is found by it and goes the next time. */
  const forget = async (id: string) => {
    await archive.remove(id)
    await workspace.remove(id)
    records.remove(id)
  }

  const sendInput = async (
    {
      id,
      text,
      answers,
      newline,
      end,
    }: { id: string; text: string; answers?: string | undefined; newline: boolean; end: boolean },
    actor: Actor,
  ): Promise<AgentMessage> => {
    const row = visible(id, actor)
    if (isEnded(row.state)) {
      throw new GantryError(
        'E_CONFLICT',
        `The agent has ${row.state === 'finished' ? 'finished' : `ended (${row.state})`}: it hears nothing any more.`,
      )
    }
    if (answers !== undefined || needs.openOf([id]).has(id)) {
      const message = needs.answer(id, text, answers, actor)
      if (row.state === 'paused') await lives.resume(id, actor.name)
      return message
    }
    if (row.state === 'paused') await lives.resume(id, actor.name)
    const session = lives.get(id)?.session
    if (session === undefined || records.get(id).state !== 'running') {
      throw new GantryError('E_CONFLICT', `The agent is ${row.state}: it cannot hear yet.`, {
        hint: 'Wait until it is running.',
      })
    }
    await session.wire.input({ text: newline ? `${text}\n` : text }, end)
    return needs.say(id, { speaker: 'person', kind: 'text', text })
  }

  async function* stream(
    {
      id,
      ...from
    }: {
      id: string
      after?: number | undefined
      tail?: number | undefined
      streams?: readonly ('out' | 'err' | 'gantry')[] | undefined
    },
    actor: Actor,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LogBatch, void, void> {
    visible(id, actor)
    const stateNow = () => records.find(id)?.state ?? 'cancelled'
    const batches = archive.follow(id, { ...from, isEnded: () => isEnded(stateNow()) }, signal)
    for await (const batch of batches) yield { ...batch, state: stateNow() }
  }

  const logs = async (query: LogQuery, actor: Actor) => {
    const { state } = visible(query.id, actor)
    return { ...(await archive.page(query)), state }
  }

  const search = async (
    { ids, ...query }: { grep: string; ids?: readonly string[] | undefined; limit: number; ignoreCase: boolean },
    actor: Actor,
  ) => {
    const own = list.select({ ids }, actor).map(({ id }) => id)
    return archive.search({ ...query, ids: own })
  }

  const applyPatch = async (id: string, paths: readonly string[] | undefined, actor: Actor) => {
    visible(id, actor)
    patchOf(id, actor)
    const applied = await workspace.apply(id, paths)
    const { patch } = records.get(id)
    if (patch !== null) {
      const summary = { ...(JSON.parse(patch) as object), appliedAt: now().toISOString() }
      records.update(id, { patch: JSON.stringify(summary) })
    }
    return applied
  }

  const patchOf = (id: string, actor: Actor) => {
    const row = visible(id, actor)
    const patch = workspace.patch(id)
    if (patch !== undefined) return patch
    const none = readSpec(row.spec).workspace.kind === 'none'
    throw new GantryError(
      'E_NOT_FOUND',
      none ? 'This agent was given no workspace.' : 'What it changed is not known yet.',
      {
        hint: none ? 'Start one with workspace.kind copy or git.' : 'It is read when the agent ends.',
      },
    )
  }

  const isolation = async (id: string, actor: Actor) => {
    const row = visible(id, actor)
    const box = lives.get(id)?.session?.box
    if (box === undefined || isEnded(row.state)) return { items: agentOf(row).isolation }
    const items = await box.isolation()
    return { items }
  }

  const egressOf = (id: string, actor: Actor) => {
    visible(id, actor)
    const decisions = records.egress(id)
    return {
      items: decisions.map(({ at, host, port, allowed, reason }) => ({
        at: new Date(at).toISOString(),
        host,
        port,
        allowed,
        reason,
      })),
      proposal: egress.propose(decisions),
    }
  }

  const wait = createWait({ events, statusOf: (id) => statusOf(records.get(id)), after: deps.after })

  const prune = async () => {
    for (const id of records.endedBefore(now().getTime() - settings.keepDays() * DAY_MS)) await forget(id)
  }

  const stops: (() => void)[] = []
  let reconciled: Promise<void> = Promise.resolve()
  const start = () => {
    for (const runtime of runtimes.all()) {
      stops.push(
        runtime.on((event) => {
          if (event.type === 'away') events.emit({ type: 'runtimes.changed', runtime: runtime.name, available: false })
          if (event.type !== 'back') return
          events.emit({ type: 'runtimes.changed', runtime: runtime.name, available: true })
          void lives.reconcile(runtime.name).catch((thrown: unknown) => report(runtime.name, thrown))
        }),
      )
    }
    stops.push(
      events.on((event) => {
        if (event.type !== 'store.restored') return
        void lives.reconcile().catch((thrown: unknown) => report('restored', thrown))
      }),
      watchTime({
        records,
        needs,
        lives,
        now,
        clock: deps.clock,
        every: deps.every,
        onTick: () => pool.tidy(),
        report,
      }),
      stats.stop,
    )
    // Not waited for: an engine that hangs must not hold up a start.
    reconciled = lives.reconcile().catch((thrown: unknown) => report('start', thrown))
  }

  return {
    create,
    list: list.page,
    get: (id: string, actor: Actor) => agentOf(visible(id, actor)),
    status: (id: string, actor: Actor) => statusOf(visible(id, actor)),
    sendInput,
    pause: async (id: string, actor: Actor) => {
      visible(id, actor)
      return statusOf(await lives.pause(id, `paused by ${actor.name}`, actor.name))
    },
    resume: async (id: string, actor: Actor) => {
      visible(id, actor)
      return statusOf(await lives.resume(id, actor.name))
    },
    cancel,
    cancelAll,
    remove,
    wait: (query: Parameters<typeof wait>[0], actor: Actor, signal?: AbortSignal) => {
      for (const id of query.ids) visible(id, actor)
      return wait(query, signal)
    },
    logs,
    stream,
    search,
    messages: (id: string, actor: Actor) => {
      visible(id, actor)
      return { items: needs.list(id) }
    },
    stats: (ids: readonly string[] | undefined, history: boolean, actor: Actor, signal?: AbortSignal) =>
      stats.watch((id) => (ids?.includes(id) ?? true) && isTheirs(id, actor), history, signal),
    isolation,
    patch: patchOf,
    applyPatch,
    egress: egressOf,
    /** For measures: how many are in which state. */
    counts: () =>
      [...Map.groupBy(records.live(), ({ state }) => state)].map(([state, rows]) => [state, rows.length] as const),
    waiting: () => needs.openOf(records.live().map(({ id }) => id)).size,
    warm: pool.sizes,
    isLive: (id: string) => {
      const row = records.find(id)
      return row !== undefined && !isEnded(row.state)
    },
    isEnded: (id: string) => {
      const row = records.find(id)
      return row === undefined || isEnded(row.state)
    },
    prune,
    start,
    stop: async () => {
      for (const stopOne of stops.toReversed()) stopOne()
      await settled(pool.stop(), STOP_MS).catch(() => undefined)
      await lives.stop()
      await settled(reconciled, STOP_MS).catch(() => undefined)
    },
  }

  function isTheirs(id: string, actor: Actor): boolean {
    const row = records.find(id)
    return row !== undefined && owns(actor, row)
  }
}

/**
 * Time limits of those that live: the end that was set, time at work, time without a sign of life. Looked at once a
 * second while there is anybody to look at. A clock that jumps takes nobody's time away.
 */
import { GANTRY, type AgentRow, type Records } from './records.ts'
import type { Lives } from './lives.ts'
import { readSpec } from './spec.ts'
import type { Needs } from './needs.ts'

export interface WatchDeps {
  records: Records
  needs: Needs
  lives: Lives
  now: () => Date
  /** Only ever rises, in milliseconds; stands still while the machine sleeps. */
  clock: () => number
  every: (tick: () => void, ms: number) => () => void
  onTick: () => void
  report: (agentId: string, thrown: unknown) => void
}

const TICK_MS = 1000
/** More than this between two looks at the clock is a jump, or a sleep of the machine. */
const JUMP_MS = 30_000
const SAVED_EVERY = 10
const RETRY_EVERY = 30

const words = (seconds: number): string =>
  seconds % 3600 === 0 ? `${seconds / 3600} h` : seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`

export const watchTime = ({ records, needs, lives, now, clock, every, onTick, report }: WatchDeps): (() => void) => {
  let last = { wall: now().getTime(), clock: clock() }
  let ticks = 0
  const quietMs = new Map<string, number>()
  const seenActivity = new Map<string, number>()
  const workedMs = new Map<string, number>()

  const end = (row: AgentRow, reason: string) => {
    void lives
      .end(row.id, { to: 'expired', reason, actor: GANTRY, graceMs: 5000 })
      .catch((thrown: unknown) => report(row.id, thrown))
  }

  /** All that is measured by the wall moves with it. */
  const shift = (rows: readonly AgentRow[], by: number) => {
    for (const row of rows) records.update(row.id, { expiresAt: row.expiresAt + by }, true)
  }

  const look = (row: AgentRow, elapsed: number, waits: boolean) => {
    const life = lives.get(row.id)
    const { limits } = readSpec(row.spec)
    if (now().getTime() >= row.expiresAt) return end(row, `its time of ${words(limits.ttlSeconds)} is over`)
    if (row.state !== 'running' || life?.session === undefined) return
    const busy = waits || life.session.wire.open() > 0
    const worked = (workedMs.get(row.id) ?? row.workedMs) + (waits ? 0 : elapsed)
    workedMs.set(row.id, worked)
    if (limits.wallSeconds !== undefined && worked >= limits.wallSeconds * 1000) {
      return end(row, `it has worked for ${words(limits.wallSeconds)}, which was its limit`)
    }
    const active = busy || life.lastActivityAt !== seenActivity.get(row.id)
    seenActivity.set(row.id, life.lastActivityAt)
    const quiet = active ? 0 : (quietMs.get(row.id) ?? 0) + elapsed
    quietMs.set(row.id, quiet)
    if (quiet < limits.idleSeconds * 1000) return
    quietMs.delete(row.id)
    void lives
      .pause(row.id, `no sign of life for ${words(limits.idleSeconds)}`, GANTRY)
      .catch((thrown: unknown) => report(row.id, thrown))
  }

  const save = (row: AgentRow) => {
    const life = lives.get(row.id)
    const worked = workedMs.get(row.id) ?? row.workedMs
    const lastActivityAt = Math.max(row.lastActivityAt, life?.lastActivityAt ?? 0)
    if (worked !== row.workedMs || lastActivityAt !== row.lastActivityAt) {
      records.update(row.id, { workedMs: worked, lastActivityAt }, true)
    }
  }

  const lookAfter = (row: AgentRow, elapsed: number, waits: boolean) => {
    if (row.ending === null) look(row, elapsed, waits)
    // Its engine was away when Gantry started, or its end did not work out: it is not left like that.
    if (row.ending === null && row.state !== 'pending' && ticks % RETRY_EVERY === 0) {
      void lives.comeBack(row.id).catch((thrown: unknown) => report(row.id, thrown))
    }
    if (row.ending !== null && ticks % RETRY_EVERY === 0) {
      void lives
        .end(row.id, { to: row.ending, reason: row.reason, actor: GANTRY, graceMs: 0 })
        .catch((thrown: unknown) => report(row.id, thrown))
    }
    if (ticks % SAVED_EVERY === 0) save(row)
  }

  const forget = () => {
    for (const map of [quietMs, seenActivity, workedMs]) {
      for (const id of map.keys()) if (lives.get(id) === undefined) map.delete(id)
    }
  }

  const tick = () => {
    const next = { wall: now().getTime(), clock: clock() }
    const elapsed = Math.max(0, Math.min(next.clock - last.clock, JUMP_MS))
    const jumped = next.wall - last.wall - (next.clock - last.clock)
    last = next
    ticks += 1
    onTick()
    if (lives.all().size === 0 && ticks % RETRY_EVERY !== 0 && Math.abs(jumped) < JUMP_MS) return
    const rows = records.live()
    if (Math.abs(jumped) >= JUMP_MS) {
      shift(rows, jumped)
      return
    }
    const waiting = needs.openOf(rows.map(({ id }) => id))
    for (const row of rows) {
      // A disk that is full must not end Gantry.
      try {
        lookAfter(row, elapsed, waiting.has(row.id))
      } catch (thrown) {
        report(row.id, thrown)
      }
    }
    if (ticks % SAVED_EVERY === 0) forget()
  }

  return every(tick, TICK_MS)
}

/** The life of one box, from its plan to the facts about its end. */
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { openDoor } from './door.ts'
import { FILES, type Facts, type Plan, readWhole, writeWhole } from './facts.ts'
import { createFeed } from './feed.ts'
import { makeGroups, membersOf, oomKills, removeGroups, setFrozen } from './groups.ts'
import { launch } from './launch.ts'
import type { Limits } from './limits.ts'
import { createLineGate } from './lines.ts'
import { type ProcessRef, type Processes, isAlive, refOf, sendSignal, signalTree } from './processes.ts'
import { createRecorder } from './recorder.ts'
import { createSpool } from './spool.ts'
import { createTail } from './tail.ts'
import { createTimers } from './timers.ts'
import { watchLimits } from './watch.ts'

const GRACE_MS = 5000
const LOOK_MS = 15_000
const RETRY_MS = 1000
const SETTLE_MS = 2
const SETTLE_ROUNDS = 1000

export interface SuperviseOptions {
  folder: string
  plan: Plan
  processes: Processes
  /** Told once: the facts when the program runs, or when it could not be started. */
  report: (facts: Facts) => void
}

const plannedFacts = (plan: Plan, processes: Processes): Facts => ({
  boxId: plan.boxId,
  status: 'created',
  boot: processes.boot(),
  supervisor: refOf(processes, process.pid),
  command: null,
  init: null,
  main: null,
  socket: plan.socket,
  groups: plan.groups,
  startedAt: Date.now(),
  expiresAt: plan.expiresAt,
  exitCode: null,
  reason: null,
  endedAt: null,
})

const signalName = (code: number | null): string | undefined =>
  code === null ? undefined : Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]

/** `done` resolves when the box has ended and nobody is connected any more; `end` ends it before its time. */
export const supervise = ({ folder, plan, processes, report }: SuperviseOptions) => {
  let facts = plannedFacts(plan, processes)
  // One that cannot be found again must not begin; what comes later is written when the disk takes it.
  writeWhole(join(folder, FILES.state), facts)
  const recorder = createRecorder(folder)
  const record = (change: Partial<Facts>): void => {
    facts = { ...facts, ...change }
    recorder.record(facts)
  }
  if (plan.groups !== null) makeGroups(plan.groups, plan.limits)

  const done = Promise.withResolvers<void>()
  const spool = createSpool(join(folder, FILES.spool), plan.spoolBytes)
  const tail = createTail(join(folder, FILES.errors))
  const timers = createTimers()
  let init: ProcessRef | null = null
  /** Why it is being ended, where that comes from here. */
  let cause: string | undefined
  let isOver = false

  const limitsNow = () => (readWhole(folder, 'limits') as Limits | undefined) ?? plan.limits

  const launched = launch(plan, {
    onInit: (pid) => {
      init = refOf(processes, pid)
      record({ init, command: refOf(processes, launched.child.pid) })
    },
    onReady: () => {
      const main = plan.handshake && init !== null ? processes.children(init.pid)[0] : init?.pid
      record({ status: 'running', main: refOf(processes, main) })
      if (plan.groups === null) {
        watchLimits(processes, timers, { root: () => init, limits: limitsNow, stores: plan.stores, onBroken: kill })
      }
      report(facts)
      watchClock()
    },
    onFailed: (failure) => {
      tail.push(Buffer.from(`${failure.message}\n`))
      // Where there is no process, nothing tells of its end.
      if (launched.child.pid === undefined) void over(null, null)
      else kill('it could not be started')
    },
  })
  const { child, stdin, stdout, stderr } = launched

  const kill = (reason: string): void => {
    cause ??= reason
    // The first process inside takes all others with it, and the command outside then tells how it ended.
    if (!sendSignal(processes, init, 'SIGKILL')) child.kill('SIGKILL')
    // A frozen one takes no signal, not even this, until it goes on.
    setFrozen(plan.groups, false)
    if (!plan.handshake && child.pid !== undefined) killProcessGroup(child.pid)
  }

  const end = (reason: string): void => {
    if (isOver || cause !== undefined) return
    // Nobody is there yet to be asked.
    if (facts.main === null) return kill(reason)
    cause = reason
    setFrozen(plan.groups, false)
    signalTree(processes, init, 'SIGCONT')
    sendSignal(processes, facts.main, 'SIGTERM')
    timers.after(GRACE_MS, () => kill(reason))
  }

  const endIfNobodyWants = (): void => {
    if (!existsSync(folder)) end('its folder was removed')
    if (Date.now() >= plan.expiresAt && !door.isAttended()) end('its time was up while no Gantry was there')
  }
  // By short steps: the clock of the machine may be set while this waits.
  const watchClock = (): void => {
    endIfNobodyWants()
    const left = plan.expiresAt - Date.now()
    timers.after(left <= 0 ? LOOK_MS : Math.min(LOOK_MS, left), watchClock)
  }

  const feed = createFeed(stdin)
  const lines = createLineGate()
  const door = openDoor({
    spool,
    input: (bytes, passed) => {
      const whole = lines.push(bytes)
      if (whole === undefined) passed()
      else feed(whole, passed)
    },
    lost: lines.drop,
    taken: () => {
      if (!spool.isFull()) stdout.resume()
    },
    away: endIfNobodyWants,
  })

  const hasExited = () => child.exitCode !== null || child.signalCode !== null

  const saveLater = (): void =>
    timers.after(RETRY_MS, () => {
      if (!spool.save()) saveLater()
      else if (!spool.isFull()) stdout.resume()
    })

  stdout.on('data', (chunk: Buffer) => {
    const wasSaved = !spool.hasUnsaved()
    door.output(chunk)
    // What an ended box left in its pipe is little, and there is no later time to read it.
    if (spool.isFull() && !hasExited()) stdout.pause()
    if (wasSaved && spool.hasUnsaved()) saveLater()
  })
  stderr.on('data', tail.push)

  const whyEnded = (code: number | null, signal: NodeJS.Signals | null): string | null => {
    if (cause !== undefined) return cause
    if (facts.status === 'created') return 'it could not be started'
    if (code !== 0 && oomKills(plan.groups) > 0) return 'out of memory'
    if (signal !== null) return `its sandbox was ended by ${signal}`
    const name = signalName(code)
    return name === undefined ? null : `ended by ${name}`
  }

  /** The last ones inside go a moment after the command itself. */
  const settle = async (): Promise<void> => {
    for (let round = 0; round < SETTLE_ROUNDS; round += 1) {
      if (!isAlive(processes, init) && membersOf(plan.groups).length === 0) return
      sendSignal(processes, init, 'SIGKILL')
      setFrozen(plan.groups, false)
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    }
  }

  const over = async (code: number | null, signal: NodeJS.Signals | null): Promise<void> => {
    if (isOver) return
    isOver = true
    timers.stop()
    tail.save()
    const reason = whyEnded(code, signal)
    const neverRan = facts.status === 'created'
    await settle()
    removeGroups(plan.groups)
    record({ status: 'exited', exitCode: code, reason, endedAt: Date.now() })
    if (neverRan) report(facts)
    await Promise.all([door.end(facts), recorder.written()])
    spool.close()
    done.resolve()
  }

  child.once('exit', () => stdout.resume())
  child.once('close', (code, signal) => void over(code, signal))

  /** At once and without waiting, for a supervisor that cannot go on. */
  const abandon = (reason: string): void => {
    kill(reason)
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let round = 0; round < SETTLE_ROUNDS && membersOf(plan.groups).length > 0; round += 1) {
      Atomics.wait(pause, 0, 0, SETTLE_MS)
    }
    removeGroups(plan.groups)
  }

  return { listening: door.listen(plan.socket), done: done.promise, end, abandon }
}

const killProcessGroup = (leader: number): void => {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // All of it ended before.
  }
}

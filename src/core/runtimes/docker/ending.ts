/** Ending a box for certain: asked, forced, removed, and looked for afterwards. */
import type { BoxState, StopProof } from '../types.ts'
import type { Engine } from './engine.ts'
import { statusOf } from './errors.ts'
import { processBirth } from './kernel.ts'
import { goneState, inspectBox, isOver, stateFrom } from './state.ts'

export interface EndDeps {
  client: Engine
  boxId: string
  ref: string
  graceMs: number
  delay: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Resolves when it is known to have ended. */
  ended: Promise<unknown>
  /** Resolves when what the box wrote last has been taken, or nobody takes it. */
  untilRead: () => Promise<void>
  saw: (state: BoxState) => unknown
}

/** After KILL the kernel needs a moment; one that takes longer hangs in it. */
const KILL_MS = 10_000
const FIRST_LOOK_MS = 10
const LAST_LOOK_MS = 250

export const endBox = async (deps: EndDeps): Promise<StopProof> => {
  const { client, boxId, ref, graceMs, untilRead, saw } = deps
  const found = await inspectBox(client, ref)
  if (found === undefined) {
    saw(goneState(boxId))
    return { steps: ['looked for it'], gone: ['container'], left: [] }
  }
  const steps: string[] = []
  const id = found.Id
  const birth = await processBirth(found.State.Pid)

  if (['running', 'paused'].includes(found.State.Status)) {
    const first = graceMs > 0 ? 'TERM' : 'KILL'
    await signalBox(client, id, first, steps)
    // What is frozen takes its signal when it wakes, before it can do anything else.
    if (found.State.Paused) await wakeBox(client, id, steps)
    const ended = await exitsWithin(deps, id, first === 'TERM' ? graceMs : KILL_MS)
    if (!ended && first === 'TERM') {
      await signalBox(client, id, 'KILL', steps)
      await exitsWithin(deps, id, KILL_MS)
    }
  }
  const after = await inspectBox(client, id)
  if (after !== undefined) {
    saw(stateFrom(boxId, after))
    // The engine forgets what it kept with the container.
    await untilRead()
    // Conflict: somebody else is removing it already.
    await ignoring([404, 409], () =>
      client.call(
        'remove a box',
        (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal } as object),
        'act',
      ),
    )
    steps.push('force remove')
  }
  return verify(deps, id, { pid: found.State.Pid, birth }, steps)
}

/** A signal to something that has just ended by itself is no failure. */
const signalBox = async (client: Engine, id: string, signal: 'TERM' | 'KILL', steps: string[]) => {
  await ignoring([404, 409, 500], () =>
    client.call(
      `send ${signal} to a box`,
      (docker, abortSignal) => docker.getContainer(id).kill({ signal: `SIG${signal}`, abortSignal } as object),
      'act',
    ),
  )
  steps.push(signal)
}

/** Some engines have woken it already, to hand it the signal. */
const wakeBox = async (client: Engine, id: string, steps: string[]) => {
  await ignoring([304, 404, 409, 500], () =>
    client.call(
      'wake a box',
      (docker, abortSignal) => docker.getContainer(id).unpause({ abortSignal } as object),
      'act',
    ),
  )
  steps.push('woken')
}

const ignoring = async (statuses: readonly number[], run: () => Promise<unknown>): Promise<void> => {
  try {
    await run()
  } catch (thrown) {
    const status = statusOf(thrown) ?? statusOf(thrown instanceof Error ? thrown.cause : undefined)
    if (status === undefined || !statuses.includes(status)) throw thrown
  }
}

/** Looked at as well as waited for: not every engine tells at once, and not every one can be asked to tell. */
const exitsWithin = async ({ client, boxId, ended, delay }: EndDeps, id: string, ms: number): Promise<boolean> => {
  const hasExited = async () => {
    const found = await inspectBox(client, id)
    return found === undefined || isOver(stateFrom(boxId, found))
  }
  const stop = new AbortController()
  const after = (wait: number) => delay(wait, stop.signal).catch(() => undefined)
  let isLate = false
  const late = after(ms).then(() => (isLate = true))
  try {
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 2, LAST_LOOK_MS)) {
      if (await hasExited()) return true
      if (isLate) return false
      await Promise.race([ended, late, after(wait)])
    }
  } finally {
    stop.abort()
  }
}

const verify = async (
  { client, boxId, saw }: EndDeps,
  id: string,
  { pid, birth }: { pid: number; birth: string | undefined },
  steps: string[],
): Promise<StopProof> => {
  const gone: string[] = []
  const left: string[] = []
  const isLeft = (await inspectBox(client, id)) !== undefined
  const put = (name: string, there: boolean) => (there ? left : gone).push(name)
  put('container', isLeft)
  if (!isLeft) saw(goneState(boxId))
  // The first process of a box takes all others with it.
  if (birth !== undefined) put('processes', (await processBirth(pid)) === birth)
  return { steps, gone, left }
}

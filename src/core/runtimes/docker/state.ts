/** What the engine says of a container, as the state of a box. */
import type Docker from 'dockerode'
import type { BoxState } from '../types.ts'
import type { Engine } from './engine.ts'
import { statusOf } from './errors.ts'
import { fromPodman } from './podman.ts'
import type { Inspected } from './profile.ts'

/** What the engine calls them, and what they are to us. */
const STATUS: Record<string, BoxState['status']> = {
  created: 'created',
  initialized: 'created',
  configured: 'created',
  running: 'running',
  stopping: 'running',
  restarting: 'running',
  paused: 'paused',
  removing: 'exited',
  stopped: 'exited',
  exited: 'exited',
  dead: 'exited',
}

const SIGNALS: Record<number, string> = { 129: 'SIGHUP', 130: 'SIGINT', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' }

export const isOver = ({ status }: BoxState): boolean => status === 'exited' || status === 'gone'

export const reasonOf = (exitCode: number, outOfMemory: boolean, error: string): string | null => {
  if (error !== '') return error
  if (exitCode === 0) return null
  if (outOfMemory) return 'out of memory'
  const signal = SIGNALS[exitCode]
  return signal === undefined ? null : `killed by ${signal}`
}

export const stateFrom = (boxId: string, { State }: Pick<Inspected, 'State'>): BoxState => {
  const status = STATUS[State.Status] ?? 'exited'
  const ended = status === 'exited'
  const finishedAt = Date.parse(State.FinishedAt)
  return {
    boxId,
    status,
    exitCode: ended ? State.ExitCode : null,
    reason: ended ? reasonOf(State.ExitCode, State.OOMKilled, State.Error) : null,
    endedAt: ended && finishedAt > 0 ? finishedAt : null,
  }
}

export const goneState = (boxId: string): BoxState => ({
  boxId,
  status: 'gone',
  exitCode: null,
  reason: null,
  endedAt: null,
})

/** Nothing where there is no such container. */
export const inspectBox = async (engine: Engine, ref: string): Promise<Inspected | undefined> => {
  const found = await engine.call('look at a box', async (docker: Docker, abortSignal) => {
    try {
      return (await docker.getContainer(ref).inspect({ abortSignal } as object)) as Inspected
    } catch (thrown) {
      if (statusOf(thrown) === 404) return undefined
      throw thrown
    }
  })
  if (found === undefined || engine.product !== 'Podman') return found
  return fromPodman(found, await engine.ask('look at a box', `/v4.0.0/libpod/containers/${found.Id}/json`))
}

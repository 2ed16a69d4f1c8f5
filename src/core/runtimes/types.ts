/** What every runtime offers: boxes on a wire. A remote one fits in later; nothing here says where a box is. */
import type { RuntimeName, RuntimeStatus } from '../../contract/index.ts'

export interface BoxSpec {
  /** Ours, made before the box: a box that exists already under it is the one that is meant. */
  boxId: string
  image: string
  limits: { cpus: number; memoryBytes: number; pids: number; diskBytes: number }
  /** `bridge` gives the box a network of its own; `none` is the rule, also for egress, which goes over the wire. */
  network: 'none' | 'bridge'
  /** When it has to be gone, in ms since 1970: written on it, for whoever finds it later. */
  expiresAt: number
}

export interface BoxState {
  boxId: string
  status: 'created' | 'running' | 'paused' | 'exited' | 'gone'
  exitCode: number | null
  /** Why it ended, where the runtime knows: out of memory, killed by a signal. */
  reason: string | null
  endedAt: number | null
}

/** One step of stopping, and what was seen after it. */
export interface StopProof {
  /** What was done, in order: asked, TERM, KILL, force remove. */
  steps: string[]
  /** What was verified gone: `container`, `processes`, `supervisor`, `wire` … */
  gone: string[]
  /** What is still there in spite of all. Empty when it is proven stopped. */
  left: string[]
}

export interface BoxStats {
  at: number
  cpuPercent: number
  memoryBytes: number
  pids: number
}

/** One line of the scorecard, read from what runs, not from what was asked for. */
export interface IsolationCheck {
  name: string
  value: string
  /** Whether it is as the profile wants it. */
  ok: boolean
}

/** The bytes of the wire. A link that was made anew tells again what the runtime still holds. */
export interface BoxLink {
  /** Ends when the box ends or the link is closed. */
  readonly incoming: AsyncIterable<Buffer>
  /** Resolves when more may be written. */
  write: (data: string | Buffer) => Promise<void>
  /** So many bytes of `incoming`, counted from its start, are kept elsewhere now: the runtime may let go of them. */
  taken: (bytes: number) => void
  close: () => void
}

export interface Box {
  readonly boxId: string
  readonly runtime: RuntimeName
  /** What people know it by: a container's id, a process id. */
  readonly ref: string
  connect: () => Promise<BoxLink>
  state: () => Promise<BoxState>
  pause: () => Promise<void>
  resume: () => Promise<void>
  /** Ends it for certain: asks, waits for `graceMs`, kills, removes, and looks whether it is gone. Safe to call twice. */
  end: (graceMs: number) => Promise<StopProof>
  stats: () => Promise<BoxStats>
  isolation: () => Promise<IsolationCheck[]>
  /** What the box itself wrote last, beside the wire: why it could not start. */
  lastOutput: () => Promise<string>
  /** For a box that was kept ready: gives it the limits of the agent that took it. */
  setLimits: (limits: BoxSpec['limits']) => Promise<void>
}

export type RuntimeEvent =
  | { type: 'ended'; boxId: string; state: BoxState }
  /** The engine went away, or came back: then everything is to be compared again. */
  | { type: 'away' }
  | { type: 'back' }

export interface Runtime {
  readonly name: RuntimeName
  status: () => Promise<RuntimeStatus>
  /** Makes and starts a box. A kill in the middle leaves something that `list` shows or nothing at all. */
  open: (spec: BoxSpec, options: { signal: AbortSignal; progress?: (step: string) => void }) => Promise<Box>
  find: (boxId: string) => Promise<Box | undefined>
  /** All boxes of this Gantry, whatever their state. */
  list: () => Promise<BoxState[]>
  on: (listener: (event: RuntimeEvent) => void) => () => void
  /** Lets go of the boxes; they go on. */
  stop: () => Promise<void>
}

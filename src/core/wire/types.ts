/** What the wire hands to the rest of the core, and what it is told. */
import type { Duplex } from 'node:stream'
import type { Bytes, Kept, ResumeAnswer, RunSpec, WorkspaceChange } from '../../wire/index.ts'

/** An HTTP request that something in the box made on its loopback. Nothing in it is to be believed. */
export interface InsideHttpRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | undefined
}

export interface InsideHttpResponse {
  status: number
  headers: Record<string, string>
  body: string | Buffer | AsyncIterable<string | Buffer>
}

export type WireEnd = { kind: 'ended' } | { kind: 'violation'; message: string } | { kind: 'closed' }

export interface WireHandlers {
  /** Frames that are kept, in order, each once: those up to the `since` of the wire are left out. */
  kept: (frame: Kept) => void
  http: (request: InsideHttpRequest, signal: AbortSignal) => Promise<InsideHttpResponse>
  /** A connection that the box wants to the outside. Throws where it may not. */
  connect: (target: { host: string; port: number }, signal: AbortSignal) => Promise<Duplex>
  /** The last thing that is called. `violation` says which rule of the wire was broken. */
  closed: (end: WireEnd) => void
  /** Resolves when more output can be taken: until then nothing is read from the box. */
  ready: () => Promise<void> | undefined
}

export type ChangedFile = WorkspaceChange

export interface Wire {
  run: (spec: RunSpec) => Promise<{ pid: number }>
  /** On a link that was made anew. Kept frames from before come first. */
  resume: () => Promise<ResumeAnswer>
  input: (bytes: Bytes, end?: boolean) => Promise<void>
  signal: (signal: string) => Promise<void>
  put: (file: { path: string; mode: number; content: AsyncIterable<Buffer> }) => Promise<void>
  baseline: () => Promise<void>
  changes: () => AsyncIterable<ChangedFile>
  read: (path: string) => AsyncIterable<Buffer>
  release: () => Promise<void>
  ping: () => Promise<void>
  /** Frames up to this one are kept elsewhere now. */
  committed: (seq: number) => void
  /** HTTP requests and connections from inside that are under way. */
  open: () => number
  close: () => void
}

/**
 * The wire: what Gantry and the script inside a box say to each other over the box's stdin and stdout, a line of JSON
 * a frame. Both sides import this folder, so it needs nothing but Node itself.
 * The side inside is not to be believed: it may be anything that runs there. docs/agents.md tells the protocol.
 */
import type { Bytes } from './bytes.ts'

export { type Bytes, decodeBytes, encodeBytes } from './bytes.ts'
export { LineTooLong, createLines } from './lines.ts'
export { type Window, createWindow } from './window.ts'

export const WIRE_VERSION = 1

/**
 * A longer line from inside ends the wire. It is no larger than output needs, because to read JSON that was made for it
 * takes long: what is large comes in pieces.
 */
export const MAX_FRAME_BYTES = 160 * 1024
/** Gantry itself may say more at once: a task, a part of a file. */
export const MAX_HOST_FRAME_BYTES = 8 * 1024 * 1024
/** The body of a request from inside. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024
/** What one frame carries of a program's output, or of a stream, at the most. */
export const MAX_LOG_BYTES = 64 * 1024
export const MAX_DATA_BYTES = 64 * 1024
/** One part of a file that is put into the workspace; what is read comes in smaller ones. */
export const PART_BYTES = 512 * 1024
/** So much of one stream may be on its way without `took`. */
export const WINDOW_BYTES = 256 * 1024
/** So many HTTP requests, and as many connections, may be open at once. */
export const MAX_OPEN = 64
/** What a request may ask for: a path from the root, of printable letters. */
export const HTTP_PATH = /^\/[!-~]*$/
export const PATH_MOST = 32 * 1024
export const CONNECT_HOST = /^[A-Za-z0-9._:%-]{1,253}$/

/** What is to be run inside. Sent once. */
export interface RunSpec {
  /** argv. `hello` and `assistant` stand for the programs bundled beside the script. */
  command: readonly string[]
  /** Variables over those that the script sets itself. */
  env: Readonly<Record<string, string>>
  cwd: string
  /** Whether an HTTP proxy to the outside is offered on the box's loopback. */
  egress: boolean
  /** It ends itself at this time (ms since 1970), also when nobody is there to end it. */
  deadline: number
}

/** Frames from inside that are kept: `seq` rises by one with each, so that what is told again is known. */
export type Kept =
  | { seq: number; method: 'hello'; params: { version: number } }
  | { seq: number; method: 'log'; params: { stream: 'out' | 'err'; at: number } & Bytes }
  | { seq: number; method: 'started'; params: { at: number; pid: number } }
  | { seq: number; method: 'exited'; params: { at: number; code: number | null; signal: string | null } }

/**
 * Requests from inside. An HTTP request that a program made on the box's loopback, or a connection it wants out.
 * Their ids rise, so that none is used twice.
 */
export type InsideRequest =
  | {
      id: number
      method: 'http'
      /** So many bytes of a body follow as `data`. */
      params: { method: string; path: string; headers: Record<string, string>; bytes: number }
    }
  | { id: number; method: 'connect'; params: { host: string; port: number } }

/** Notices from inside that are about a request or a connection. */
export type InsideNotice =
  | { method: 'cancel'; params: { id: number } }
  | { method: 'data'; params: { id: number } & Bytes }
  | { method: 'end'; params: { id: number } }
  /** So many bytes of what was sent have been passed on: more may come. */
  | { method: 'took'; params: { id: number; bytes: number } }

/** An error may also come when the answer has begun: then it broke off. */
export type Answer = { id: number; result: unknown } | { id: number; error: { code: string; message: string } }

/** Requests from Gantry. Answered with `Answer`, their ids are Gantry's own. */
export type HostRequest =
  | { id: number; method: 'run'; params: RunSpec }
  /** After Gantry was away: all kept frames before the answer are told, requests that still wait are made again. */
  | { id: number; method: 'resume'; params: Record<never, never> }
  /** To the program's stdin. Refused where the program does not read what it was given before. */
  | { id: number; method: 'input'; params: Bytes & { end?: boolean } }
  | { id: number; method: 'signal'; params: { signal: string } }
  /** One file of the workspace, in parts; `mode` as in chmod. */
  | { id: number; method: 'put'; params: { path: string; mode: number; part: number; last: boolean } & Bytes }
  /** The workspace is complete: what changes from here on is the agent's work. */
  | { id: number; method: 'baseline'; params: Record<never, never> }
  /** Answered with `ChangesAnswer`. */
  | { id: number; method: 'changes'; params: { after: string | null } }
  /** Answered with `ReadAnswer`. */
  | { id: number; method: 'read'; params: { path: string; part: number } }
  /** Nothing is wanted any more: the script ends with the program's exit code. */
  | { id: number; method: 'release'; params: Record<never, never> }
  | { id: number; method: 'ping'; params: Record<never, never> }

export interface ResumeAnswer {
  running: boolean
  pid: number | null
}

export interface WorkspaceChange {
  path: string
  kind: 'added' | 'changed' | 'removed'
  mode: number
  bytes: number
}

/** In the order of their paths, as many as fit; with `more`, ask again `after` the last one. */
export interface ChangesAnswer {
  files: WorkspaceChange[]
  more: boolean
}

export type ReadAnswer = Bytes & { last: boolean }

/** Notices from Gantry. */
export type HostNotice =
  | { method: 'head'; params: { id: number; status: number; headers: Record<string, string> } }
  | { method: 'data'; params: { id: number } & Bytes }
  | { method: 'end'; params: { id: number } }
  | { method: 'took'; params: { id: number; bytes: number } }

export type FromInside = Kept | InsideRequest | InsideNotice | Answer
export type FromHost = HostRequest | HostNotice | Answer

/** What agents need of the rest of the core, in their own words; core/index.ts hands it in. */
import type { Duplex } from 'node:stream'
import type {
  Actor,
  AgentNetwork,
  AgentPatch,
  AgentWorkspace,
  LogBatch,
  LogHit,
  LogPage,
  LogQuery,
} from '../../contract/index.ts'
import type { Bytes } from '../../wire/index.ts'
import type { Catalog } from '../catalog/index.ts'
import type { Models } from '../models/index.ts'
import type { Box, BoxLink, Runtime } from '../runtimes/index.ts'
import type { InsideHttpRequest, InsideHttpResponse, Wire, WireHandlers } from '../wire/index.ts'

export interface ArchivePort {
  position: (agentId: string) => Promise<number>
  append: (agentId: string, chunk: { seq: number; stream: 'out' | 'err'; at: number; bytes: Bytes }) => void
  /** A frame of the wire that is no output is kept elsewhere. */
  advance: (agentId: string, seq: number) => void
  note: (agentId: string, text: string) => void
  ready: () => Promise<void> | undefined
  onCommitted: (listener: (kept: { agentId: string; wireSeq: number; lastSeq: number }) => void) => () => void
  page: (query: LogQuery) => Promise<Omit<LogPage, 'state'>>
  search: (query: {
    grep: string
    ids: readonly string[]
    limit: number
    ignoreCase: boolean
    streams?: readonly string[] | undefined
    since?: string | undefined
    until?: string | undefined
  }) => Promise<{ items: LogHit[]; complete: boolean }>
  follow: (
    agentId: string,
    from: {
      after?: number | undefined
      tail?: number | undefined
      streams?: readonly ('out' | 'err' | 'gantry')[] | undefined
      isEnded: () => boolean
    },
    signal: AbortSignal | undefined,
  ) => AsyncGenerator<Omit<LogBatch, 'state'>, void, void>
  /** The agent ended: followers look again. */
  poke: (agentId: string) => void
  remove: (agentId: string) => Promise<void>
}

export interface AgentPorts {
  archive: ArchivePort
  runtimes: {
    get: (name: 'sandbox' | 'docker') => Runtime
    all: () => readonly Runtime[]
    /** Why the engine cannot make a box of this image, or nothing. */
    whyNotImage: (image: string) => Promise<string | null>
  }
  catalog: Pick<Catalog, 'template' | 'model' | 'whyNot' | 'tool' | 'fill'>
  models: Pick<Models, 'handle'>
  tools: {
    /** MCP for one agent: only these operations, as this actor. */
    handle: (request: InsideHttpRequest, caller: ToolCaller, signal: AbortSignal) => Promise<InsideHttpResponse>
  }
  secrets: { has: (name: string) => boolean; looksLikeSecret: (value: string, name: string) => boolean }
  egress: {
    open: (wanted: {
      network: AgentNetwork
      host: string
      port: number
      signal: AbortSignal
      onDecision: (decision: { allowed: boolean; reason: string }) => void
    }) => Promise<Duplex>
    propose: (decisions: readonly { host: string; port: number; allowed: boolean }[]) => string[]
  }
  workspace: {
    /** Throws where this folder cannot be given. */
    check: (workspace: AgentWorkspace) => Promise<void>
    collect: (
      agentId: string,
      workspace: AgentWorkspace,
      options: { signal: AbortSignal; mostBytes: number },
    ) => AsyncIterable<{ path: string; mode: number; content: AsyncIterable<Buffer> }>
    keepPatch: (
      agentId: string,
      changes: AsyncIterable<{
        path: string
        kind: 'added' | 'changed' | 'removed'
        mode: number
        content: AsyncIterable<Buffer>
      }>,
    ) => Promise<AgentPatch>
    patch: (agentId: string) => AgentPatch | undefined
    apply: (agentId: string, paths: readonly string[] | undefined) => Promise<{ written: string[]; removed: string[] }>
    remove: (agentId: string) => Promise<void>
  }
  createWire: (link: BoxLink, handlers: WireHandlers, options: { since: number }) => Wire
}

export interface ToolCaller {
  actor: Actor
  /** Names of tools, as patterns: `agents_*`. */
  allowed: readonly string[]
  /** Asks a person where that is wanted, counts, and throws where it may not be. */
  before: (tool: string, input: unknown, signal: AbortSignal) => Promise<void>
}

export type { Box }

/** A promise with a time limit. The timer does not outlive it. */
export const settled = async <T>(promise: Promise<T>, ms: number, what = 'it took too long'): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(what)), ms)
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}

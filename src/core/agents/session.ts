/**
 * One box that is wired to us. What comes over the wire goes where it belongs; whoever keeps the session is told when
 * the wire ends. A warm box has a session before it has an agent.
 */
import type { Duplex } from 'node:stream'
import { GantryError } from '../../contract/index.ts'
import type { InsideHttpRequest, InsideHttpResponse, Wire, WireEnd } from '../wire/index.ts'
import type { AgentPorts, Box } from './ports.ts'
import type { Exited } from './spec.ts'

export interface SessionOwner {
  agentId: string
  onActivity: () => void
  onExited: (exited: Exited) => void
  http: (request: InsideHttpRequest, signal: AbortSignal) => Promise<InsideHttpResponse>
  connect: (target: { host: string; port: number }, signal: AbortSignal) => Promise<Duplex>
}

export interface Session {
  box: Box
  wire: Wire
  /** Resolves with the first frame from inside: the script is there. */
  greeted: Promise<void>
  /** Resolves when the wire is no more. */
  closed: Promise<WireEnd>
  isClosed: () => boolean
  /** The highest frame that was seen, which may not be kept yet. */
  lastSeq: () => number
  /** Gives a warm box to an agent. */
  adopt: (owner: SessionOwner) => void
}

const NOT_YET: InsideHttpResponse = { status: 503, headers: {}, body: 'Nothing runs here yet.' }

export const openSession = async (
  box: Box,
  since: number,
  owner: SessionOwner | undefined,
  { archive, createWire }: Pick<AgentPorts, 'archive' | 'createWire'>,
): Promise<Session> => {
  const link = await box.connect()
  const greeted = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<WireEnd>()
  // Whoever waits hears of it; nobody has to wait.
  greeted.promise.catch(() => undefined)
  let current = owner
  let lastSeq = since
  let isClosed = false
  if (since > 0) greeted.resolve()

  const wire = createWire(
    link,
    {
      kept: (frame) => {
        lastSeq = frame.seq
        greeted.resolve()
        const agentId = current?.agentId
        if (agentId === undefined) return
        if (frame.method === 'log') {
          const { stream, at, ...bytes } = frame.params
          archive.append(agentId, { seq: frame.seq, stream, at, bytes })
          current?.onActivity()
          return
        }
        // Written down first: what the archive has counted is never told again.
        if (frame.method === 'exited') current?.onExited(frame.params)
        archive.advance(agentId, frame.seq)
      },
      http: async (request, signal) => {
        current?.onActivity()
        return current?.http(request, signal) ?? NOT_YET
      },
      connect: async (target, signal) => {
        if (current === undefined) throw new GantryError('E_FORBIDDEN', 'Nothing runs here yet.')
        current.onActivity()
        return current.connect(target, signal)
      },
      closed: (end) => {
        isClosed = true
        greeted.reject(new Error('the wire ended before anything was said'))
        closed.resolve(end)
      },
      ready: archive.ready,
    },
    { since },
  )

  return {
    box,
    wire,
    greeted: greeted.promise,
    closed: closed.promise,
    isClosed: () => isClosed,
    lastSeq: () => lastSeq,
    adopt: (next) => {
      current = next
      archive.advance(next.agentId, lastSeq)
    },
  }
}

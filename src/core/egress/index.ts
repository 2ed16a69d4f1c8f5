/**
 * Owns the way out of a box: who may connect where, and the connection itself.
 * Promises that only public addresses are reached, that a name is looked up once, and that the very address that was
 * judged is the one connected to. Never believes the name: what it leads to decides.
 */
import { lookup as lookUpName } from 'node:dns/promises'
import { once } from 'node:events'
import { type Socket, connect as connectTo, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type AgentNetwork, GantryError } from '../../contract/index.ts'
import { createAddressJudge } from './addresses.ts'
import { allowedBy, isUsualPort, normalHost } from './policy.ts'
import { NOT_ON_LIST } from './proposal.ts'
import { createSlots } from './slots.ts'

export { propose } from './proposal.ts'

export interface EgressDecision {
  at: Date
  allowed: boolean
  reason: string
}

export interface EgressWanted {
  network: AgentNetwork
  host: string
  port: number
  signal: AbortSignal
  /** Called once, before anything is connected. */
  onDecision: (decision: EgressDecision) => void
  /** Called when the connection is no more, with the bytes in each direction as seen from inside. */
  onClosed?: (traffic: { sent: number; received: number }) => void
}

export interface EgressLimits {
  lookupMs: number
  connectMs: number
  /** Without a byte in either direction for this long, a connection is closed. */
  idleMs: number
  /** Of all agents together. */
  mostOpen: number
}

export interface EgressOptions {
  lookup?: (host: string) => Promise<readonly { address: string }[]>
  connect?: (target: { address: string; port: number }) => Socket
  /** Addresses of this machine: what listens here may trust who comes from here. */
  ownAddresses?: () => readonly string[]
  now?: () => Date
  limits?: Partial<EgressLimits>
}

const LIMITS: EgressLimits = { lookupMs: 5_000, connectMs: 15_000, idleMs: 10 * 60_000, mostOpen: 512 }
/** Names are looked up by threads that files need as well: a flood of names must not take them all. */
const LOOKUPS_AT_ONCE = 2
const LOOKUPS_WAITING = 256
/** Of many addresses of a name, so many are tried. */
const MOST_ADDRESSES = 4

const addressesOfThisMachine = (): string[] =>
  Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address))

export const createEgress = ({
  lookup = (host) => lookUpName(host, { all: true }),
  connect = ({ address, port }) => connectTo({ host: address, port }),
  ownAddresses = addressesOfThisMachine,
  now = () => new Date(),
  limits: given = {},
}: EgressOptions = {}) => {
  const limits = { ...LIMITS, ...given }
  const { whyNotPublic } = createAddressJudge()
  const inTurn = createSlots(LOOKUPS_AT_ONCE, LOOKUPS_WAITING)
  const open = new Set<Socket>()
  const stopping = new AbortController()

  const whyNotReachable = (address: string): string | null =>
    whyNotPublic(address) ?? (ownAddresses().includes(address) ? 'an address of this machine' : null)

  /** Ends with the signal or the time limit, whatever becomes of the task. */
  const within = async <T>(ms: number, signal: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const limit = AbortSignal.any([signal, stopping.signal, AbortSignal.timeout(ms)])
    limit.throwIfAborted()
    const ended = Promise.withResolvers<never>()
    const end = () => ended.reject(limit.reason as Error)
    limit.addEventListener('abort', end, { once: true })
    try {
      return await Promise.race([task(limit), ended.promise])
    } finally {
      limit.removeEventListener('abort', end)
    }
  }

  const resolveOnce = async (host: string, signal: AbortSignal): Promise<string[]> => {
    if (isIP(host) !== 0) return [host]
    const found = await within(limits.lookupMs, signal, (limit) => inTurn(() => lookup(host), limit))
    if (found.length === 0) throw new Error('no address')
    return found.map(({ address }) => address)
  }

  const dial = async (addresses: readonly string[], port: number, signal: AbortSignal): Promise<Socket> => {
    const targets = addresses.slice(0, MOST_ADDRESSES)
    let failure: unknown
    for (const address of targets) {
      const socket = connect({ address, port })
      // Whoever reads is told by the end of the connection; an error that nobody listens to would end us.
      socket.on('error', () => undefined)
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      try {
        await within(limits.connectMs / targets.length, signal, () => once(socket, 'connect'))
        return socket
      } catch (cause) {
        socket.destroy()
        if (signal.aborted || stopping.signal.aborted) throw cause
        failure = cause
      }
    }
    throw failure
  }

  const keep = (socket: Socket, signal: AbortSignal, onClosed: EgressWanted['onClosed']) => {
    const end = () => void socket.destroy()
    socket.setNoDelay(true)
    socket.setTimeout(limits.idleMs, end)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    socket.once('close', () => {
      signal.removeEventListener('abort', end)
      onClosed?.({ sent: socket.bytesWritten, received: socket.bytesRead })
    })
  }

  return {
    open: async ({ network, host: given, port, signal, onDecision, onClosed }: EgressWanted): Promise<Socket> => {
      const decide = (allowed: boolean, reason: string) => onDecision({ at: now(), allowed, reason })
      const refuse = (reason: string, hint: string): never => {
        decide(false, reason)
        throw new GantryError('E_FORBIDDEN', `${shown(given)}:${port} cannot be reached from here: ${reason}.`, {
          hint,
        })
      }
      if (network.mode !== 'egress') return refuse('it has no way out', 'Start it with network.mode egress.')
      const host = normalHost(given)
      if (host === undefined || !Number.isInteger(port) || port < 1 || port > 65_535)
        return refuse('this is no host with a port', 'Name a host such as example.com, and a port.')

      const literal = isIP(host) === 0 ? null : whyNotReachable(host)
      if (literal !== null) return refuse(`it is ${literal}`, ALWAYS_REFUSED)
      const entry = allowedBy(network.allow, { host, port })
      // Before it is looked up: a name can carry words out.
      if (entry === undefined && !network.record)
        return refuse(NOT_ON_LIST, `Start it with ${host}${isUsualPort(port) ? '' : `:${port}`} in network.allow.`)

      let addresses: string[]
      try {
        addresses = await resolveOnce(host, signal)
      } catch (cause) {
        decide(false, 'its name could not be looked up')
        throw upstream(given, port, 'its name could not be looked up', cause)
      }
      for (const address of addresses) {
        const what = whyNotReachable(address)
        if (what !== null) return refuse(`it leads to ${address}, ${what}`, ALWAYS_REFUSED)
      }
      if (open.size >= limits.mostOpen) return refuse('too many connections are open', 'Close some first.')
      decide(true, entry === undefined ? 'let through to be noted' : `allowed by ${entry}`)

      let socket: Socket
      try {
        socket = await dial(addresses, port, signal)
      } catch (cause) {
        throw upstream(given, port, 'nothing answers there', cause)
      }
      keep(socket, signal, onClosed)
      return socket
    },

    /** Connections that are open right now. */
    count: (): number => open.size,

    stop: () => {
      stopping.abort(new Error('Gantry is stopping'))
      for (const socket of open) socket.destroy()
    },
  }
}

const ALWAYS_REFUSED = 'Private, local and metadata addresses are never reached from a box, whatever its list says.'

const shown = (host: string) => (host.length > 100 ? `${host.slice(0, 100)}…` : host)

const upstream = (host: string, port: number, what: string, cause: unknown): GantryError => {
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
  return new GantryError(isTimeout ? 'E_TIMEOUT' : 'E_UPSTREAM', `${shown(host)}:${port} cannot be reached: ${what}.`, {
    hint: isTimeout
      ? 'It did not answer in time; try again later.'
      : 'Check the name, and that this machine is online.',
    cause,
  })
}

/** A client of one engine whose every call has a time limit and fails in the user's words. */
import Docker from 'dockerode'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import { type AttachTarget, attach } from './attach.ts'
import { explain, tooSlow } from './errors.ts'
import type { EnginePlace } from './places.ts'
import type { Product } from './profile.ts'

/** How long a call may take before the engine counts as hung, in ms. */
export interface CallLimits {
  /** Answering at all. */
  probe: number
  /** Looking something up. */
  look: number
  /** Making, starting, ending: an engine under load takes its time. */
  act: number
}

/** `whenever`: what is waited for may take as long as it takes. */
export type CallKind = keyof CallLimits | 'whenever'

export const CALL_LIMITS: CallLimits = { probe: 3_000, look: 15_000, act: 60_000 }

export interface Greeting {
  product: Product
  version: string
}

export interface Client {
  place: EnginePlace
  /** Whether it answers, and what it is. */
  greet: (signal?: AbortSignal) => Promise<Greeting>
  /** `what` completes “could not …”. */
  call: <T>(
    what: string,
    run: (docker: Docker, signal: AbortSignal) => Promise<T>,
    kind?: CallKind,
    signal?: AbortSignal,
  ) => Promise<T>
  /** An answer that is read as it comes. Its beginning has a time limit, where it has one; then `signal` alone ends it. */
  stream: (
    what: string,
    path: string,
    query: Record<string, unknown>,
    signal: AbortSignal,
    kind?: CallKind,
  ) => Promise<Readable>
  /** A question of the engine's own, beside what the library knows. Nothing where there is no such thing. */
  ask: (what: string, path: string) => Promise<unknown>
  /** Both directions of a container, for good: nothing but its end or ours closes it. */
  attach: (id: string) => Promise<Duplex>
  close: () => void
}

const NOT_SPOKEN = 'Gantry reaches engines by socket, pipe, tcp and http'

/** All that the library would otherwise take from the environment, which may mean another engine. */
const CLEAN = { host: undefined, port: undefined, socketPath: undefined, protocol: undefined }
const NO_TLS = { ca: undefined, cert: undefined, key: undefined, timeout: undefined }

const connection = ({ host, tls }: EnginePlace): AttachTarget => {
  if (host.startsWith('unix://')) return { ...CLEAN, socketPath: host.slice('unix://'.length) }
  if (host.startsWith('npipe://')) return { ...CLEAN, socketPath: host.slice('npipe://'.length) }
  const url = new URL(host.includes('://') ? host : `tcp://${host}`)
  if (!['tcp:', 'http:', 'https:'].includes(url.protocol)) {
    throw new Error(`${url.protocol}// is not spoken; ${NOT_SPOKEN}`)
  }
  const safe = url.protocol === 'https:' || tls !== undefined
  return {
    ...CLEAN,
    host: url.hostname,
    port: url.port === '' ? (safe ? 2376 : 2375) : Number(url.port),
    protocol: safe ? 'https' : 'http',
  }
}

/** Throws where the place cannot be spoken to at all; whether an engine is there shows with the first call. */
export const createClient = (place: EnginePlace, limits: CallLimits): Client => {
  const { tls } = place
  const options = connection(place)
  const agent =
    options.protocol === 'https'
      ? new TlsAgent({
          keepAlive: true,
          rejectUnauthorized: tls?.verify ?? true,
          ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
          ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
          ...(tls?.key === undefined ? {} : { key: tls.key }),
        })
      : new Agent({ keepAlive: true })
  // A type of the library's dependency that it does not hand on: the agent is passed through to `http.request`.
  const docker = new Docker({ ...options, ...NO_TLS, agent } as Docker.DockerOptions)

  const limited = async <T>(
    what: string,
    run: (signal: AbortSignal) => Promise<T>,
    kind: CallKind,
    outer?: AbortSignal,
  ): Promise<T> => {
    const controller = new AbortController()
    const abort = () => controller.abort(outer?.reason)
    const ms = kind === 'whenever' ? undefined : limits[kind]
    const timer = ms === undefined ? undefined : setTimeout(() => controller.abort(tooSlow(what, ms)), ms)
    outer?.addEventListener('abort', abort, { once: true })
    if (outer?.aborted === true) abort()
    const aborted = new Promise<never>((_resolve, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error), { once: true })
    })
    try {
      controller.signal.throwIfAborted()
      return await Promise.race([run(controller.signal), aborted])
    } catch (thrown) {
      if (controller.signal.aborted) throw controller.signal.reason
      throw explain(what, thrown)
    } finally {
      clearTimeout(timer)
      outer?.removeEventListener('abort', abort)
    }
  }

  return {
    place,
    greet: (signal) => limited('say what it is', (inner) => askVersion(docker, inner), 'probe', signal),
    call: (what, run, kind = 'look', signal) => limited(what, (inner) => run(docker, inner), kind, signal),
    stream: async (what, path, query, signal, kind = 'look') => {
      const answer = await limited(what, (inner) => dial(docker, path, query, inner), kind, signal)
      // Not by the request's own signal: that one fails sockets which have been handed back for the next call.
      const stop = () => void answer.destroy()
      signal.addEventListener('abort', stop, { once: true })
      answer.once('close', () => signal.removeEventListener('abort', stop))
      // Whoever reads meets it; when nobody does, it must not end the process.
      answer.on('error', () => undefined)
      if (signal.aborted) stop()
      return answer
    },
    ask: (what, path) => limited(what, (inner) => askFor(docker, path, inner), 'look'),
    attach: (id) => limited('attach to a box', (inner) => attach(options, agent, id, inner), 'look'),
    close: () => agent.destroy(),
  }
}

/** The types of the library know neither the signal nor Podman's way of saying that it is Podman. */
const askVersion = async (docker: Docker, abortSignal: AbortSignal): Promise<Greeting> => {
  const ask = docker.version.bind(docker) as (options: object) => Promise<Version>
  const { Version: version, Components: parts = [] } = await ask({ abortSignal })
  return { product: parts.some(({ Name }) => Name?.includes('Podman') === true) ? 'Podman' : 'Docker', version }
}

interface Version {
  Version: string
  Components?: { Name?: string }[]
}

const askFor = (docker: Docker, path: string, abortSignal: AbortSignal) =>
  new Promise<unknown>((resolve, reject) => {
    docker.modem.dial(
      { path, method: 'GET', statusCodes: { 200: true, 404: true }, abortSignal },
      (error: unknown, answer: unknown) => (error instanceof Error ? reject(error) : resolve(answer)),
    )
  })

/** The library's own functions for logs keep the whole answer in memory. */
const dial = (docker: Docker, path: string, query: Record<string, unknown>, abortSignal: AbortSignal) =>
  new Promise<Readable>((resolve, reject) => {
    const statusCodes = { 200: true, 404: 'no such thing', 500: 'server error' }
    docker.modem.dial(
      { path: `${path}?`, method: 'GET', isStream: true, statusCodes, options: { _query: query }, abortSignal },
      (error: unknown, answer: unknown) => {
        if (error instanceof Error) reject(error)
        else resolve(answer as Readable)
      },
    )
  })

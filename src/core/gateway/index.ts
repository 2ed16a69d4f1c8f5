/**
 * Owns the MCP endpoint: sessions, and the operations as tools.
 * Promises one server and one transport per session, bound to the key that opened it.
 * Never holds more sessions than the setting allows: the one unused for the longest goes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AnyRouter, call } from '@orpc/server'
import { type Actor, GantryError, type Operation, type Role } from '../../contract/index.ts'
import type { CallContext } from '../operations/index.ts'
import type { InsideHttpRequest } from '../wire/index.ts'
import type { Invoke } from './call.ts'
import type { BeforeCall, Session } from './session.ts'
import { type Toolset, createToolset, narrowToolset } from './tools.ts'

export interface GatewayDeps {
  operations: readonly Operation[]
  router: AnyRouter
  version: string
  maxSessions: () => number
  /** Throws where this caller has opened enough for now. */
  admit: (actor: Actor) => void
  log: { info: (fields: object, message: string) => void }
}

/** An agent that calls from its box. */
export interface InsideCaller {
  actor: Actor
  /** Names of tools, or patterns: `agents_*`. */
  allowed: readonly string[]
  before: BeforeCall
}

interface Held {
  session: Session
  actor: Actor
}

export const createGateway = ({ operations, router, version, maxSessions, admit, log }: GatewayDeps) => {
  const offered = operations.filter(({ meta }) => meta.mcp === true)
  const toolsets = new Map<Role, Toolset>()
  // In the order of last use: the first one is the one to let go.
  const sessions = new Map<string, Held>()

  /** Made once for a role: schemas are many, and every session of the role shows the same. */
  const toolsetFor = (role: Role): Toolset => {
    const toolset = toolsets.get(role) ?? createToolset(offered, role)
    toolsets.set(role, toolset)
    return toolset
  }

  const procedureAt = (path: readonly string[]) =>
    path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], router)

  const invokeAs = (actor: Actor): Invoke => {
    const context: CallContext = { actor, surface: 'mcp' }
    return (operation, input, signal) =>
      call(procedureAt(operation.path) as Parameters<typeof call>[0], input, { context, path: operation.path, signal })
  }

  /** For what runs in a box: a request at a time, only the tools that it was given. */
  const handleInside = async (request: InsideHttpRequest, caller: InsideCaller, signal: AbortSignal) => {
    const { answerInside } = await import('./inside.ts')
    const toolset = narrowToolset(toolsetFor(caller.actor.role), caller.allowed)
    return answerInside(request, { toolset, version, invoke: invokeAs(caller.actor), before: caller.before }, signal)
  }

  const open = async (actor: Actor): Promise<Session> => {
    admit(actor)
    const { openSession } = await import('./session.ts')
    const session: Session = await openSession({
      toolset: toolsetFor(actor.role),
      version,
      invoke: invokeAs(actor),
      onOpen: (id) => {
        sessions.set(id, { session, actor })
        evict()
      },
      onClose: (id) => void sessions.delete(id),
    })
    return session
  }

  /** Room is made by whoever holds the most, so that one busy client cannot push the others out. */
  const evict = () => {
    while (sessions.size > maxSessions()) {
      const byActor = Map.groupBy(sessions, ([, { actor }]) => actor.id)
      const [most = []] = [...byActor.values()].toSorted((a, b) => b.length - a.length)
      const [oldest] = most
      if (oldest === undefined) return
      const [id, { session }] = oldest
      sessions.delete(id)
      log.info({ session: id }, 'MCP session closed to make room')
      void session.close()
    }
  }

  const find = (id: string, actor: Actor): Session => {
    const held = sessions.get(id)
    // Another key's session is as good as none: its id alone opens nothing.
    if (held === undefined || held.actor.id !== actor.id) {
      throw new GantryError('E_NOT_FOUND', 'This MCP session has ended.', {
        hint: 'Send initialize again to open a new one.',
      })
    }
    sessions.delete(id)
    sessions.set(id, held)
    return held.session
  }

  const handle = async (request: IncomingMessage, response: ServerResponse, body: unknown, actor: Actor) => {
    const id = request.headers['mcp-session-id']
    const session = typeof id === 'string' ? find(id, actor) : await open(actor)
    await session.handle(request, response, body)
    // A request that opened nothing leaves nothing behind.
    if (
      id === undefined &&
      response.getHeader('mcp-session-id') === undefined &&
      ![...sessions.values()].some((held) => held.session === session)
    ) {
      await session.close()
    }
  }

  const closeWhere = async (matches: (actor: Actor) => boolean) => {
    const closing = [...sessions].filter(([, { actor }]) => matches(actor))
    for (const [id] of closing) sessions.delete(id)
    await Promise.all(closing.map(([, { session }]) => session.close()))
  }

  return {
    handle,
    handleInside,
    size: () => sessions.size,
    /** Ends the sessions of those who may not stay. */
    closeInvalid: (isValid: (actor: Actor) => boolean) => closeWhere((actor) => !isValid(actor)),
    stop: () => closeWhere(() => true),
  }
}

export type Gateway = ReturnType<typeof createGateway>

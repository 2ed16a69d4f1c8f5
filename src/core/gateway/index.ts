/**
 * Owns the MCP endpoint: sessions, and the operations as tools.
 * Promises one server and one transport per session, bound to the key that opened it.
 * Never holds more sessions than the setting allows: the one unused for the longest goes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AnyRouter, call } from '@orpc/server'
import { type Actor, GantryError, type Operation } from '../../contract/index.ts'
import type { CallContext } from '../operations/index.ts'
import type { Session } from './session.ts'

export interface GatewayDeps {
  operations: readonly Operation[]
  router: AnyRouter
  version: string
  maxSessions: () => number
  log: { info: (fields: object, message: string) => void }
}

interface Held {
  session: Session
  actor: Actor
}

export const createGateway = ({ operations, router, version, maxSessions, log }: GatewayDeps) => {
  const tools = operations.filter(({ meta }) => meta.mcp === true)
  // In the order of last use: the first one is the one to let go.
  const sessions = new Map<string, Held>()

  const procedureAt = (path: readonly string[]) =>
    path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], router)

  const open = async (actor: Actor): Promise<Session> => {
    const { openSession } = await import('./session.ts')
    const context: CallContext = { actor, surface: 'mcp' }
    const session: Session = await openSession({
      operations: tools,
      version,
      actor,
      invoke: (operation, input, signal) =>
        call(procedureAt(operation.path) as Parameters<typeof call>[0], input, {
          context,
          path: operation.path,
          signal,
        }),
      onOpen: (id) => {
        sessions.set(id, { session, actor })
        evict()
      },
      onClose: (id) => void sessions.delete(id),
    })
    return session
  }

  const evict = () => {
    for (const [id, { session }] of sessions) {
      if (sessions.size <= maxSessions()) return
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
    size: () => sessions.size,
    closeSessionsOf: (actorId: string) => closeWhere((actor) => actor.id === actorId),
    stop: () => closeWhere(() => true),
  }
}

export type Gateway = ReturnType<typeof createGateway>

/** Every recorded change, as one typed event. Windows, alerts and watching clients all read this stream. */
import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { operation } from './operation.ts'
import { type Permission, type Role, roleMay } from './permissions.ts'

const stamp = {
  id: z.int().describe('Rises with every event, also from one run of Gantry to the next'),
  at: z.iso.datetime(),
}
const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ ...stamp, type: z.literal(type), ...shape })

export const GantryEvent = z
  .discriminatedUnion('type', [
    event('system.started', { version: z.string() }),
    event('system.stopping', {}),
    event('system.endpoint', { url: z.string().nullable() }),
    event('settings.changed', { keys: z.array(z.string()) }),
    event('settings.problem', { message: z.string().nullable().describe('null once it is mended') }),
    event('access.key.created', { keyId: z.string() }),
    event('access.key.revoked', { keyId: z.string() }),
    event('audit.recorded', { entryId: z.int(), operation: z.string(), outcome: z.string() }),
    event('store.backed-up', { name: z.string() }),
    event('store.restored', { name: z.string() }),
    event('agents.changed', { agentId: z.string(), state: z.string() }),
    event('agents.removed', { agentId: z.string() }),
    event('agents.said', { agentId: z.string(), kind: z.string() }),
    event('catalog.changed', {}),
    event('runtimes.changed', { runtime: z.string(), available: z.boolean() }),
    event('secrets.changed', { name: z.string() }),
    event('events.skipped', { count: z.int() }),
  ])
  .meta({
    id: 'Event',
    examples: [{ id: 42, at: '2026-11-21T14:05:00.000Z', type: 'settings.changed', keys: ['http.port'] }],
  })
export type GantryEvent = z.infer<typeof GantryEvent>
export type EventType = GantryEvent['type']

/** What a service hands to the bus, which adds the id and the time. */
export type NewEvent = GantryEvent extends infer E ? (E extends GantryEvent ? Omit<E, 'id' | 'at'> : never) : never

/** Some events tell of what not everyone may look at; the others go to all who may watch. */
const EVENT_PERMISSIONS: Partial<Record<EventType, Permission>> = {
  'settings.changed': 'settings:read',
  'settings.problem': 'settings:read',
  'access.key.created': 'access:read',
  'access.key.revoked': 'access:read',
  'audit.recorded': 'audit:read',
  'agents.changed': 'agents:read',
  'agents.removed': 'agents:read',
  'agents.said': 'agents:read',
  'secrets.changed': 'secrets:read',
}

export const roleSees = (role: Role, type: EventType): boolean =>
  roleMay(role, EVENT_PERMISSIONS[type] ?? 'events:read')

export const events = {
  watch: operation(
    'Watch what changes',
    {
      method: 'GET',
      path: '/events',
      description:
        'Streams every recorded change as it happens. Give `since` (or the Last-Event-ID header) to be sent what was missed.',
    },
    { permission: 'events:read', effect: 'read' },
  )
    .input(
      z.object({
        since: z.int().min(0).optional().describe('Start after the event with this id'),
        types: z.array(z.string()).optional().describe('Only these types of event'),
      }),
    )
    .output(eventIterator(GantryEvent)),
}

import { withEventMeta } from '@orpc/server'
import { GantryError, type GantryEvent, roleSees } from '../../contract/index.ts'
import { type Os, actorOf } from '../operations/index.ts'
import type { EventBus } from './index.ts'

export const createEventsRouter = (os: Os, events: EventBus) =>
  os.events.router({
    watch: os.events.watch.handler(({ input, context, signal, lastEventId }) => {
      const { role } = actorOf(context)
      const types = input.types === undefined ? undefined : new Set<string>(input.types)
      const isWanted = ({ type }: GantryEvent) => roleSees(role, type) && (types?.has(type) ?? true)
      const since = lastEventId === undefined ? input.since : eventId(lastEventId)
      return withIds(events.watch({ since, isWanted }, signal))
    }),
  })

async function* withIds(events: AsyncGenerator<GantryEvent, void, void>): AsyncGenerator<GantryEvent, void, void> {
  for await (const event of events) yield withEventMeta(event, { id: String(event.id) })
}

const eventId = (text: string): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new GantryError('E_SCHEMA', `"${text}" is not the id of an event.`, {
    hint: 'Send as Last-Event-ID what came as the id of the last event.',
  })
}

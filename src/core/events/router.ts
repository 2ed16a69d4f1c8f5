import { withEventMeta } from '@orpc/server'
import type { Os } from '../operations/index.ts'
import type { EventBus } from './index.ts'

export const createEventsRouter = (os: Os, events: EventBus) =>
  os.events.router({
    watch: os.events.watch.handler(async function* ({ input, signal, lastEventId }) {
      const since = lastEventId === undefined ? input.since : Number(lastEventId)
      for await (const event of events.watch({ since, types: input.types }, signal)) {
        yield withEventMeta(event, { id: String(event.id) })
      }
    }),
  })

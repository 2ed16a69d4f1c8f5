import type { Health, Info } from '../../contract/index.ts'
import type { EventBus } from '../events/index.ts'
import type { Os } from '../operations/index.ts'
import type { Store } from '../store/index.ts'
import type { Measures } from './measures.ts'
import type { VitalsMonitor } from './vitals.ts'

export interface SystemRouterDeps {
  health: () => Health
  info: () => Info
  measures: Measures
  vitals: VitalsMonitor
  store: Store
  events: EventBus
  requestStop: () => void
}

export const createSystemRouter = (
  os: Os,
  { health, info, measures, vitals, store, events, requestStop }: SystemRouterDeps,
) =>
  os.system.router({
    health: os.system.health.handler(() => health()),
    info: os.system.info.handler(() => info()),
    metrics: os.system.metrics.handler(async () => ({ items: await measures.collect() })),
    vitals: os.system.vitals.handler(({ input, signal }) => vitals.watch(input.history, signal)),
    backups: os.system.backups.handler(() => ({ items: store.backups() })),
    backup: os.system.backup.handler(async () => {
      const backup = await store.backup('manual')
      events.emit({ type: 'store.backed-up', name: backup.name })
      return backup
    }),
    restore: os.system.restore.handler(async ({ input }) => {
      const result = await store.restore(input.name)
      events.emit({ type: 'store.restored', name: input.name })
      return result
    }),
    stop: os.system.stop.handler(() => {
      requestStop()
      return { stopping: true as const, pid: process.pid }
    }),
  })

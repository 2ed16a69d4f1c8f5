/** What has to happen now and then: automatic backups and pruning of the audit trail. Looked at once an hour. */
import type { EventBus } from '../events/index.ts'
import type { Log } from '../logs/index.ts'
import type { Store } from '../store/index.ts'

const HOUR = 3_600_000

export interface UpkeepDeps {
  store: Store
  events: EventBus
  log: Log
  now: () => Date
  every: (tick: () => void, ms: number) => () => void
  backupEveryHours: () => number
  pruneAudit: () => number
}

export const startUpkeep = ({ store, events, log, now, every, backupEveryHours, pruneAudit }: UpkeepDeps): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve()

  const backupIsDue = () => {
    const hours = backupEveryHours()
    if (hours === 0) return false
    const newest = store.backups()[0]
    return newest === undefined || now().getTime() - Date.parse(newest.at) >= hours * HOUR
  }

  const round = async () => {
    const pruned = pruneAudit()
    if (pruned > 0) log.info({ pruned }, 'audit entries pruned')
    if (!backupIsDue()) return
    const backup = await store.backup('scheduled')
    events.emit({ type: 'store.backed-up', name: backup.name })
  }

  const tick = () => {
    running = round().catch((error: unknown) => log.error({ error: String(error) }, 'upkeep failed'))
  }

  const stopTimer = every(tick, HOUR)
  return async () => {
    stopTimer()
    await running
  }
}

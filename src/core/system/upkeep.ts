/**
 * What has to happen now and then: automatic backups and pruning of the audit trail. Looked at once a minute: a Gantry
 * that is never open for an hour needs its backups too.
 */
import type { EventBus } from '../events/index.ts'
import type { Log } from '../logs/index.ts'
import type { Store } from '../store/index.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 24 * HOUR

export interface UpkeepDeps {
  store: Store
  events: EventBus
  log: Log
  now: () => Date
  every: (tick: () => void, ms: number) => () => void
  backupEveryHours: () => number
  pruneAudit: () => number
}

export const startUpkeep = ({
  store,
  events,
  log,
  now,
  every,
  backupEveryHours,
  pruneAudit,
}: UpkeepDeps): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve()
  let prunedAt = Number.NEGATIVE_INFINITY

  const backupIsDue = () => {
    const hours = backupEveryHours()
    if (hours === 0) return false
    const newest = store.backups()[0]
    return newest === undefined || now().getTime() - Date.parse(newest.at) >= hours * HOUR
  }

  const pruneOnceADay = () => {
    if (now().getTime() - prunedAt < DAY) return
    const pruned = pruneAudit()
    prunedAt = now().getTime()
    if (pruned > 0) log.info({ pruned }, 'audit entries pruned')
  }

  const round = async () => {
    pruneOnceADay()
    if (!backupIsDue()) return
    const backup = await store.backup('scheduled')
    events.emit({ type: 'store.backed-up', name: backup.name })
  }

  const tick = () => {
    // One after the other: the next look must see the backup that the last one is still writing.
    running = running.then(round).catch((error: unknown) => log.error({ error: String(error) }, 'upkeep failed'))
  }

  const stopTimer = every(tick, MINUTE)
  return async () => {
    stopTimer()
    await running
  }
}

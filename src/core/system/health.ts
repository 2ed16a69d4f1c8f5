/** Is Gantry well? Each check names what it looked at, so that nobody has to take its word. */
import type { Health } from '../../contract/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Store } from '../store/index.ts'

type Check = Health['checks'][number]

const WORST: readonly Health['status'][] = ['failed', 'degraded', 'ok']

export interface HealthDeps {
  store: Store
  settings: Settings
  version: string
  startedAt: Date
  now: () => Date
  url: () => string | null
  listenProblem: () => string | null
}

const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1024)} kB`

export const createHealth = ({ store, settings, version, startedAt, now, url, listenProblem }: HealthDeps) => {
  const checkStore = (): Check => {
    try {
      store.db.get('SELECT 1')
    } catch (cause) {
      return { name: 'store', status: 'failed', detail: `does not answer: ${(cause as Error).message}` }
    }
    if (store.repaired !== null) return { name: 'store', status: 'degraded', detail: store.repaired }
    return {
      name: 'store',
      status: 'ok',
      detail: `open, schema ${store.schemaVersion}, ${kilobytes(store.sizeBytes())}`,
    }
  }

  const checkSettings = (): Check => {
    const problem = settings.problem()
    return problem === null
      ? { name: 'settings', status: 'ok', detail: 'valid' }
      : { name: 'settings', status: 'degraded', detail: `the last good values apply. ${problem}` }
  }

  const checkHttp = (): Check => {
    const problem = listenProblem()
    if (problem !== null) return { name: 'http', status: 'degraded', detail: problem }
    const address = url()
    if (address === null) return { name: 'http', status: 'ok', detail: 'switched off in the settings' }
    const wanted = settings.get('http.port')
    const elsewhere = address.endsWith(`:${wanted}`) ? '' : ` (port ${wanted} is taken by another program)`
    return { name: 'http', status: 'ok', detail: `listening on ${address}${elsewhere}` }
  }

  return (): Health => {
    const checks = [checkStore(), checkSettings(), checkHttp()]
    return {
      status: WORST.find((status) => checks.some((check) => check.status === status)) ?? 'ok',
      version,
      uptimeSeconds: Math.round((now().getTime() - startedAt.getTime()) / 1000),
      checks,
    }
  }
}

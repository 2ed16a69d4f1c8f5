/** Is Gantry well? Each check names what it looked at, so that nobody has to take its word. */
import { statfsSync } from 'node:fs'
import type { Health } from '../../contract/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Store } from '../store/index.ts'

type Check = Health['checks'][number]

const WORST: readonly Health['status'][] = ['failed', 'degraded', 'ok']

/** Looked at now and then: health is asked for thousands of times a second. */
const DISK_KEPT_MS = 10_000
const DISK_LOW = 100 * 1024 * 1024

export interface HealthDeps {
  home: string
  store: Store
  settings: Settings
  version: string
  startedAt: Date
  now: () => Date
  url: () => string | null
  listenProblem: () => string | null
  /** What keeps the logs of agents from being kept, and what was mended in them. */
  logs: () => { problem: string | null; repaired: string | null }
}

const GIGABYTE = 1024 ** 3
const room = (bytes: number) =>
  bytes < GIGABYTE ? `${Math.floor(bytes / 1024 ** 2)} MB` : `${Math.floor(bytes / GIGABYTE).toLocaleString('en')} GB`
const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1024)} kB`

export const createHealth = ({
  home,
  store,
  settings,
  version,
  startedAt,
  now,
  url,
  listenProblem,
  logs,
}: HealthDeps) => {
  const checkStore = (): Check => {
    try {
      store.db.get('SELECT id FROM audit_entries LIMIT 1')
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

  let disk = { at: Number.NEGATIVE_INFINITY, free: 0 }
  const checkDisk = (): Check => {
    const at = now().getTime()
    if (at - disk.at > DISK_KEPT_MS) {
      const { bavail, bsize } = statfsSync(home)
      disk = { at, free: bavail * bsize }
    }
    return { name: 'disk', status: disk.free < DISK_LOW ? 'degraded' : 'ok', detail: `${room(disk.free)} free` }
  }

  const checkSettings = (): Check => {
    const problem = settings.problem()
    return problem === null
      ? { name: 'settings', status: 'ok', detail: 'valid' }
      : // What is wrong, and where the file lies, is for those who may read the settings.
        { name: 'settings', status: 'degraded', detail: 'the file has a mistake; the last good values apply' }
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

  const checkLogs = (): Check => {
    const { problem, repaired } = logs()
    if (problem !== null)
      return { name: 'logs', status: 'failed', detail: `those of agents cannot be kept: ${problem}` }
    if (repaired !== null) return { name: 'logs', status: 'degraded', detail: repaired }
    return { name: 'logs', status: 'ok', detail: 'those of agents are kept' }
  }

  return (): Health => {
    const checks = [checkStore(), checkDisk(), checkSettings(), checkLogs(), checkHttp()]
    return {
      status: WORST.find((status) => checks.some((check) => check.status === status)) ?? 'ok',
      version,
      uptimeSeconds: Math.round((now().getTime() - startedAt.getTime()) / 1000),
      checks,
    }
  }
}

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Health } from '../../../contract/index.ts'
import { rpc } from '../../rpc.ts'
import type { State } from '../../ui/status.tsx'
import { useVitals } from '../vitals/vitals-store.ts'

export const HEALTH_STATE = { ok: 'ok', degraded: 'wait', failed: 'bad' } as const satisfies Record<
  Health['status'],
  State
>
export const HEALTH_WORD = { ok: 'well', degraded: 'degraded', failed: 'failed' } as const satisfies Record<
  Health['status'],
  string
>

export const useHealth = () => useQuery(rpc.system.health.queryOptions({ input: {} }))
export const useInfo = () => useQuery(rpc.system.info.queryOptions({ input: {} }))

const EVERY_SAMPLES_MS = 10_000

/** Checks are asked again as samples come in: a page without a stream has no timer either. */
export const useHealthKeptFresh = () => {
  const queries = useQueryClient()
  const at = useVitals().at(-1)?.at
  const slot = at === undefined ? 0 : Math.floor(Date.parse(at) / EVERY_SAMPLES_MS)
  useEffect(() => {
    if (slot > 0) void queries.invalidateQueries({ queryKey: rpc.system.health.key() })
  }, [queries, slot])
}

/** Moves with the samples, not with a clock of its own. */
export const useUptimeSeconds = (): number | undefined => {
  const { data } = useInfo()
  const at = useVitals().at(-1)?.at
  if (data === undefined || at === undefined) return undefined
  return Math.max(0, (Date.parse(at) - Date.parse(data.startedAt)) / 1000)
}

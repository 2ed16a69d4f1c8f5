/** The addresses that are asked all the while, by many at once. */
import autocannon from 'autocannon'
import type { Endpoint } from '../support/launch.ts'
import { round } from '../support/numbers.ts'

export interface Measured {
  name: string
  perSecond: number
  p50: number
  p99: number
  max: number
  /** Answers that were none, or none at all. */
  failed: number
}

export interface Target {
  name: string
  path: string
}

export const measure = async (
  { url, token }: Endpoint,
  { name, path }: Target,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Measured> => {
  const seen = await autocannon({
    url: url + path,
    connections,
    duration: seconds,
    headers: { authorization: `Bearer ${token}` },
  })
  return {
    name,
    perSecond: round(seen.requests.average, 0),
    p50: seen.latency.p50,
    p99: seen.latency.p99,
    max: seen.latency.max,
    failed: seen.non2xx + seen.errors + seen.timeouts,
  }
}

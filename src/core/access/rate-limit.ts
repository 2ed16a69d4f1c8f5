/** A bucket a caller: it holds a minute's worth of requests and fills again evenly. */

interface Bucket {
  tokens: number
  at: number
}

const MOST_BUCKETS = 10_000

export const createRateLimit = (now: () => Date) => {
  const buckets = new Map<string, Bucket>()

  /** Takes one request from the caller's bucket; answers 0, or the seconds until there is one again. */
  const take = (caller: string, perMinute: number): number => {
    if (perMinute === 0) return 0
    const time = now().getTime()
    const bucket = buckets.get(caller) ?? { tokens: perMinute, at: time }
    const refilled = Math.min(perMinute, bucket.tokens + ((time - bucket.at) / 60_000) * perMinute)
    const allowed = refilled >= 1
    buckets.delete(caller)
    buckets.set(caller, { tokens: allowed ? refilled - 1 : refilled, at: time })
    const oldest = buckets.keys().next().value
    if (buckets.size > MOST_BUCKETS && oldest !== undefined) buckets.delete(oldest)
    return allowed ? 0 : Math.ceil(((1 - refilled) * 60) / perMinute)
  }

  return { take }
}

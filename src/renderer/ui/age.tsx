import { formatDuration, formatFullTime } from '../format.ts'
import { useNow } from './use-now.ts'

const MINUTE_MS = 60_000
const SLOW_MS = 30_000

/** How long ago, moving by itself: by the second while that says something. */
export const Age = ({ since, until }: { since: string; until?: string | null }) => {
  const start = Date.parse(since)
  const about = useNow(SLOW_MS)
  const now = useNow(about - start < MINUTE_MS ? 1000 : SLOW_MS)
  const end = until === undefined || until === null ? now : Date.parse(until)
  return (
    <time dateTime={since} title={formatFullTime(since)} className="whitespace-nowrap">
      {formatDuration((end - start) / 1000)}
    </time>
  )
}

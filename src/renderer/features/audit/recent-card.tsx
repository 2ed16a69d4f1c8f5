import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatMs } from '../../format.ts'
import { rpc } from '../../rpc.ts'
import { Card } from '../../ui/card.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { Empty, Loading } from '../../ui/states.tsx'
import { Time } from '../../ui/time.tsx'
import { NotAllowed } from '../access/not-allowed.tsx'
import { useMay } from '../access/use-may.ts'
import { Outcome } from './outcome.tsx'

const SHOWN = 8

const RecentList = () => {
  const recent = useQuery(rpc.audit.list.queryOptions({ input: { limit: SHOWN } }))
  return (
    <QueryView
      query={recent}
      rows={SHOWN}
      empty={{
        when: (data) => data.items.length === 0,
        show: (
          <Empty title="Nothing has been changed yet">
            What people, agents and programs change here, or are refused, is listed as it happens.
          </Empty>
        ),
      }}
    >
      {(data) => (
        <ul>
          {data.items.map((entry) => (
            <li
              key={entry.id}
              className="cell grid grid-cols-[78px_minmax(0,1fr)_auto_auto] items-center gap-3 border-b border-line last:border-b-0"
            >
              <Outcome entry={entry} />
              <span className="truncate">
                <span className="font-mono text-sm">{entry.operation}</span>
                <span className="ml-2 text-sm text-ink-3">
                  {entry.actor} · {entry.surface}
                </span>
              </span>
              <span className="font-mono text-xs text-ink-3">
                {entry.durationMs === null ? '' : formatMs(entry.durationMs)}
              </span>
              <span className="font-mono text-xs text-ink-3">
                <Time at={entry.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </QueryView>
  )
}

export const RecentCard = () => {
  const may = useMay('audit:read')
  return (
    <Card
      title="Recent activity"
      note="changes and refusals"
      actions={
        <Link to="/audit" className="text-sm font-medium text-accent underline-offset-2 hover:underline">
          All activity
        </Link>
      }
    >
      {may === undefined ? <Loading rows={SHOWN} /> : may ? <RecentList /> : <NotAllowed what="read the audit trail" />}
    </Card>
  )
}

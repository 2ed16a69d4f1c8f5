import { Card } from '../../ui/card.tsx'
import { QueryView } from '../../ui/query-view.tsx'
import { Empty } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { HEALTH_STATE, HEALTH_WORD, useHealth } from './use-health.ts'

export const HealthCard = () => {
  const health = useHealth()
  const state = health.data?.status
  return (
    <Card
      title="Health"
      {...(state === undefined
        ? {}
        : {
            actions: (
              <Status chip state={HEALTH_STATE[state]}>
                {state === 'ok' ? 'All well' : state === 'degraded' ? 'Degraded' : 'Failed'}
              </Status>
            ),
          })}
    >
      <QueryView
        query={health}
        rows={4}
        empty={{ when: (data) => data.checks.length === 0, show: <Empty title="No checks are reported" /> }}
      >
        {(data) => (
          <ul>
            {data.checks.map((check) => (
              <li
                key={check.name}
                className="cell grid grid-cols-[112px_minmax(0,1fr)] items-baseline gap-3 border-b border-line last:border-b-0"
              >
                <Status state={HEALTH_STATE[check.status]}>
                  {check.name}
                  <span className="sr-only">: {HEALTH_WORD[check.status]}</span>
                </Status>
                <span className="text-sm text-ink-2 wrap-anywhere">{check.detail}</span>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  )
}

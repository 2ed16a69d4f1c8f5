import type { ReactNode } from 'react'
import { connection } from '../../connection.ts'
import { formatDuration } from '../../format.ts'
import { Status } from '../../ui/status.tsx'
import { useStore } from '../../ui/store.ts'
import { useMay } from '../access/use-may.ts'
import { HEALTH_STATE, HEALTH_WORD, useHealth, useInfo, useUptimeSeconds } from '../health/use-health.ts'
import { RUNTIME_TITLES } from '../runtimes/titles.ts'
import { useRuntimes } from '../runtimes/use-runtimes.ts'

const Line = ({ children, fact }: { children: ReactNode; fact?: ReactNode }) => (
  <div className="flex items-center gap-2">
    {children}
    {fact !== undefined && <span className="ml-auto font-mono text-xs text-ink-3">{fact}</span>}
  </div>
)

const RuntimeLines = () => {
  const state = useStore(connection)
  const runtimes = useRuntimes()
  return runtimes.data?.items.map(({ name, available, version, boxes, reason, detail }) => (
    <Line key={name} {...(available && boxes > 0 ? { fact: `${boxes} up` } : {})}>
      <Status state={available && state !== 'lost' ? 'ok' : 'off'} title={reason ?? detail}>
        {RUNTIME_TITLES[name]} {available ? (version?.split('.').slice(0, 2).join('.') ?? '') : 'not available'}
      </Status>
    </Line>
  ))
}

const CoreLine = () => {
  const state = useStore(connection)
  const health = useHealth()
  const uptime = useUptimeSeconds()
  if (state === 'lost' || (health.data === undefined && health.error !== null))
    return (
      <Line>
        <Status state="bad">Core not answering</Status>
      </Line>
    )
  if (health.data === undefined)
    return (
      <Line>
        <Status state="busy">Core starting</Status>
      </Line>
    )
  const unwell = health.data.checks.filter((check) => check.status !== 'ok')
  return (
    <Line {...(uptime === undefined ? {} : { fact: formatDuration(uptime) })}>
      <Status
        state={HEALTH_STATE[health.data.status]}
        title={unwell.map((check) => `${check.name}: ${check.detail}`).join('\n') || 'Every check passes'}
      >
        Core {HEALTH_WORD[health.data.status]}
      </Status>
    </Line>
  )
}

const HttpLine = () => {
  const state = useStore(connection)
  const { data } = useInfo()
  if (data === undefined || state === 'lost')
    return (
      <Line>
        <Status state="off">HTTP</Status>
      </Line>
    )
  if (data.url === null)
    return (
      <Line>
        <Status state="off" title="Switch it on in the settings">
          HTTP off
        </Status>
      </Line>
    )
  return (
    <Line fact={`:${new URL(data.url).port}/mcp`}>
      <Status state="ok" title={`${data.url}/mcp`}>
        HTTP
      </Status>
    </Line>
  )
}

/** What everything here stands on, and whether it stands. */
export const StateLines = () => {
  const maySeeAgents = useMay('agents:read') === true
  return (
    <section aria-label="State" className="mt-auto grid gap-1.5 border-t border-line px-2 pt-2.5 pb-0.5 max-sm:hidden">
      {maySeeAgents && <RuntimeLines />}
      <CoreLine />
      <HttpLine />
    </section>
  )
}

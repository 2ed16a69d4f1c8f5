import { Link } from '@tanstack/react-router'
import { connection } from '../../connection.ts'
import { formatDuration } from '../../format.ts'
import { Status } from '../../ui/status.tsx'
import { useStore } from '../../ui/store.ts'
import { HEALTH_STATE, HEALTH_WORD, useHealth, useInfo, useUptimeSeconds } from '../health/use-health.ts'
import { Mark } from './mark.tsx'
import { SECTIONS } from './sections.ts'

const CoreLine = () => {
  const state = useStore(connection)
  const health = useHealth()
  const uptime = useUptimeSeconds()
  if (state === 'lost') return <Status state="bad">Core not answering</Status>
  if (health.data === undefined) {
    return health.error === null ? (
      <Status state="busy">Core starting</Status>
    ) : (
      <Status state="bad">Core not answering</Status>
    )
  }
  const unwell = health.data.checks.filter((check) => check.status !== 'ok')
  return (
    <>
      <Status
        state={HEALTH_STATE[health.data.status]}
        title={unwell.map((check) => `${check.name}: ${check.detail}`).join('\n') || 'Every check passes'}
      >
        Core {HEALTH_WORD[health.data.status]}
      </Status>
      {uptime !== undefined && <span className="ml-auto font-mono text-xs text-ink-3">{formatDuration(uptime)}</span>}
    </>
  )
}

const HttpLine = () => {
  const state = useStore(connection)
  const { data } = useInfo()
  if (data === undefined || state === 'lost') return <Status state="off">HTTP</Status>
  if (data.url === null)
    return (
      <Status state="off" title="Switch it on in the settings">
        HTTP off
      </Status>
    )
  return (
    <>
      <Status state="ok" title={`${data.url}/mcp`}>
        HTTP
      </Status>
      <span className="ml-auto font-mono text-xs text-ink-3">:{new URL(data.url).port}/mcp</span>
    </>
  )
}

export const Sidebar = () => (
  <div className="flex flex-col overflow-y-auto border-r border-line bg-side px-2 py-3 max-sm:border-r-0 max-sm:border-b">
    <nav aria-label="Sections" className="grid gap-px max-sm:flex max-sm:flex-wrap">
      <p className="flex items-center gap-[9px] px-2 pt-1.5 pb-3.5 text-lg font-[650] tracking-[-0.01em] max-sm:w-full max-sm:pb-1">
        <Mark />
        Gantry
      </p>
      {SECTIONS.map(({ to, label, icon: Icon }, index) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true }}
          title={`Ctrl+${index + 1}`}
          className="motion flex min-h-[30px] items-center gap-2.5 rounded-s px-[9px] text-ink-2 hover:text-ink aria-[current]:bg-panel-2 aria-[current]:font-[550] aria-[current]:text-ink"
        >
          <Icon aria-hidden="true" className="size-[15px] flex-none" strokeWidth={1.7} />
          {label}
        </Link>
      ))}
    </nav>
    <section aria-label="State" className="mt-auto grid gap-1.5 border-t border-line px-2 pt-2.5 pb-0.5 max-sm:hidden">
      <div className="flex items-center gap-2">
        <CoreLine />
      </div>
      <div className="flex items-center gap-2">
        <HttpLine />
      </div>
    </section>
  </div>
)

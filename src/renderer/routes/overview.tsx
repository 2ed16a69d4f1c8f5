import { AgentsLastHour, AgentsNow } from '../features/agents/agents-overview.tsx'
import { AddressesCard } from '../features/attach/addresses-card.tsx'
import { RecentCard } from '../features/audit/recent-card.tsx'
import { BackupsCard } from '../features/backups/backups-card.tsx'
import { HealthCard } from '../features/health/health-card.tsx'
import { Problems } from '../features/health/problems.tsx'
import { StartPanel } from '../features/start/start-panel.tsx'
import { VitalTiles } from '../features/vitals/tiles.tsx'

export const OverviewPage = () => (
  <div className="grid grid-cols-[minmax(0,1fr)] gap-(--gap)">
    <Problems />
    <StartPanel />
    <AgentsNow />
    <div className="grid grid-cols-[minmax(0,1.65fr)_minmax(0,1fr)] items-start gap-3 max-lg:grid-cols-1">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
        <AgentsLastHour />
        <RecentCard />
        <BackupsCard />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
        <HealthCard />
        <AddressesCard />
      </div>
    </div>
    <VitalTiles />
  </div>
)

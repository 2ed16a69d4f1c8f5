/** What the tray says and offers for a state of health; tray.ts only shows it. */
import type { MenuItemConstructorOptions } from 'electron'
import type { Health } from '../contract/index.ts'

export interface TrayActions {
  open: () => void
  openDashboard: () => void
  copyDashboardLink: () => void
  quit: () => void
}

const WORDS: Record<Health['status'], string> = { ok: 'all well', degraded: 'needs a look', failed: 'unwell' }

/** As much of a detail as a menu can hold. */
const LONGEST = 80

export const trayTitle = ({ status }: Health): string => `Gantry: ${WORDS[status]}`

export const trayMenu = (health: Health, url: string | null, actions: TrayActions): MenuItemConstructorOptions[] => [
  { id: 'status', label: trayTitle(health), enabled: false },
  ...health.checks
    .filter((check) => check.status !== 'ok')
    .map((check): MenuItemConstructorOptions => ({
      label: `${check.name}: ${check.detail}`.slice(0, LONGEST),
      enabled: false,
    })),
  { id: 'address', label: url === null ? 'HTTP is off' : url.replace('http://', ''), enabled: false },
  { type: 'separator' },
  { id: 'open', label: 'Open Gantry', click: actions.open },
  { id: 'dashboard', label: 'Open dashboard in browser', enabled: url !== null, click: actions.openDashboard },
  { id: 'copy', label: 'Copy dashboard link', enabled: url !== null, click: actions.copyDashboardLink },
  { type: 'separator' },
  { id: 'quit', label: 'Quit Gantry', click: actions.quit },
]

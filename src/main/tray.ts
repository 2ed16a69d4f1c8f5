/** The tray icon: how Gantry is, and the few things one wants without opening the window. */
import { Menu, type MenuItemConstructorOptions, Tray, nativeImage } from 'electron'
import type { Health } from '../contract/index.ts'

export interface TrayActions {
  open: () => void
  openDashboard: () => void
  copyDashboardLink: () => void
  quit: () => void
}

const WORDS: Record<Health['status'], string> = { ok: 'all well', degraded: 'needs a look', failed: 'unwell' }

/** What the menu says for a state of health; the tray only shows it. */
export const trayMenu = (health: Health, url: string | null, actions: TrayActions): MenuItemConstructorOptions[] => [
  { id: 'status', label: `Gantry: ${WORDS[health.status]}`, enabled: false },
  ...health.checks
    .filter((check) => check.status !== 'ok')
    .map((check): MenuItemConstructorOptions => ({ label: `${check.name}: ${check.detail}`.slice(0, 80), enabled: false })),
  { id: 'address', label: url === null ? 'HTTP is off' : url.replace('http://', ''), enabled: false },
  { type: 'separator' },
  { id: 'open', label: 'Open Gantry', click: actions.open },
  { id: 'dashboard', label: 'Open dashboard in browser', enabled: url !== null, click: actions.openDashboard },
  { id: 'copy', label: 'Copy dashboard link', enabled: url !== null, click: actions.copyDashboardLink },
  { type: 'separator' },
  { id: 'quit', label: 'Quit Gantry', click: actions.quit },
]

export interface TrayHandle {
  show: (health: Health, url: string | null) => void
  destroy: () => void
}

export const openTray = (icon: string, actions: TrayActions): TrayHandle => {
  const image = nativeImage.createFromPath(icon)
  if (process.platform === 'darwin') image.setTemplateImage(true)
  const tray = new Tray(image)
  tray.on('click', actions.open)
  let shown = ''
  return {
    show: (health, url) => {
      const items = trayMenu(health, url, actions)
      const words = JSON.stringify(items)
      // Setting a menu rebuilds it on the desktop's side: only when something in it changed.
      if (words === shown) return
      shown = words
      tray.setToolTip(`Gantry: ${WORDS[health.status]}`)
      tray.setContextMenu(Menu.buildFromTemplate(items))
    },
    destroy: () => tray.destroy(),
  }
}

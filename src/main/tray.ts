/** The tray icon: how Gantry is, and the few things one wants without opening the window. */
import { Menu, Tray, nativeImage } from 'electron'
import type { Health } from '../contract/index.ts'
import { type TrayActions, trayMenu, trayTitle } from './tray-menu.ts'

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
      tray.setToolTip(trayTitle(health))
      tray.setContextMenu(Menu.buildFromTemplate(items))
    },
    destroy: () => tray.destroy(),
  }
}

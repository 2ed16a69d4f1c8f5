/** The application menu: what the platform expects, and our own few entries. */
import { Menu, type MenuItemConstructorOptions } from 'electron'

export interface MenuActions {
  goTo: (route: string) => void
  quit: () => void
}

export const menuTemplate = (platform: NodeJS.Platform, isPackaged: boolean, { goTo, quit }: MenuActions): MenuItemConstructorOptions[] => {
  const about: MenuItemConstructorOptions = { id: 'about', label: 'About Gantry', click: () => goTo('/about') }
  const settings: MenuItemConstructorOptions = { id: 'settings', label: 'Settings…', accelerator: 'CmdOrCtrl+,', click: () => goTo('/settings') }
  const leave: MenuItemConstructorOptions = { id: 'quit', label: 'Quit Gantry', accelerator: 'CmdOrCtrl+Q', click: quit }
  const isMac = platform === 'darwin'
  return [
    ...(isMac ? [{ label: 'Gantry', submenu: [about, { type: 'separator' }, settings, { type: 'separator' }, { role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, { type: 'separator' }, leave] } satisfies MenuItemConstructorOptions] : []),
    { label: 'File', submenu: isMac ? [{ role: 'close' }] : [settings, { type: 'separator' }, { role: 'close' }, leave] },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(isPackaged ? [] : ([{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }] satisfies MenuItemConstructorOptions[])),
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ id: 'api', label: 'API reference', click: () => goTo('/api') }, ...(isMac ? [] : [about])] },
  ]
}

export const setMenu = (isPackaged: boolean, actions: MenuActions): void => {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, isPackaged, actions)))
}

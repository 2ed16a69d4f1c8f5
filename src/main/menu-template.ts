/** What the application menu holds on each platform; setting it is the host's part. */
import type { MenuItemConstructorOptions } from 'electron'

export interface MenuActions {
  goTo: (route: string) => void
  quit: () => void
}

const macMenu = (
  about: MenuItemConstructorOptions,
  settings: MenuItemConstructorOptions,
  leave: MenuItemConstructorOptions,
) =>
  ({
    label: 'Gantry',
    submenu: [
      about,
      { type: 'separator' },
      settings,
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      leave,
    ],
  }) satisfies MenuItemConstructorOptions

const DEVELOPER: MenuItemConstructorOptions[] = [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }]

export const menuTemplate = (
  platform: NodeJS.Platform,
  isPackaged: boolean,
  { goTo, quit }: MenuActions,
): MenuItemConstructorOptions[] => {
  const about: MenuItemConstructorOptions = { id: 'about', label: 'About Gantry', click: () => goTo('/about') }
  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: 'Settings…',
    accelerator: 'CmdOrCtrl+,',
    click: () => goTo('/settings'),
  }
  const leave: MenuItemConstructorOptions = {
    id: 'quit',
    label: 'Quit Gantry',
    accelerator: 'CmdOrCtrl+Q',
    click: quit,
  }
  const isMac = platform === 'darwin'
  return [
    ...(isMac ? [macMenu(about, settings, leave)] : []),
    {
      label: 'File',
      submenu: isMac ? [{ role: 'close' }] : [settings, { type: 'separator' }, { role: 'close' }, leave],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(isPackaged ? [] : DEVELOPER),
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [{ id: 'api', label: 'API reference', click: () => goTo('/api') }, ...(isMac ? [] : [about])],
    },
  ]
}

/** The application menu: what the platform expects, and our own few entries. */
import { Menu } from 'electron'
import { type MenuActions, menuTemplate } from './menu-template.ts'

export const setMenu = (isPackaged: boolean, actions: MenuActions): void => {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, isPackaged, actions)))
}

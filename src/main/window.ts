/** The main window: how it looks before its page does, where it stands, what becomes of it when it is closed. */
import { BrowserWindow, nativeTheme, screen } from 'electron'
import { join } from 'node:path'
import { APP_ORIGIN } from './trust.ts'
import { loadWindowState, saveWindowState } from './window-state.ts'

export interface WindowOptions {
  stateFile: string
  preload: string
  icon: string
  /** The development server, while developing. */
  devServer: string | undefined
  known: Set<number>
  /** Asked when the window is about to close: true keeps it, hidden. */
  keepOnClose: () => boolean
}

/** Same as --bg in the page's tokens: no flash between the empty window and the first paint. */
const BACKGROUND = { dark: '#0e1116', light: '#f6f7f9' }

const background = () => (nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light)

export const openWindow = ({ stateFile, preload, icon, devServer, known, keepOnClose }: WindowOptions): BrowserWindow => {
  const { maximized, ...bounds } = loadWindowState(stateFile, screen.getAllDisplays().map((display) => display.workArea))
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'Gantry',
    icon,
    backgroundColor: background(),
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
    },
  })
  const { id } = window.webContents
  known.add(id)
  if (maximized) window.maximize()

  const remember = () => {
    if (window.isDestroyed() || window.isMinimized()) return
    saveWindowState(stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() })
  }
  window.once('ready-to-show', () => window.show())
  window.on('close', (event) => {
    remember()
    if (!keepOnClose()) return
    event.preventDefault()
    window.hide()
  })
  for (const moment of ['resized', 'moved', 'maximize', 'unmaximize'] as const) window.on(moment as 'resized', remember)
  window.on('closed', () => known.delete(id))
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    // A page that crashed lost nothing but its view: show it anew.
    if (reason !== 'clean-exit' && !window.isDestroyed()) window.webContents.reload()
  })
  void window.loadURL(devServer ?? `${APP_ORIGIN}/`)
  return window
}

/** Shows a place in the page, such as `/about`. */
export const goTo = (window: BrowserWindow, route: string): void => {
  const url = new URL(window.webContents.getURL())
  url.hash = route
  void window.loadURL(url.href)
}

export const resourceFile = (appPath: string, name: string): string => join(appPath, 'resources', 'icons', name)

/** The main window: how it looks before its page does, where it stands, what becomes of it when it is closed. */
import { BrowserWindow, type WebContents, nativeTheme, screen } from 'electron'
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

export interface MainWindow {
  isGone: () => boolean
  show: () => void
  hide: () => void
  /** Shows a place in the page, such as `/about`. */
  goTo: (route: string) => void
  /** Remembers where it was and is gone, without asking. */
  end: () => void
}

/** Same as --bg in the page's tokens: no flash between the empty window and the first paint. */
const BACKGROUND = { dark: '#0e1116', light: '#f6f7f9' }

const background = () => (nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light)

/** A window that is dragged says so with every pixel. */
const REMEMBER_AFTER_MS = 200

const keepPlace = (window: BrowserWindow, stateFile: string): (() => void) => {
  let timer: NodeJS.Timeout | undefined
  const remember = () => {
    clearTimeout(timer)
    if (window.isDestroyed() || window.isMinimized()) return
    try {
      saveWindowState(stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() })
    } catch {
      // Not worth disturbing anybody: the next start shows the window where it was before.
    }
  }
  const rememberSoon = () => {
    clearTimeout(timer)
    timer = setTimeout(remember, REMEMBER_AFTER_MS)
  }
  // Linux has no 'resized' and 'moved', which come once at the end; these come everywhere.
  for (const moment of ['resize', 'move', 'maximize', 'unmaximize'] as const)
    window.on(moment as 'resize', rememberSoon)
  window.on('closed', () => clearTimeout(timer))
  return remember
}

/** A page that crashed lost nothing but its view: it is shown anew, ever later if it keeps crashing. */
const RELOAD_AFTER_MS = [0, 1000, 5000, 30_000]
const FORGET_AFTER_MS = 60_000

const reloadWhenCrashed = (contents: WebContents) => {
  let crashes: number[] = []
  contents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return
    const wait = RELOAD_AFTER_MS[Math.min(crashes.length, RELOAD_AFTER_MS.length - 1)]
    crashes = [...crashes.filter((at) => at > Date.now() - FORGET_AFTER_MS), Date.now()]
    setTimeout(() => !contents.isDestroyed() && contents.reload(), wait)
  })
}

export const openWindow = ({ stateFile, preload, icon, devServer, known, keepOnClose }: WindowOptions): MainWindow => {
  const screens = screen.getAllDisplays().map((display) => display.workArea)
  const { maximized, ...bounds } = loadWindowState(stateFile, screens)
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
  const page = devServer ?? `${APP_ORIGIN}/`
  known.add(id)
  const remember = keepPlace(window, stateFile)
  reloadWhenCrashed(window.webContents)
  window.once('ready-to-show', () => (maximized ? window.maximize() : window.show()))
  window.on('close', (event) => {
    remember()
    if (!keepOnClose()) return
    event.preventDefault()
    window.hide()
  })
  window.on('closed', () => known.delete(id))

  // A load that another one overtakes is rejected, which is as it should be.
  const load = (address: string) => void window.loadURL(address).catch(() => undefined)
  load(page)
  return {
    isGone: () => window.isDestroyed(),
    show: () => {
      if (window.isMinimized()) window.restore()
      window.show()
      window.focus()
    },
    hide: () => window.hide(),
    goTo: (route) => load(new URL(`#${route}`, page).href),
    end: () => {
      known.delete(id)
      remember()
      window.destroy()
    },
  }
}

export const resourceFile = (appPath: string, name: string): string => join(appPath, 'resources', 'icons', name)

/**
 * The Electron host: single instance, one window, tray, menu, and the bridge between page and core.
 * Promises that the window is there first and the core right behind it, and that quitting ends everything it started.
 * Never holds a rule of a domain: it composes and shows.
 */
import { type BrowserWindow, app, clipboard, dialog, nativeTheme, session, shell } from 'electron'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, toGantryError } from '../contract/index.ts'
import { type Core, createCore, findHome } from '../core/index.ts'
import { VERSION } from '../core/version.ts'
import { openBridge } from './bridge.ts'
import { lockDownAllContents, lockDownSession } from './lockdown.ts'
import { setMenu } from './menu.ts'
import { declareScheme, serveScheme } from './scheme.ts'
import { claimOrTakeOver } from './takeover.ts'
import { type TrayHandle, openTray } from './tray.ts'
import { trustedOrigins } from './trust.ts'
import { goTo, openWindow, resourceFile } from './window.ts'

const HERE = import.meta.dirname
const RENDERER = join(HERE, '..', 'renderer')
const PRELOAD = join(HERE, '..', 'preload', 'index.cjs')

const optionValue = (name: string): string | undefined => {
  const index = process.argv.indexOf(name)
  const inline = process.argv.find((word) => word.startsWith(`${name}=`))
  return inline?.slice(name.length + 1) ?? (index === -1 ? undefined : process.argv[index + 1])
}

const home = findHome(optionValue('--home'), process.env)
const devServer = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL']
const origins = trustedOrigins(app.isPackaged, devServer)

app.setName('Gantry')
mkdirSync(home, { recursive: true, mode: 0o700 })
// What Chromium keeps lives in the data folder too, so that two homes are two Gantries.
app.setPath('userData', join(home, 'chromium'))
app.setPath('sessionData', join(home, 'chromium'))

/** Electron itself cannot run the command line (its fuse for that is off): a Node beside it does. */
const cliCommand = (): [string, ...string[]] =>
  app.isPackaged
    ? [join(process.resourcesPath, 'bin', process.platform === 'win32' ? 'gantry.cmd' : 'gantry')]
    : [join(app.getAppPath(), 'node_modules', '.bin', 'node'), join(HERE, 'cli.js')]

if (app.requestSingleInstanceLock()) {
  declareScheme()
  // Only root is started without it, where Chromium's own sandbox cannot run.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  lockDownAllContents(origins)
  run()
} else {
  // The first instance was told and shows its window.
  app.exit(0)
}

function run(): void {
  const started = Promise.withResolvers<Core>()
  started.promise.catch(() => undefined)
  const known = new Set<number>()
  let core: Core | undefined
  let window: BrowserWindow | undefined
  let tray: TrayHandle | undefined
  let quitting: Promise<void> | undefined

  const quit = () => {
    quitting ??= end()
  }
  const end = async () => {
    tray?.destroy()
    for (const id of known) known.delete(id)
    window?.destroy()
    await core?.stop()
    app.exit(0)
  }

  const showWindow = () => {
    if (window === undefined || window.isDestroyed()) {
      window = openWindow({
        stateFile: join(home, 'window.json'),
        preload: PRELOAD,
        icon: resourceFile(app.getAppPath(), 'icon.png'),
        devServer,
        known,
        keepOnClose: () => quitting === undefined && (core?.settings.get('window.closeToTray') ?? false),
      })
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  const dashboardLink = (running: Core): string | undefined => {
    const url = running.http.url()
    return url === null ? undefined : running.access.dashboardLink(url).url
  }

  const startCore = async (): Promise<Core> => {
    const made = await claimOrTakeOver(home, () =>
      createCore({
        home,
        mode: 'window',
        version: VERSION,
        env: process.env,
        rendererDir: RENDERER,
        runtimes: { electron: process.versions.electron, chromium: process.versions.chrome },
        command: cliCommand(),
        onStopRequest: quit,
      }),
    )
    core = made
    const applyTheme = () => {
      nativeTheme.themeSource = made.settings.get('window.theme')
    }
    applyTheme()
    made.events.on((event) => {
      if (event.type === 'settings.changed') applyTheme()
      if (event.type !== 'audit.recorded') tray?.show(made.health(), made.http.url())
    })
    await made.start()
    return made
  }

  const startTray = (running: Core) => {
    tray = openTray(resourceFile(app.getAppPath(), process.platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'), {
      open: showWindow,
      openDashboard: () => {
        const link = dashboardLink(running)
        if (link !== undefined) void shell.openExternal(link)
      },
      copyDashboardLink: () => clipboard.writeText(dashboardLink(running) ?? ''),
      quit,
    })
    tray.show(running.health(), running.http.url())
  }

  const failToStart = (thrown: unknown) => {
    const { code, message, hint } = toGantryError(thrown).toBody()
    process.stderr.write(`${message}\n${hint === undefined ? '' : `${hint}\n`}`)
    window?.destroy()
    // Under a test or a script nobody could close a dialog.
    if (process.stdin.isTTY !== true && process.env['GANTRY_NO_DIALOGS'] === undefined) dialog.showErrorBox(message, hint ?? '')
    app.exit(ERRORS[code].exit)
  }

  app.on('second-instance', showWindow)
  app.on('activate', showWindow)
  app.on('window-all-closed', () => {
    if (core?.settings.get('window.closeToTray') !== true) quit()
  })
  app.on('before-quit', (event) => {
    if (quitting !== undefined) return
    event.preventDefault()
    quit()
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, quit)

  openBridge({ core: started.promise, trusted: { windows: known, origins } })

  void app.whenReady().then(async () => {
    serveScheme(RENDERER)
    lockDownSession(session.defaultSession, origins)
    setMenu(app.isPackaged, {
      goTo: (route) => {
        showWindow()
        if (window !== undefined) goTo(window, route)
      },
      quit,
    })
    showWindow()
    try {
      const running = await startCore()
      started.resolve(running)
      startTray(running)
    } catch (thrown) {
      failToStart(thrown)
    }
  })
}

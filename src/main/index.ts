/**
 * The Electron host: single instance, one window, tray, menu, and the bridge between page and core.
 * Promises that the window is there first and the core right behind it, and that quitting ends everything it started.
 * Never holds a rule of a domain: it composes and shows.
 */
import { app, clipboard, nativeTheme, safeStorage, session, shell } from 'electron'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { GantryError } from '../contract/index.ts'
import { type Core, type Vault, createCore, findHome, materialsOf } from '../core/index.ts'
import { claimOrTakeOver } from '../core/takeover/index.ts'
import { VERSION } from '../core/version.ts'
import { openBridge } from './bridge.ts'
import { optionValue } from './command-line.ts'
import { endWithFailure } from './failure.ts'
import { lockDownAllContents, lockDownSession } from './lockdown.ts'
import { setMenu } from './menu.ts'
import { declareScheme, serveScheme } from './scheme.ts'
import { type TrayHandle, openTray } from './tray.ts'
import { trustedOrigins } from './trust.ts'
import { type MainWindow, openWindow, resourceFile } from './window.ts'

const HERE = import.meta.dirname
const RENDERER = join(HERE, '..', 'renderer')
const PRELOAD = join(HERE, '..', 'preload', 'index.cjs')

/** A core that does not end is left behind: whoever stops Gantry wants it stopped. */
const STOP_LIMIT_MS = 4000

const devServer = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL']
const origins = trustedOrigins(app.isPackaged, devServer)

const useHome = (): string => {
  const home = findHome(optionValue(process.argv, '--home'), process.env)
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new GantryError('E_UNAVAILABLE', `The data folder ${home} cannot be used: ${(cause as Error).message}`, {
      hint: 'Name another folder with --home or GANTRY_HOME.',
      cause,
    })
  }
  // What Chromium keeps lives in the data folder too, so that two homes are two Gantries.
  app.setPath('userData', join(home, 'chromium'))
  app.setPath('sessionData', join(home, 'chromium'))
  return home
}

/** Electron itself cannot run the command line (its fuse for that is off): a Node beside it does. */
const cliCommand = (): [string, ...string[]] =>
  app.isPackaged
    ? [join(process.resourcesPath, 'bin', process.platform === 'win32' ? 'gantry.cmd' : 'gantry')]
    : [join(app.getAppPath(), 'node_modules', '.bin', 'node'), join(HERE, 'cli.js')]

const materials = () =>
  app.isPackaged
    ? materialsOf({
        resources: process.resourcesPath,
        node: join(process.resourcesPath, 'runtime', process.platform === 'win32' ? 'node.exe' : 'node'),
      })
    : materialsOf({
        checkout: app.getAppPath(),
        node: join(app.getAppPath(), 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
      })

/** The keychain of the system. Where Linux has none, Electron would only hide the text: that is no vault. */
const vault: Vault = {
  available: () =>
    safeStorage.isEncryptionAvailable() &&
    (process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'),
  seal: (text) => safeStorage.encryptString(text),
  open: (sealed) => safeStorage.decryptString(sealed),
}

app.setName('Gantry')
try {
  open(useHome())
} catch (thrown) {
  void endWithFailure(thrown)
}

function open(home: string): void {
  if (!app.requestSingleInstanceLock()) {
    // The first instance was told and shows its window.
    app.exit(0)
    return
  }
  declareScheme()
  // Only root is started without it, where Chromium's own sandbox cannot run.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  lockDownAllContents(origins)
  run(home)
}

function run(home: string): void {
  const started = Promise.withResolvers<Core>()
  const known = new Set<number>()
  let core: Core | undefined
  let window: MainWindow | undefined
  let tray: TrayHandle | undefined
  let isQuitting = false

  const quit = () => {
    if (isQuitting) return
    isQuitting = true
    setTimeout(() => app.exit(0), STOP_LIMIT_MS)
    tray?.destroy()
    window?.end()
    void end().finally(() => app.exit(0))
  }
  const end = async () => {
    // Half started it cannot be stopped; that takes a moment at most.
    if (core !== undefined) await (await started.promise).stop()
  }

  const showWindow = () => {
    if (isQuitting) return
    if (window !== undefined && !window.isGone()) return window.show()
    window = openWindow({
      stateFile: join(home, 'window.json'),
      preload: PRELOAD,
      icon: resourceFile(app.getAppPath(), 'icon.png'),
      devServer,
      known,
      keepOnClose: () => !isQuitting && (core?.settings.get('window.closeToTray') ?? false),
    })
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
        materials: materials(),
        vault,
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
      if (event.type !== 'audit.recorded' && !isQuitting) tray?.show(made.health(), made.http.url())
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

  app.on('second-instance', showWindow)
  app.on('activate', showWindow)
  app.on('window-all-closed', () => {
    if (core?.settings.get('window.closeToTray') !== true) quit()
  })
  app.on('before-quit', (event) => {
    if (isQuitting) return
    event.preventDefault()
    quit()
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, quit)
  // Electron would show a stack in a dialog, with which nobody can do anything.
  process.on('uncaughtException', ({ stack }) => {
    core?.log.error({ cause: stack }, 'unexpected failure in the main process')
    if (core === undefined) process.stderr.write(`${stack}\n`)
  })

  openBridge({ core: started.promise, trusted: { windows: known, origins } })

  void app.whenReady().then(async () => {
    serveScheme(RENDERER)
    lockDownSession(session.defaultSession, origins)
    setMenu(app.isPackaged, {
      goTo: (route) => {
        showWindow()
        window?.goTo(route)
      },
      quit,
    })
    showWindow()
    try {
      const running = await startCore()
      started.resolve(running)
      if (!isQuitting) startTray(running)
    } catch (thrown) {
      window?.hide()
      await endWithFailure(thrown)
    }
  })
}

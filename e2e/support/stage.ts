/** What a test starts, on data folders of its own; all of it ends with the test, and a failure shows what it said. */
import { type ElectronApplication, type Page, type TestInfo, _electron, expect } from '@playwright/test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, readEndpoint } from '../../src/core/endpoint/index.ts'
import { CLI, ROOT, ROOT_SWITCHES, electronBinary, isRoot } from './paths.ts'
import { type Running, killGroup, killProcess, processesNaming, run } from './processes.ts'

export interface Gantry {
  app: ElectronApplication
  page: Page
  home: string
  pid: number
  endpoint: () => Endpoint
  url: () => string
  /** Its exit code, once it has ended. */
  exit: Promise<number | null>
  /** Quits as the menu does, and waits for the end. */
  quit: () => Promise<void>
}

export interface StartOptions {
  home?: string
  env?: Record<string, string>
  args?: readonly string[]
  /** Without a data folder of the stage: the arguments name another, or none. */
  bare?: boolean
}

export interface Stage {
  home: string
  newHome: (name?: string) => string
  /** The app with its window, ready. */
  launch: (options?: StartOptions) => Promise<Gantry>
  /** The app as a plain process, for what Playwright must not have a hand in. */
  spawnApp: (options?: StartOptions) => Running
  cli: (args: readonly string[], options?: StartOptions & { stdin?: 'pipe' }) => Running
  /** Has a process end with the test, and its words shown if that fails. */
  keep: (name: string, running: Running) => Running
  onEnd: (close: () => unknown) => void
}

const LOWEST_PORT = 21_000

/** Nothing of the surroundings that could lead to a real data folder or change a setting. */
export const cleanEnv = (extra: Record<string, string> = {}): Record<string, string> => {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('GANTRY_') && name !== 'ELECTRON_RUN_AS_NODE') env[name] = value
  }
  return { ...env, GANTRY_NO_DIALOGS: '1', ...extra }
}

/** Where the port is taken Gantry goes to the next one: this only keeps tests from queueing behind 9090. */
export const anyPort = () => String(LOWEST_PORT + Math.floor(Math.random() * 20_000))

export const waitForEndpoint = async (home: string, mode?: Endpoint['mode']): Promise<Endpoint> => {
  await expect.poll(() => readEndpoint(home)?.mode, { timeout: 20_000 }).toEqual(mode ?? expect.any(String))
  const endpoint = readEndpoint(home)
  if (endpoint === undefined) throw new Error(`${home} has no endpoint file`)
  return endpoint
}

const logOf = (home: string) => {
  const file = join(home, 'logs', 'gantry.log')
  return existsSync(file) ? readFileSync(file, 'utf8') : '(no log was written)'
}

export const createStage = (): Stage & { end: (info: TestInfo) => Promise<void> } => {
  const homes: string[] = []
  const words: { name: string; text: () => string }[] = []
  const closers: (() => unknown)[] = []
  const newHome = (name?: string) => {
    const home = name === undefined ? mkdtempSync(join(tmpdir(), 'gantry-e2e-')) : join(tmpdir(), name)
    if (name !== undefined) rmSync(home, { recursive: true, force: true })
    homes.push(home)
    return home
  }
  const home = newHome()

  const launch = async ({ home: at = home, env = {}, args = [] }: StartOptions = {}): Promise<Gantry> => {
    // Without a path of ours Playwright holds the app back until its debuggers are attached; with one, they sometimes never are.
    const app = await _electron.launch({
      cwd: ROOT,
      chromiumSandbox: !isRoot,
      args: [...ROOT_SWITCHES, '.', '--home', at, ...args],
      env: cleanEnv({ GANTRY_HTTP_PORT: anyPort(), ...env }),
      timeout: 20_000,
    })
    const child = app.process()
    const pid = child.pid ?? -1
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => (said = (said + String(chunk)).slice(-20_000)))
    words.push({ name: `window ${pid}`, text: () => said })
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
    closers.push(async () => {
      killGroup(pid)
      if (child.exitCode === null && child.signalCode === null) await exit
    })
    const page = await app.firstWindow()
    page.on('console', (message) => (said += `[page ${message.type()}] ${message.text()}\n`))
    page.on('pageerror', (error) => (said += `[page error] ${error.message}\n`))
    await page.locator('html[data-ready=true]').waitFor({ state: 'attached' })
    const endpoint = () => {
      const found = readEndpoint(at)
      if (found === undefined) throw new Error(`${at} has no endpoint file`)
      return found
    }
    return {
      app,
      page,
      home: at,
      pid,
      endpoint,
      url: () => endpoint().url ?? '',
      exit,
      quit: async () => {
        await app.close()
        await exit
      },
    }
  }

  const keep = (name: string, running: Running): Running => {
    words.push({
      name: `${name} ${running.pid}`,
      text: () => `${running.stdout()}\n${running.stderr()}`.slice(-20_000),
    })
    closers.push(async () => {
      killGroup(running.pid)
      await running.exit.catch(() => undefined)
    })
    return running
  }

  return {
    home,
    newHome,
    launch,
    spawnApp: ({ home: at = home, env = {}, args = [], bare = false } = {}) =>
      keep(
        'app',
        run(electronBinary(), [...ROOT_SWITCHES, '.', ...(bare ? [] : ['--home', at]), ...args], {
          cwd: ROOT,
          env: cleanEnv({ GANTRY_HTTP_PORT: anyPort(), ...env }),
        }),
      ),
    cli: (args, { home: at = home, env = {}, stdin } = {}) =>
      keep(
        'cli',
        run(process.execPath, [CLI, ...args, '--home', at], {
          env: cleanEnv({ GANTRY_HTTP_PORT: anyPort(), ...env }),
          stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
        }),
      ),
    keep,
    onEnd: (close) => void closers.push(close),
    end: async (info) => {
      for (const close of closers.reverse()) await close()
      // A host that a shim started belongs to nobody's group.
      for (const { pid } of homes.flatMap(processesNaming)) killProcess(pid)
      if (info.status !== info.expectedStatus) {
        for (const { name, text } of words) await info.attach(name, { body: text(), contentType: 'text/plain' })
        for (const at of homes) await info.attach('gantry.log', { body: logOf(at), contentType: 'text/plain' })
        for (const { name, text } of words)
          process.stderr.write(`\n── ${name} said ──\n${text().split('\n').slice(-40).join('\n')}\n`)
        for (const at of homes)
          process.stderr.write(`\n── log of ${at} ──\n${logOf(at).split('\n').slice(-25).join('\n')}\n`)
      }
      for (const at of homes) rmSync(at, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

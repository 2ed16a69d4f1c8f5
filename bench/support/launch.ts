/** Starts what is measured: the app with its window, a bare window, the headless host. Each is ended by its pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from '@playwright/test'

const ROOT = join(import.meta.dirname, '..', '..')
const ELECTRON = join(ROOT, 'node_modules', 'electron', 'dist', 'electron')
const ROOT_FLAGS = process.getuid?.() === 0 ? ['--no-sandbox'] : []

export interface Endpoint {
  url: string
  token: string
  socket: string
}

export interface Running {
  pid: number
  home: string
  /** When the process was asked for, in milliseconds since 1970. */
  spawnedAt: number
  stop: () => Promise<void>
}

const start = (
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  home: string,
): Running & { child: ChildProcess } => {
  const spawnedAt = performance.timeOrigin + performance.now()
  const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  if (child.pid === undefined) throw new Error(`${command} did not start`)
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
  return { pid: child.pid, home, spawnedAt, stop, child }
}

const newHome = () => mkdtempSync(join(tmpdir(), 'gantry-bench-'))

/** Resolves with the address Chromium prints for its debugger. */
const debuggerAddress = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const address = /DevTools listening on (ws:\/\/\S+)/.exec(text)?.[1]
      if (address !== undefined) resolve(address)
    })
    child.once('exit', () => reject(new Error(`ended before it was ready: ${text.slice(-2000)}`)))
  })

export interface Windowed extends Running {
  page: Page
  /** From the command to the page being interactive. */
  interactiveMs: number
  /** Lets go of the debugger, so that it costs nothing while idling is measured. */
  detach: () => Promise<void>
}

const attach = async (running: Running & { child: ChildProcess }): Promise<Windowed> => {
  const browser: Browser = await chromium.connectOverCDP(await debuggerAddress(running.child))
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('the browser has no context')
  const page = context.pages()[0] ?? (await context.waitForEvent('page'))
  await page.waitForSelector('html[data-ready=true]', { state: 'attached', timeout: 30_000 })
  const readyAt = await page.evaluate(
    () => performance.timeOrigin + (performance.getEntriesByName('gantry:interactive')[0]?.startTime ?? Number.NaN),
  )
  return { ...running, page, interactiveMs: readyAt - running.spawnedAt, detach: () => browser.close() }
}

export const launchWindow = async (home = newHome(), env: Record<string, string> = {}): Promise<Windowed> =>
  attach(
    start(
      ELECTRON,
      [...ROOT_FLAGS, '--remote-debugging-port=0', '.', '--home', home],
      { GANTRY_NO_DIALOGS: '1', ...env },
      home,
    ),
  )

export const launchBareWindow = async (): Promise<Windowed> => {
  const home = newHome()
  return attach(
    start(ELECTRON, [...ROOT_FLAGS, '--remote-debugging-port=0', join('bench', 'bare')], { BARE_HOME: home }, home),
  )
}

/** Without a debugger: exactly what a user starts. */
export const launchQuietly = (kind: 'window' | 'bare'): Running => {
  const home = newHome()
  return kind === 'window'
    ? start(ELECTRON, [...ROOT_FLAGS, '.', '--home', home], { GANTRY_NO_DIALOGS: '1' }, home)
    : start(ELECTRON, [...ROOT_FLAGS, join('bench', 'bare')], { BARE_HOME: home }, home)
}

export const launchHeadless = async (env: Record<string, string> = {}): Promise<Running> => {
  const home = newHome()
  const running = start(process.execPath, [join('out', 'main', 'cli.js'), 'serve', '--home', home], env, home)
  if (running.child.stdout !== null) await once(running.child.stdout, 'data')
  return running
}

export const endpointOf = ({ home }: Pick<Running, 'home'>): Endpoint =>
  JSON.parse(readFileSync(join(home, 'run', 'endpoint.json'), 'utf8')) as Endpoint

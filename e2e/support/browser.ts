/** A browser for the dashboard: the system's Chromium where there is one, else Electron's. */
import { type Page, _electron, chromium } from '@playwright/test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT_SWITCHES, isRoot } from './paths.ts'
import { type Stage, cleanEnv } from './stage.ts'

const SYSTEM_BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const systemBrowser = () =>
  process.env['GANTRY_E2E_BROWSER'] === 'electron' ? undefined : SYSTEM_BROWSERS.find((path) => existsSync(path))

const openElectron = async (stage: Stage): Promise<Page> => {
  const app = await _electron.launch({
    chromiumSandbox: !isRoot,
    args: [...ROOT_SWITCHES, join(import.meta.dirname, 'browser-app')],
    env: cleanEnv({ BROWSER_DATA: stage.newHome() }),
  })
  stage.onEnd(() => app.close())
  return app.firstWindow()
}

const openSystem = async (stage: Stage, executablePath: string): Promise<Page> => {
  const browser = await chromium.launch({ executablePath, chromiumSandbox: !isRoot })
  stage.onEnd(() => browser.close())
  return browser.newPage({ viewport: { width: 1280, height: 800 } })
}

export interface Tab {
  page: Page
  /** What the page was refused by its own policy, and what it threw. */
  problems: () => readonly string[]
}

/** A browser of its own, that knows of no other's session. */
export const openTab = async (stage: Stage): Promise<Tab> => {
  const path = systemBrowser()
  const page = await (path === undefined ? openElectron(stage) : openSystem(stage, path))
  const problems: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  return { page, problems: () => problems }
}

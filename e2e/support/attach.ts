/** Sees and drives the page of an app that was started without Playwright, as any debugger of Chromium would. */
import { type Page, chromium, expect } from '@playwright/test'
import type { Running } from './processes.ts'
import type { Stage } from './stage.ts'

/** Given to the app, which then says where to connect. */
export const ATTACHABLE = '--remote-debugging-port=0'

const addressOf = (running: Running) => /DevTools listening on (ws:\S+)/.exec(running.stderr())?.[1]

const isOurs = (url: string) => url.startsWith('app://gantry/')

/** Asked over plain HTTP: a debugger that attaches while the page is still being made may wait for ever. */
const pageIsThere = async (address: string) => {
  const { host } = new URL(address)
  const targets = (await (await fetch(`http://${host}/json/list`)).json()) as {
    type: string
    url: string
    title: string
  }[]
  return targets.some(({ type, url, title }) => type === 'page' && isOurs(url) && title === 'Gantry')
}

const ATTACH_WITHIN_MS = 5000

export const attach = async (stage: Stage, running: Running): Promise<Page> => {
  await expect.poll(() => addressOf(running), { timeout: 20_000 }).toBeTruthy()
  const address = addressOf(running) ?? ''
  await expect.poll(() => pageIsThere(address), { timeout: 20_000 }).toBe(true)
  const pages: Page[] = []
  await expect(async () => {
    const browser = await chromium.connectOverCDP(address, { timeout: ATTACH_WITHIN_MS })
    stage.onEnd(() => browser.close())
    pages.push(...browser.contexts().flatMap((context) => context.pages()))
  }).toPass({ timeout: 20_000 })
  const page = pages.find((candidate) => isOurs(candidate.url()))
  if (page === undefined) throw new Error('The page of the app is gone')
  await page.locator('html[data-ready=true]').waitFor({ state: 'attached' })
  return page
}

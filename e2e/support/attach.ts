/** Sees and drives the page of an app that was started without Playwright, as any debugger of Chromium would. */
import { type Page, chromium, expect } from '@playwright/test'
import type { Running } from './processes.ts'
import type { Stage } from './stage.ts'

/** Given to the app, which then says where to connect. */
export const ATTACHABLE = '--remote-debugging-port=0'

const addressOf = (running: Running) => /DevTools listening on (ws:\S+)/.exec(running.stderr())?.[1]

export const attach = async (stage: Stage, running: Running): Promise<Page> => {
  await expect.poll(() => addressOf(running), { timeout: 20_000 }).toBeTruthy()
  const browser = await chromium.connectOverCDP(addressOf(running) ?? '')
  stage.onEnd(() => browser.close())
  const ours = () =>
    browser
      .contexts()
      .flatMap((context) => context.pages())
      .find((page) => page.url().startsWith('app://gantry/'))
  await expect.poll(() => ours()?.url()).toBeTruthy()
  const page = ours()
  if (page === undefined) throw new Error('The page of the app is gone')
  await page.locator('html[data-ready=true]').waitFor({ state: 'attached' })
  return page
}

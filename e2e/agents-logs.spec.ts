/** Logs that behave: nothing moves under the reader, nothing is lost, everything can be reached. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { makeKey, startCommand, waitForAgent } from './support/agents.ts'
import { openTab } from './support/browser.ts'
import { anyPort, waitForEndpoint } from './support/stage.ts'
import { expect, test } from './support/test.ts'
import { open, openAgent } from './support/window.ts'

const LINES = 6000
const MANY = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line $i"; [ $((i % 1000)) = 0 ] && echo "err $i" >&2; done; echo end of it`
const SLOW = 'i=0; while true; do i=$((i+1)); echo "count $i"; sleep 0.05; done'

const log = (page: Page): Locator => page.getByRole('log')

/** The first line that is seen whole, and where it stands. */
const firstSeen = (page: Page) =>
  log(page).evaluate((element) => {
    const top = element.getBoundingClientRect().top
    const row = [...element.querySelectorAll('[data-index]')]
      .map((one) => ({ text: one.textContent, at: Math.round(one.getBoundingClientRect().top) }))
      .toSorted((a, b) => a.at - b.at)
      .find(({ at }) => at >= top)
    return row ?? { text: '', at: -1 }
  })

const wheel = async (page: Page, by: number) => {
  await log(page).hover()
  await page.mouse.wheel(0, by)
}

test('a long log is reached to its very top, and found in', async ({ gantry, page }) => {
  const { id } = await startCommand(gantry.endpoint(), 'long', MANY)
  await waitForAgent(gantry.endpoint(), id)
  await open(page, 'Agents')
  await openAgent(page, 'long')
  await expect(log(page)).toContainText('end of it')
  await expect(page.getByText('Ended', { exact: true })).toBeVisible()

  await log(page).focus()
  await page.keyboard.press('Home')
  await expect(log(page)).toContainText('line 1')
  await expect(log(page)).toContainText('The log begins here')

  const find = page.getByRole('searchbox', { name: 'Find in the log' })
  await page.keyboard.press('/')
  await expect(find).toBeFocused()
  await page.keyboard.type('line 4321')
  await expect(page.getByText('0 found')).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(log(page).locator('mark'), 'it was found beyond what was held').toHaveText('line 4321')
  await find.fill('^line 43(20|22)$')
  await page.getByRole('button', { name: 'Regular expression' }).click()
  await find.press('Enter')
  await expect(page.getByText('1 of 2')).toBeVisible()
  await find.press('Enter')
  await expect(page.getByText('2 of 2')).toBeVisible()
  await find.fill('(')
  await expect(find).toHaveAttribute('aria-invalid', 'true')
  await find.fill('')

  await page.getByRole('button', { name: /^Show out/ }).click()
  await expect(log(page)).toContainText('err 1000')
  await expect(log(page)).not.toContainText('line 1')
  await page.getByRole('button', { name: /^Show out/ }).click()
  await log(page).focus()
  await page.keyboard.press('End')
  await expect(log(page)).toContainText('end of it')
})

test('scrolling up leaves the end, nothing moves then, and a button goes back', async ({ gantry, page }) => {
  await startCommand(gantry.endpoint(), 'counts', SLOW)
  await open(page, 'Agents')
  await openAgent(page, 'counts')
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await expect(log(page)).toContainText('count 60')
  await wheel(page, -300)
  const back = page.getByRole('button', { name: /new lines?$/ })
  await expect(back).toBeVisible()
  const seen = await firstSeen(page)
  const told = await back.innerText()
  await expect(back, 'more comes meanwhile').not.toHaveText(told)
  expect(await firstSeen(page)).toEqual(seen)
  await back.click()
  await expect(back).toBeHidden()
  const newest = () => log(page).locator('[data-index]').last().innerText()
  const former = await newest()
  await expect.poll(newest, 'it follows again').not.toBe(former)
})

test('the whole log is saved to a file, byte for byte', async ({ gantry, stage, page }) => {
  const target = join(stage.newHome(), 'saved.log')
  await gantry.app.evaluate(({ session }, path) => {
    session.defaultSession.on('will-download', (_event, item) => item.setSavePath(path))
  }, target)
  const { id } = await startCommand(gantry.endpoint(), 'saves', MANY)
  await waitForAgent(gantry.endpoint(), id)
  await open(page, 'Agents')
  await openAgent(page, 'saves')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('region', { name: 'Notifications' })).toContainText('saves.log')
  const lines = () => {
    try {
      return readFileSync(target, 'utf8').split('\n')
    } catch {
      return []
    }
  }
  await expect.poll(() => lines().includes('end of it')).toBe(true)
  expect(lines().filter((line) => line.startsWith('line '))).toEqual(
    Array.from({ length: LINES }, (_, index) => `line ${index + 1}`),
  )
})

test('a line of a megabyte and a line of colours do not hold the page', async ({ gantry, page }) => {
  const line = `head -c 1000000 /dev/zero | tr '\\0' x; echo; printf '\\033[31mred\\033[0m\\n'; printf '10 %%\\r100 %%\\n'`
  const { id } = await startCommand(gantry.endpoint(), 'wide', line)
  await waitForAgent(gantry.endpoint(), id)
  await open(page, 'Agents')
  await openAgent(page, 'wide')
  await expect(log(page).getByText('red', { exact: true })).toHaveCSS('color', /rgb|oklch/)
  await expect(log(page)).toContainText('1 earlier state of this line')
  await page.getByRole('button', { name: 'Wrap long lines' }).click()
  const more = log(page).getByRole('button', { name: 'Show more of 1.0 MB' })
  await more.click()
  await expect(log(page).locator('[data-index]').filter({ hasText: 'xxxx' })).toContainText('x'.repeat(65_000))
})

test('a log that is read goes on where it stopped, when Gantry is started again', async ({ stage }) => {
  const port = anyPort()
  const serve = () => stage.cli(['serve'], { env: { GANTRY_HTTP_PORT: port } })
  const first = serve()
  const host = await waitForEndpoint(stage.home, 'headless')
  await startCommand(host, 'survives', SLOW)
  const key = await makeKey(host, 'browser', 'viewer')
  const { page } = await openTab(stage)
  await page.addInitScript((token) => sessionStorage.setItem('gantry:token', token), key)
  await page.goto(`${host.url}/dashboard/#/agents`)
  await openAgent(page, 'survives')
  await expect(log(page)).toContainText('count 20')
  first.child.kill('SIGKILL')
  await first.exit
  await expect(page.getByText('Reconnecting', { exact: true })).toBeVisible()
  serve()
  await expect(page.getByText('Live', { exact: true })).toBeVisible({ timeout: 30_000 })
  await expect(log(page)).toContainText('count 150', { timeout: 30_000 })
  await log(page).focus()
  await page.keyboard.press('Home')
  // The very first line, not one that begins with the same digit.
  await expect(
    log(page)
      .locator('[data-index]')
      .filter({ hasText: /count 1$/ }),
  ).toBeVisible()
  const counts = await log(page).evaluate(async (element, most) => {
    const byNumber = new Map<number, number>()
    const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    for (let step = 0; step < 100 && ![...byNumber.values()].includes(most); step += 1) {
      for (const row of element.querySelectorAll<HTMLElement>('[data-index]')) {
        const count = /count (\d+)$/.exec(row.textContent)?.[1]
        const number = row.querySelector('button')?.textContent.replace(',', '')
        if (count !== undefined) byNumber.set(Number(number), Number(count))
      }
      element.scrollTop += 200
      await painted()
    }
    return [...byNumber].toSorted(([a], [b]) => a - b).map(([, count]) => count)
  }, 150)
  expect(counts.slice(0, 150), 'each line once, none missing').toEqual(
    Array.from({ length: 150 }, (_, index) => index + 1),
  )
})

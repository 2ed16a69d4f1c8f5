/** Pictures of every page in both themes. `GANTRY_SCREENSHOTS=1` keeps them in docs/screenshots. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { furnishAgents } from './support/agents.ts'
import { openTab } from './support/browser.ts'
import { ROOT } from './support/paths.ts'
import { furnish } from './support/seed.ts'
import { expect, test } from './support/test.ts'
import { chooseOption, createKey, open, openAgent, settle } from './support/window.ts'

const SIZE = { width: 1280, height: 800 }
const THEMES = ['Light', 'Dark'] as const

/** Where this checkout lies is nobody's business: the pictures name a place that could be a reader's. */
const forgetPlace = (root: string) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode() !== null) {
    const { currentNode: text } = texts
    if (text.nodeValue?.includes(root) === true) text.nodeValue = text.nodeValue.replaceAll(root, '/opt/gantry')
  }
}

const keep = process.env['GANTRY_SCREENSHOTS'] === '1'

test('every page is pictured in both themes', async ({ stage }, info) => {
  test.slow()
  const folder = keep ? join(ROOT, 'docs', 'screenshots') : info.outputPath('screenshots')
  mkdirSync(folder, { recursive: true })
  // The usual port and a plain name, as on a reader's own machine.
  const home = keep ? stage.newHome('gantry-demo') : stage.home
  const first = await stage.launch({ home, env: { GANTRY_HTTP_PORT: '' } })
  await first.app.evaluate(
    ({ BrowserWindow }, { width, height }) => BrowserWindow.getAllWindows()[0]?.setContentSize(width, height),
    SIZE,
  )
  await expect.poll(() => first.page.evaluate(() => [innerWidth, innerHeight])).toEqual([SIZE.width, SIZE.height])
  const { page } = first

  const shoot = async (name: string, theme: string, of = page) => {
    await of.evaluate(forgetPlace, ROOT)
    await of.mouse.move(0, 0)
    await of.evaluate(() => document.querySelector<HTMLElement>('nav :focus')?.blur())
    await settle(of)
    await of.screenshot({ path: join(folder, `${name}-${theme.toLowerCase()}.png`), animations: 'disabled' })
  }
  const wear = async (theme: (typeof THEMES)[number]) => {
    await open(page, 'Settings')
    await chooseOption(page, 'Theme', theme)
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme.toLowerCase())
  }

  for (const theme of THEMES) {
    await wear(theme)
    await open(page, 'Overview')
    await expect(page.getByRole('region', { name: 'Start here' })).toBeVisible()
    await shoot('first-run', theme)
  }
  await furnish(first)
  await furnishAgents(first.endpoint(), stage.newHome(keep ? 'shop' : undefined))
  for (const theme of THEMES) {
    await wear(theme)
    for (const [section, name] of [
      ['Settings', 'settings'],
      ['Keys', 'keys'],
      ['Audit', 'audit'],
      ['API reference', 'api'],
    ] as const) {
      await open(page, section)
      if (section === 'Audit')
        await page
          .getByRole('table', { name: 'Audit trail' })
          .getByRole('button', { name: 'settings.set' })
          .first()
          .click()
      if (section === 'API reference') await page.getByRole('button', { name: /system\.health/ }).click()
      await expect(page.getByRole('status', { name: 'Loading' })).toBeHidden()
      await shoot(name, theme)
    }
    for (const [section, name] of [
      ['Agents', 'agents'],
      ['Catalogue', 'catalogue'],
      ['Secrets', 'secrets'],
    ] as const) {
      await open(page, section)
      await expect(page.getByRole('status', { name: /^Loading/ })).toBeHidden()
      await shoot(name, theme)
    }
    await open(page, 'Agents')
    await openAgent(page, 'migrate-sessions')
    await expect(page.getByRole('log')).toContainText('legacy_id')
    await page.getByRole('searchbox', { name: 'Find in the log' }).fill('legacy_id')
    await page.getByRole('button', { name: 'Find before' }).click()
    await expect(page.getByRole('img', { name: /^Memory: now/ })).toBeVisible({ timeout: 20_000 })
    await shoot('agent', theme)
    await open(page, 'Agents')
    await openAgent(page, 'tidy-readme')
    await page.getByRole('button', { name: /^Review patch/ }).click()
    await expect(page.getByRole('region', { name: 'Patch' })).toContainText('README.md')
    await shoot('agent-patch', theme)
    await page.getByRole('link', { name: 'New agent' }).click()
    await page.getByRole('radio', { name: /^Assistant/ }).check({ force: true })
    await page
      .getByRole('textbox', { name: 'Task' })
      .fill('Sort the new issues by area, and ask me about those that fit none.')
    await shoot('new-agent', theme)

    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Find or run anything' }).getByRole('combobox').fill('key')
    await shoot('palette', theme)
    await page.keyboard.press('Escape')
    await open(page, 'Overview')
    await page.evaluate(() => (location.hash = '#/about'))
    await expect(page.getByRole('dialog', { name: 'About Gantry' })).toContainText('Data folder')
    await shoot('about', theme)
    await page.keyboard.press('Escape')
    await expect(page.getByRole('img', { name: /^Memory, the last (1\d|[2-9]\d) s/ })).toBeVisible({ timeout: 20_000 })
    await shoot('overview', theme)
  }

  const { page: browser } = await openTab(stage)
  const secret = await createKey(page, 'browser', 'viewer')
  await browser.goto(`${first.url()}/dashboard/`)
  await expect(browser.getByRole('heading', { name: 'Sign in to Gantry' })).toBeVisible()
  for (const theme of ['light', 'dark'] as const) {
    await browser.emulateMedia({ colorScheme: theme })
    await shoot('login', theme, browser)
  }
  await browser.getByLabel('API key').fill(secret)
  await browser.getByRole('button', { name: 'Sign in' }).click()
  await open(browser, 'Keys')
  await expect(browser.getByText('Your role may not see the keys')).toBeVisible()
  await shoot('dashboard-viewer', 'dark', browser)
})

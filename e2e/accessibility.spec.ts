/** Axe finds nothing, on any page and in anything that lies on top, in both themes, whatever the state. */
import AxeBuilder from '@axe-core/playwright'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { startCommand, startDemo, waitForAgent } from './support/agents.ts'
import { openTab } from './support/browser.ts'
import { furnish } from './support/seed.ts'
import { expect, test } from './support/test.ts'
import { SECTIONS, card, createKey, open, openAgent, settle } from './support/window.ts'

const THEMES = ['light', 'dark'] as const

/** Legacy mode stays in the page: Electron opens no other for it. */
const expectNothing = async (page: Page, where: string) => {
  await settle(page)
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  const told = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`),
  )
  expect.soft(told, where).toEqual([])
}

const everySection = async (page: Page, where: string) => {
  for (const section of SECTIONS) {
    await open(page, section)
    await expectNothing(page, `${section}, ${where}`)
  }
}

for (const theme of THEMES) {
  test(`nothing to object to on empty and on furnished pages, ${theme}`, async ({ stage }) => {
    test.slow()
    const gantry = await stage.launch()
    const { page } = gantry
    writeFileSync(join(gantry.home, 'settings.json'), JSON.stringify({ 'window.theme': theme }))
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    await everySection(page, `empty, ${theme}`)
    await furnish(gantry)
    await everySection(page, `furnished, ${theme}`)
    await page.getByRole('button', { name: /system\.health/ }).click()
    await expectNothing(page, `an open entry of the reference, ${theme}`)
    await open(page, 'Audit')
    await page.getByRole('table', { name: 'Audit trail' }).getByRole('button').first().click()
    await expectNothing(page, `an open audit entry, ${theme}`)
    await open(page, 'Keys')
    await page.getByRole('switch', { name: 'Show revoked' }).click()
    await expect(page.getByText('old phone')).toBeVisible()
    await expectNothing(page, `revoked keys, ${theme}`)
    writeFileSync(join(gantry.home, 'settings.json'), JSON.stringify({ 'window.theme': theme, 'log.level': 'loud' }))
    await open(page, 'Overview')
    await expect(page.getByRole('region', { name: 'Needs attention' })).toBeVisible()
    await everySection(page, `with a broken settings file, ${theme}`)
  })

  test(`nothing to object to in what lies on top of the pages, ${theme}`, async ({ stage }) => {
    const { page } = await stage.launch({ env: { GANTRY_WINDOW_THEME: theme } })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const layer = async (name: string, show: () => Promise<void>, role: 'dialog' | 'alertdialog' = 'dialog') => {
      await show()
      await expect(page.getByRole(role, { name })).toBeVisible()
      await expectNothing(page, `${name}, ${theme}`)
      await page.keyboard.press('Escape')
      await expect(page.getByRole(role, { name })).toBeHidden()
    }
    const palette = async (words: string) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox').fill(words)
      await expect(page.getByRole('option').first()).toBeVisible()
      await page.keyboard.press('Enter')
    }
    await layer('Find or run anything', () => page.keyboard.press('Control+k'))
    await layer('Keyboard', () => page.keyboard.press('?'))
    await layer('About Gantry', () => palette('about gantry'))
    await layer('What is running here?', () => palette('running here'))
    await layer('List API keys', () => palette('list api keys'))
    await layer('Watch how Gantry does', () => palette('watch how gantry'))
    await layer('Stop Gantry', () => palette('stop gantry'))
    await layer('Create an API key', () => palette('create an api key'))
    await createKey(page, 'to be revoked')
    await layer(
      'Revoke to be revoked?',
      () => page.getByRole('button', { name: 'Revoke to be revoked' }).click(),
      'alertdialog',
    )
    await open(page, 'Overview')
    await page.getByRole('button', { name: 'Back up now' }).click()
    await expect(page.getByRole('region', { name: 'Notifications' })).toContainText('Backed up')
    await expectNothing(page, `a notice, ${theme}`)
    await layer('Restore this backup?', () => page.getByRole('button', { name: /^Restore / }).click(), 'alertdialog')
  })

  test(`nothing to object to on the pages of agents, ${theme}`, async ({ stage }) => {
    test.slow()
    const gantry = await stage.launch({ env: { GANTRY_WINDOW_THEME: theme } })
    const { page } = gantry
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const host = gantry.endpoint()
    const folder = stage.newHome()
    writeFileSync(join(folder, 'a.txt'), 'one\n')
    const asks = await startDemo(host, 'asks-me', 'ask Keep it? [Keep it|Drop it]', { budget: { money: 5 } })
    const colours = `for n in 31 32 33 34 35 36 37 90 '38;5;208' '38;2;20;20;20' '44' '7'; do printf "\\033[\${n}mcolour $n\\033[0m\\n"; done; echo two >> a.txt; echo oh no >&2; exit 3`
    const failed = await startCommand(host, 'fails', colours, { workspace: { kind: 'copy', path: folder } })
    for (const { id } of [asks, failed]) await waitForAgent(host, id)
    await startCommand(host, 'ticks', 'while true; do echo tick; sleep 1; done')
    await everySection(page, `with agents, ${theme}`)

    await open(page, 'Agents')
    await page.getByRole('button', { name: 'Answer asks-me' }).click()
    await page.getByRole('button', { name: 'Peek at fails' }).click()
    await expect(page.getByRole('list', { name: 'Last lines' }).first()).toBeVisible()
    await expectNothing(page, `peeking, ${theme}`)
    await page.getByRole('button', { name: 'Select all' }).click()
    await page.getByRole('button', { name: 'Stop…' }).click()
    await expect(page.getByRole('list', { name: 'Agents that would be stopped' })).toBeVisible()
    await expectNothing(page, `stopping many, ${theme}`)
    await page.keyboard.press('Escape')

    for (const name of ['asks-me', 'fails'] as const) {
      await openAgent(page, name)
      for (const tab of ['Log', 'Conversation', 'Timeline', 'Patch', 'Settings']) {
        await page.getByRole('tab', { name: tab }).click()
        await expect(page.getByRole('status', { name: /^Loading/ })).toBeHidden()
        await expectNothing(page, `${name}, ${tab}, ${theme}`)
      }
      await open(page, 'Agents')
    }
    await openAgent(page, 'ticks')
    await page.getByRole('searchbox', { name: 'Find in the log' }).fill('tick')
    await page.getByRole('button', { name: 'Find before' }).click()
    await expectNothing(page, `found in a log, ${theme}`)
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await expect(page.getByRole('alertdialog', { name: 'Stop ticks?' })).toBeVisible()
    await expectNothing(page, `asked whether to stop, ${theme}`)
    await page.getByRole('button', { name: 'Stop agent' }).click()
    await expect(page.getByRole('dialog', { name: 'ticks is gone' })).toBeVisible({ timeout: 20_000 })
    await expectNothing(page, `the proof of a stop, ${theme}`)
    await page.keyboard.press('Escape')

    await page.getByRole('link', { name: 'New agent' }).click()
    await page.getByRole('radio', { name: /^Assistant/ }).check({ force: true })
    await page.getByText('Budget, workspace, network, limits and more').click()
    await page.getByText('Egress', { exact: true }).click()
    await page.getByText('Git', { exact: true }).click()
    await page.getByRole('button', { name: /^Start agent/ }).click()
    await expect(page.getByRole('alert').first()).toBeVisible()
    await expectNothing(page, `a new agent, refused, ${theme}`)
    await page.evaluate(() => (location.hash = '#/agents/nobody000000'))
    await expect(page.getByText('There is no such agent')).toBeVisible()
    await expectNothing(page, `no such agent, ${theme}`)
    await open(page, 'Catalogue')
    await page.getByRole('button', { name: 'Set key of OpenAI' }).click()
    await expect(page.getByRole('dialog', { name: 'Set the key openai' })).toBeVisible()
    await expectNothing(page, `setting a key, ${theme}`)
  })

  test(`nothing to object to in the dashboard, signed out and when nothing answers, ${theme}`, async ({ stage }) => {
    const gantry = await stage.launch({ env: { GANTRY_WINDOW_THEME: theme } })
    const secret = await createKey(gantry.page, 'browser', 'admin')
    const { page } = await openTab(stage)
    await page.emulateMedia({ colorScheme: theme })
    await page.goto(`${gantry.url()}/dashboard/`)
    await expect(page.getByRole('heading', { name: 'Sign in to Gantry' })).toBeVisible()
    await expectNothing(page, `signing in, ${theme}`)
    await page.getByLabel('API key').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await expectNothing(page, `a wrong key, ${theme}`)
    await page.getByLabel('API key').fill(secret)
    // Who one is still answers, so that the pages know what to ask for; nothing else does.
    await page.route(/\/rpc\/(?!access\/whoami)/, (route) => route.abort())
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(card(page, 'Health').getByRole('alert')).toContainText('Gantry does not answer.')
    await everySection(page, `nothing answers, ${theme}`)
  })
}

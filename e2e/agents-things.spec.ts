/** What agents are made of, what they leave behind, and lists that are long. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSummary } from '../src/contract/index.ts'
import { readAgent, startCommand, waitForAgent } from './support/agents.ts'
import { openTab } from './support/browser.ts'
import { expect, test } from './support/test.ts'
import { card, createKey, open, openAgent } from './support/window.ts'

test('what an agent changed is reviewed, and written only when it is taken over', async ({ gantry, stage, page }) => {
  const folder = join(stage.newHome(), 'project')
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.txt'), 'one\ntwo\n')
  const { id } = await startCommand(gantry.endpoint(), 'changes', 'echo three >> a.txt; echo new > b.txt', {
    workspace: { kind: 'copy', path: folder },
  })
  await waitForAgent(gantry.endpoint(), id)
  await open(page, 'Agents')
  await openAgent(page, 'changes')
  await page.getByRole('button', { name: /^Review patch/ }).click()
  const patch = page.getByRole('region', { name: 'Patch' })
  await expect(patch).toContainText('three')
  await expect(patch).toContainText('b.txt')
  expect(readFileSync(join(folder, 'a.txt'), 'utf8'), 'nothing was written').toBe('one\ntwo\n')

  await page.getByRole('checkbox', { name: 'Take over b.txt' }).uncheck()
  await page.getByRole('button', { name: 'Take over 1 of 2…' }).click()
  const confirm = page.getByRole('alertdialog', { name: /^Write 1 file into / })
  await expect(confirm).toContainText('a.txt')
  await confirm.getByRole('button', { name: 'Write files' }).click()
  await expect(confirm).toBeHidden()
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('one\ntwo\nthree\n')
  expect(() => readFileSync(join(folder, 'b.txt'))).toThrow('ENOENT')
})

test('an agent is started again with all that it was given', async ({ gantry, page }) => {
  const { id } = await startCommand(gantry.endpoint(), 'once', 'echo the same again', { labels: { team: 'docs' } })
  await waitForAgent(gantry.endpoint(), id)
  await open(page, 'Agents')
  await openAgent(page, 'once')
  await page.getByRole('link', { name: 'Start again' }).click()
  await expect(page.getByRole('textbox', { name: /Command line/ })).toHaveValue('echo the same again')
  await page.getByRole('button', { name: /^Start agent/ }).click()
  await expect(page.getByRole('heading', { level: 1, name: /^Agents \/ command-/ })).toBeVisible()
  await expect(page.getByRole('log')).toContainText('the same again')
  const again = /agents\/([a-z0-9]+)/.exec(page.url())?.[1] ?? ''
  expect((await readAgent(gantry.endpoint(), again)).labels).toEqual({ team: 'docs' })
})

test('the catalogue says what can be used and why not, and a key makes models usable', async ({ page }) => {
  await open(page, 'Catalogue')
  const row = page.getByRole('table', { name: 'Models' }).getByRole('row').filter({ hasText: 'anthropic' }).first()
  await expect(row).toContainText('Not available')
  await card(page, 'Providers').getByRole('button', { name: 'Set key of Anthropic' }).click()
  const dialog = page.getByRole('dialog', { name: 'Set the key anthropic' })
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Paste the key.')
  await dialog.getByLabel('Value').fill('sk-test-0123456789')
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await expect(dialog).toBeHidden()
  await expect(row).not.toContainText('Not available')

  await open(page, 'Secrets')
  await expect(page.getByRole('table', { name: 'Secrets' })).toContainText('anthropic')
  await expect(page.locator('body'), 'the value is never shown').not.toContainText('sk-test')
  await page.getByRole('button', { name: 'Forget anthropic' }).click()
  await page.getByRole('alertdialog', { name: 'Forget anthropic?' }).getByRole('button', { name: 'Forget' }).click()
  await expect(page.getByText('No secret yet')).toBeVisible()
})

const summary = (index: number): AgentSummary => ({
  id: `agent${String(index).padStart(6, '0')}`,
  name: `job-${index}`,
  template: 'command',
  excerpt: `number ${index}`,
  state: 'running',
  group: 'working',
  reason: null,
  exitCode: null,
  needs: null,
  labels: {},
  runtime: 'sandbox',
  model: null,
  createdBy: { kind: 'owner', id: 'owner', name: 'owner' },
  parentId: null,
  createdAt: '2026-11-21T14:00:00.000Z',
  startedAt: '2026-11-21T14:00:00.000Z',
  endedAt: null,
  expiresAt: '2026-11-21T15:00:00.000Z',
  lastActivityAt: '2026-11-21T14:00:00.000Z',
  usage: { modelCalls: 0, tokensIn: 0, tokensOut: 0, money: 0, toolCalls: 0 },
  budget: {},
})

test('of a thousand agents only those that are seen are in the page, and the last is reached', async ({
  gantry,
  stage,
}) => {
  const secret = await createKey(gantry.page, 'browser', 'admin')
  const { page } = await openTab(stage)
  await page.route(/\/rpc\/agents\/list/, (route) =>
    route.fulfill({
      json: {
        json: {
          items: Array.from({ length: 1000 }, (_, index) => summary(index)),
          next: null,
          counts: { 'needs-you': 0, working: 1000, idle: 0, done: 0 },
        },
      },
    }),
  )
  await page.addInitScript((token) => sessionStorage.setItem('gantry:token', token), secret)
  await page.goto(`${gantry.url()}/dashboard/#/agents`)
  await expect(page.getByRole('link', { name: 'job-0', exact: true })).toBeVisible()
  expect(await page.locator('[data-row]').count()).toBeLessThan(80)
  await page.getByRole('link', { name: 'job-0', exact: true }).focus()
  for (let step = 0; step < 60; step += 1) await page.keyboard.press('j')
  await expect(page.getByRole('link', { name: 'job-60', exact: true })).toBeFocused()
  await page.getByRole('button', { name: 'Select all' }).click()
  await expect(page.getByText('1,000 selected')).toBeVisible()
  await page.getByRole('row').filter({ hasText: 'job-60' }).hover()
  await page.mouse.wheel(0, 1_000_000)
  await expect(page.getByRole('link', { name: 'job-999', exact: true })).toBeVisible()
})

test('who may only look sees agents and changes nothing', async ({ gantry, stage }) => {
  await startCommand(gantry.endpoint(), 'watched', 'sleep 300')
  const secret = await createKey(gantry.page, 'browser', 'viewer')
  const { page, problems } = await openTab(stage)
  await page.addInitScript((token) => sessionStorage.setItem('gantry:token', token), secret)
  await page.goto(`${gantry.url()}/dashboard/#/agents`)
  await openAgent(page, 'watched')
  await expect(page.getByRole('log')).toBeAttached()
  for (const name of ['Stop', 'Pause']) await expect(page.getByRole('button', { name, exact: true })).toBeHidden()
  await expect(page.getByRole('link', { name: 'New agent' })).toBeHidden()
  await page.evaluate(() => (location.hash = '#/agents/new'))
  await expect(page.getByText('Your role may not start agents')).toBeVisible()
  await page.evaluate(() => (location.hash = '#/secrets'))
  await expect(page.getByText('Your role may not see which secrets there are')).toBeVisible()
  expect(problems()).toEqual([])
})

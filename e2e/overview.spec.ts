import { expect, test } from './support/test.ts'
import { SECTIONS, card, createKey, open } from './support/window.ts'

test('opens on the overview and shows health that lives', async ({ page }) => {
  await expect(page).toHaveTitle('Gantry')
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  await expect(card(page, 'Health').getByText('All well')).toBeVisible()
  for (const check of [/store.*open, schema/, /settings.*valid/, /http.*listening on/]) {
    await expect(card(page, 'Health').getByRole('listitem').filter({ hasText: check })).toBeVisible()
  }

  const memory = page.getByRole('img', { name: /^Memory, the last/ })
  const first = await memory.getAttribute('aria-label')
  await expect(memory, 'a new sample arrives by itself').not.toHaveAttribute('aria-label', first ?? '')
})

test('says where clients attach, as the endpoint file does', async ({ gantry, page }) => {
  const addresses = card(page, 'Addresses')
  await expect(addresses.getByText(gantry.url(), { exact: true })).toBeVisible()
  await expect(addresses.getByText(`${gantry.url()}/mcp`)).toBeVisible()
  await expect(addresses.getByText(gantry.endpoint().socket)).toBeVisible()
})

test('every section of the side bar opens its page', async ({ page }) => {
  const navigation = page.getByRole('navigation', { name: 'Sections' })
  await expect(navigation.getByRole('link')).toHaveText([...SECTIONS])
  for (const section of SECTIONS) {
    await open(page, section)
    await expect(navigation.getByRole('link', { name: section })).toHaveAttribute('aria-current', 'page')
  }
})

test('an address that leads nowhere says so and leads back', async ({ page }) => {
  await page.evaluate(() => (location.hash = '#/nowhere'))
  await expect(page.getByText('There is no such page')).toBeVisible()
  await page.getByRole('link', { name: 'Go to the overview' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
})

test('a newcomer finds first steps, which are ticked off and stay dismissed', async ({ gantry, stage, page }) => {
  const start = page.getByRole('region', { name: 'Start here' })
  await expect(start.getByRole('list', { name: 'Checks' }).getByRole('listitem')).toHaveCount(3)
  await expect(start.getByRole('list', { name: 'Steps' }).getByRole('listitem')).toHaveCount(4)
  await start.getByRole('link', { name: 'Go to keys' }).click()
  await createKey(page, 'first key')
  await open(page, 'Overview')
  await expect(start.getByRole('listitem').filter({ hasText: 'Make an API key' })).toContainText('Done')
  await start.getByRole('button', { name: 'Dismiss the first steps' }).click()
  await expect(start).toBeHidden()

  await gantry.quit()
  const again = await stage.launch()
  await expect(card(again.page, 'Health').getByText('All well')).toBeVisible()
  await expect(again.page.getByRole('region', { name: 'Start here' })).toBeHidden()
})

test('pages with nothing on them yet say what to do first', async ({ page }) => {
  await expect(card(page, 'Backups').getByText('No backup yet')).toBeVisible()
  await expect(card(page, 'Recent activity').getByText('Nothing has been changed yet')).toBeVisible()
  await open(page, 'Audit')
  await expect(page.getByText('Nothing has been changed yet')).toBeVisible()
  await open(page, 'Keys')
  await expect(page.getByText('No key yet')).toBeVisible()
  await open(page, 'Agents')
  await expect(page.getByText('No agent yet')).toBeVisible()
  await open(page, 'Secrets')
  await expect(page.getByText('No secret yet')).toBeVisible()
})

test('a backup is made, restored and the restore undone, from the overview', async ({ page }) => {
  await createKey(page, 'before the backup')
  await open(page, 'Overview')
  const backups = card(page, 'Backups')
  await backups.getByRole('button', { name: 'Back up now' }).click()
  await expect(backups.getByRole('row', { name: /Made by hand/ })).toBeVisible()
  await createKey(page, 'after the backup')

  await open(page, 'Overview')
  await backups
    .getByRole('row', { name: /Made by hand/ })
    .getByRole('button', { name: /^Restore/ })
    .click()
  const confirm = page.getByRole('alertdialog', { name: 'Restore this backup?' })
  await expect(confirm, 'it says what will be lost').toContainText('after the backup')
  await confirm.getByRole('button', { name: 'Restore' }).click()
  const notice = page
    .getByRole('region', { name: 'Notifications' })
    .getByRole('listitem')
    .filter({ hasText: 'Backup restored' })
  await expect(notice).toBeVisible()
  await expect(backups.getByRole('row', { name: /Before a restore/ })).toBeVisible()
  await open(page, 'Keys')
  await expect(page.getByText('before the backup')).toBeVisible()
  await expect(page.getByText('after the backup')).toBeHidden()

  await notice.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('after the backup')).toBeVisible()
})

test('the about box names version, runtimes and the data folder', async ({ gantry, page }) => {
  await gantry.app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('about')?.click())
  const about = page.getByRole('dialog', { name: 'About Gantry' })
  await expect(about).toContainText(gantry.home)
  await expect(about).toContainText(await gantry.app.evaluate(() => process.versions['electron'] ?? '?'))
  await page.keyboard.press('Escape')
  await expect(about).toBeHidden()
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SETTINGS } from '../src/contract/index.ts'
import { expect, test } from './support/test.ts'
import { card, chooseOption, open } from './support/window.ts'

const fileOf = (home: string) => join(home, 'settings.json')

test('every setting of the contract stands on the settings page, in its group', async ({ page }) => {
  await open(page, 'Settings')
  for (const { group, title } of Object.values(SETTINGS)) {
    await expect(card(page, group).getByRole('listitem').getByText(title, { exact: true }).first()).toBeVisible()
  }
})

test('the theme is applied at once, to the page and to what the desktop draws, and kept over a restart', async ({
  gantry,
  stage,
  page,
}) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await open(page, 'Settings')
  await chooseOption(page, 'Theme', 'Light')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
  const light = await ground()
  await chooseOption(page, 'Theme', 'Dark')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  expect(await ground()).not.toBe(light)
  await expect.poll(() => gantry.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark')

  await gantry.quit()
  const again = await stage.launch()
  await expect(again.page.locator('html')).toHaveAttribute('data-theme', 'dark')
  expect(await again.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark')
  await open(again.page, 'Settings')
  await expect(again.page.getByRole('radio', { name: 'Dark' })).toBeChecked()
})

test('switching HTTP off closes the port at once, and on opens it again', async ({ gantry, page }) => {
  const url = gantry.url()
  const state = page.getByRole('region', { name: 'State' })
  await open(page, 'Settings')
  const listens = page.getByRole('switch', { name: 'Listen for HTTP' })
  await listens.click()
  await expect(state.getByText('HTTP off')).toBeVisible()
  await expect(fetch(`${url}/health`)).rejects.toThrow()
  await listens.click()
  await expect(state.getByText(/:\d+\/mcp/)).toBeVisible()
  expect((await fetch(`${gantry.url()}/health`)).status).toBe(200)
})

test('a value that is not allowed is refused beside its control, and the former one stays', async ({
  gantry,
  page,
}) => {
  await open(page, 'Settings')
  const row = card(page, 'Storage').getByRole('listitem').filter({ hasText: 'Backups to keep' })
  const field = row.getByRole('textbox', { name: 'Backups to keep' })
  await field.fill('0')
  await field.press('Enter')
  await expect(row.getByRole('alert')).toContainText('store.keepBackups')
  await field.fill('3')
  await field.press('Enter')
  await expect(row.getByText('Changed')).toBeVisible()
  await expect(row.getByRole('alert')).toBeHidden()
  expect(JSON.parse(readFileSync(fileOf(gantry.home), 'utf8'))).toEqual({ 'store.keepBackups': 3 })
  await row.getByRole('button', { name: /^Reset Backups to keep/ }).click()
  await expect(field).toHaveValue('7')
})

test('a setting that the environment decides says so and cannot be changed here', async ({ page }) => {
  await open(page, 'Settings')
  const row = card(page, 'Connections').getByRole('listitem').filter({ hasText: 'HTTP port' })
  await expect(row.getByText('Set by')).toContainText('GANTRY_HTTP_PORT')
  await expect(row.getByRole('textbox')).toHaveAttribute('readonly')
})

test('a file changed by hand is applied while running; one with a mistake is told, and its good values stay', async ({
  gantry,
  page,
}) => {
  writeFileSync(fileOf(gantry.home), '{ "window.theme": "dark" }')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')

  writeFileSync(fileOf(gantry.home), '{ "window.theme": "purple" }')
  const problems = page.getByRole('region', { name: 'Needs attention' })
  await expect(problems).toContainText('window.theme')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await open(page, 'Settings')
  await expect(page.getByRole('alert')).toContainText('The settings file cannot be used')
  expect(readFileSync(fileOf(gantry.home), 'utf8'), 'nobody touched the file').toContain('purple')

  writeFileSync(fileOf(gantry.home), '{ "window.theme": "light" }')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
  await expect(page.getByRole('alert')).toBeHidden()
})

test('a settings file that is broken at the start does not keep the window from opening', async ({ stage }) => {
  writeFileSync(fileOf(stage.home), '{ "window.theme": ')
  const { page } = await stage.launch()
  await expect(page.getByRole('region', { name: 'Needs attention' })).toContainText('settings file')
  await expect(page.getByRole('region', { name: 'State' })).toContainText('degraded')
})

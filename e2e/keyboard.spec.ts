import { expect, test } from './support/test.ts'
import { SECTIONS, createKey, keyRow, open, runFromPalette } from './support/window.ts'

test('Ctrl and a number open the sections in their order', async ({ page }) => {
  for (const [index, section] of SECTIONS.entries()) {
    await page.keyboard.press(`Control+${index + 1}`)
    await expect(page.getByRole('heading', { level: 1, name: section })).toBeVisible()
  }
  await page.keyboard.press('Control+9')
  await expect(
    page.getByRole('heading', { level: 1, name: 'API reference' }),
    'a number without a section does nothing',
  ).toBeVisible()
})

test('the palette finds an operation that needs no input, and runs it', async ({ gantry, page }) => {
  await runFromPalette(page, 'running here', 'What is running here?')
  const dialog = page.getByRole('dialog', { name: 'What is running here?' })
  await expect(dialog.getByRole('region', { name: 'Result as JSON' })).toContainText(gantry.home)
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
})

test('the palette asks for the input of an operation that needs some, and says what is wrong with it', async ({
  page,
}) => {
  await runFromPalette(page, 'create key', 'Create an API key')
  const dialog = page.getByRole('dialog', { name: 'Create an API key' })
  await dialog.getByRole('button', { name: 'Run' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  await dialog.getByLabel('Name').fill('from the palette')
  await dialog.getByRole('button', { name: 'Run' }).click()
  await expect(dialog.getByText('Shown once', { exact: true })).toBeVisible()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await open(page, 'Keys')
  await expect(keyRow(page, 'from the palette')).toBeVisible()
})

test('the palette runs what destroys only after it was confirmed', async ({ gantry, page }) => {
  const secret = await createKey(page, 'short-lived', 'viewer')
  const status = async () => (await fetch(`${gantry.url()}/info`, { headers: { 'x-api-key': secret } })).status
  const id = (await keyRow(page, 'short-lived').locator('code').innerText()).trim()
  await runFromPalette(page, 'revoke', 'Revoke an API key')
  const dialog = page.getByRole('dialog', { name: 'Revoke an API key' })
  await dialog.getByLabel('Id').fill(id)
  await dialog.getByRole('button', { name: 'Go on' }).click()
  await expect(dialog.getByText('The key stops working at once, for good.').last()).toBeVisible()
  expect(await status(), 'nothing has happened yet').toBe(200)
  await dialog.getByRole('button', { name: 'Revoke an API key' }).click()
  await expect(dialog.getByRole('region', { name: 'Result as JSON' })).toContainText('revokedAt')
  expect(await status()).toBe(401)
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(keyRow(page, 'short-lived')).toBeHidden()
})

test('a destructive operation without input is confirmed too, and cancelled it does nothing', async ({
  gantry,
  page,
}) => {
  await runFromPalette(page, 'stop gantry', 'Stop Gantry')
  const dialog = page.getByRole('dialog', { name: 'Stop Gantry' })
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(dialog).toBeHidden()
  expect((await fetch(`${gantry.url()}/health`)).status).toBe(200)
})

test('the palette shows a stream as it comes, and ends it when closed', async ({ page }) => {
  await runFromPalette(page, 'how gantry does', 'Watch how Gantry does')
  const dialog = page.getByRole('dialog', { name: 'Watch how Gantry does' })
  await expect(dialog.getByRole('log').getByText('eventLoopP99Ms').first()).toBeVisible()
  await dialog.getByRole('button', { name: 'Stop' }).click()
  await expect(dialog.getByText('Ended')).toBeVisible()
})

test('arrow keys walk the palette, and words that match nothing say so', async ({ page }) => {
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog', { name: 'Find or run anything' })
  await expect(palette.getByRole('option', { selected: true })).toContainText('Overview')
  await page.keyboard.press('ArrowDown')
  await expect(palette.getByRole('option', { selected: true })).toContainText('Agents')
  await palette.getByRole('combobox').fill('no such thing anywhere')
  await expect(palette.getByText('Nothing matches')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(palette).toBeHidden()
})

test('a question mark shows the keyboard, Escape takes it away, and in a field it is just typed', async ({ page }) => {
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard' })
  await expect(help).toContainText('Find or run anything')
  await page.keyboard.press('Escape')
  await expect(help).toBeHidden()
  await open(page, 'Keys')
  await page.keyboard.press('/')
  await page.keyboard.type('why?')
  await expect(page.getByRole('searchbox', { name: 'Filter keys' })).toHaveValue('why?')
  await expect(help).toBeHidden()
})

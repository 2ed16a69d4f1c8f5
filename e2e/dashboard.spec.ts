/** The same pages over HTTP in a browser: signing in, what a role sees, and being signed out. */
import { openTab } from './support/browser.ts'
import { expect, test } from './support/test.ts'
import { type Gantry, type Stage, anyPort } from './support/stage.ts'
import { SECTIONS, card, createKey, keyRow, open } from './support/window.ts'

const loginLink = async (stage: Stage): Promise<string> => {
  const made = stage.cli(['access', 'login-link', '--json'])
  expect(await made.exit).toMatchObject({ code: 0 })
  return (JSON.parse(made.stdout()) as { url: string }).url
}

const signIn = async (stage: Stage, gantry: Gantry, secret: string) => {
  const tab = await openTab(stage)
  await tab.page.goto(`${gantry.url()}/dashboard/`)
  await tab.page.getByLabel('API key').fill(secret)
  await tab.page.getByRole('button', { name: 'Sign in' }).click()
  return tab
}

test('a login link signs in, once; its code does not stay in the address; every page is shown', async ({
  gantry: _gantry,
  stage,
}) => {
  const link = await loginLink(stage)
  const { page, problems } = await openTab(stage)
  await page.goto(link)
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  await expect(card(page, 'Health').getByText('All well')).toBeVisible()
  expect(page.url()).not.toContain('code=')
  for (const section of SECTIONS) await open(page, section)
  await createKey(page, 'made in the browser')
  await page.reload()
  await open(page, 'Audit')
  await expect(page.getByRole('row', { name: /access\.keys\.create/ })).toContainText('dashboard')

  const other = await openTab(stage)
  await other.page.goto(link)
  await expect(other.page.getByRole('status')).toContainText('This link was used already, or is too old.')
  await expect(other.page.getByRole('status')).toContainText('gantry access login-link')
  expect(other.page.url()).not.toContain('code=')
  expect([...problems(), ...other.problems()]).toEqual([])
})

test('an API key signs in; a wrong one is told beside its field', async ({ gantry, stage, page: window }) => {
  const secret = await createKey(window, 'browser', 'operator')
  const { page, problems } = await signIn(stage, gantry, 'gk_wrong')
  await expect(page.getByRole('alert')).toContainText('This key is not valid.')
  await page.getByLabel('API key').fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(card(page, 'Health').getByText('All well')).toBeVisible()
  expect(await page.content(), 'the key is nowhere in the page').not.toContain(secret)
  expect(problems()).toEqual([])
})

test('a viewer is shown what a viewer may see, and leaves no refusals in the trail by looking', async ({
  gantry,
  stage,
  page: window,
}) => {
  const secret = await createKey(window, 'onlooker', 'viewer')
  const { page } = await signIn(stage, gantry, secret)
  await expect(card(page, 'Health').getByText('All well')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Back up now' })).toBeHidden()
  for (const section of SECTIONS) await open(page, section)
  await open(window, 'Audit')
  await expect(window.getByRole('row', { name: /access\.keys\.create/ })).toBeVisible()
  await expect(window.getByRole('row', { name: /Refused/ })).toHaveCount(0)
})

test('a key revoked in the window signs its browser out at once', async ({ gantry, stage, page: window }) => {
  const secret = await createKey(window, 'lost laptop', 'admin')
  const { page } = await signIn(stage, gantry, secret)
  await expect(card(page, 'Health').getByText('All well')).toBeVisible()
  await keyRow(window, 'lost laptop').getByRole('button', { name: 'Revoke lost laptop' }).click()
  await window.getByRole('button', { name: 'Revoke key' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in to Gantry' })).toBeVisible()
  await expect(page.getByRole('status')).toContainText('Your session has ended. Sign in again.')
  expect(await page.evaluate(() => Object.values(sessionStorage))).toEqual([])
})

test('while Gantry is gone the dashboard says so, and goes on by itself once it is back', async ({ stage }) => {
  const port = { GANTRY_HTTP_PORT: anyPort() }
  const first = await stage.launch({ env: port })
  const secret = await createKey(first.page, 'patient', 'admin')
  const { page } = await signIn(stage, first, secret)
  await expect(card(page, 'Health').getByText('All well')).toBeVisible()
  await first.quit()
  await expect(page.getByText('Gantry is not answering')).toBeVisible()
  const second = await stage.launch({ env: port })
  expect(second.url()).toBe(first.url())
  await expect(page.getByText('Gantry is not answering')).toBeHidden()
  await createKey(second.page, 'made after the restart')
  await open(page, 'Keys')
  await expect(keyRow(page, 'made after the restart')).toBeVisible()
})

test('the reference is open to everybody, and nothing else is', async ({ gantry, stage }) => {
  const { page, problems } = await openTab(stage)
  await page.goto(`${gantry.url()}/docs`)
  await expect(page.getByRole('heading', { name: 'Gantry API reference' })).toBeVisible()
  await expect(page.getByRole('status')).toHaveText(/\d+ operations/)
  await page.goto(`${gantry.url()}/dashboard/#/keys`)
  await expect(page.getByRole('heading', { name: 'Sign in to Gantry' })).toBeVisible()
  expect(problems()).toEqual([])
})

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './support/test.ts'
import { card, createKey, keyRow, open } from './support/window.ts'

const asKey = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } })

test('a key is created, its secret shown once, used over HTTP, and works no more once revoked', async ({
  gantry,
  page,
}) => {
  const secret = await createKey(page, 'laptop cron', 'viewer')
  expect((await fetch(`${gantry.url()}/info`, asKey(secret))).status).toBe(200)
  expect(await page.content(), 'the secret is nowhere in the page any more').not.toContain(secret)

  await keyRow(page, 'laptop cron').getByRole('button', { name: 'Revoke laptop cron' }).click()
  const confirm = page.getByRole('alertdialog', { name: 'Revoke laptop cron?' })
  await confirm.getByRole('button', { name: 'Cancel' }).click()
  expect((await fetch(`${gantry.url()}/info`, asKey(secret))).status).toBe(200)

  await keyRow(page, 'laptop cron').getByRole('button', { name: 'Revoke laptop cron' }).click()
  await confirm.getByRole('button', { name: 'Revoke key' }).click()
  await expect(page.getByRole('region', { name: 'Notifications' })).toContainText('laptop cron is revoked')
  expect((await fetch(`${gantry.url()}/info`, asKey(secret))).status).toBe(401)
  await expect(keyRow(page, 'laptop cron')).toBeHidden()
  await page.getByRole('switch', { name: 'Show revoked' }).click()
  await expect(keyRow(page, 'laptop cron')).toContainText('Revoked')
})

test('no secret stands in any file but the one that is for its owner, not even in what Chromium keeps', async ({
  gantry,
  page,
}) => {
  const secret = await createKey(page, 'planted', 'viewer')
  const { token } = gantry.endpoint()
  await fetch(`${gantry.url()}/info`, asKey(secret))
  await fetch(`${gantry.url()}/info?key=${secret}`, asKey(`${secret}x`))
  await gantry.quit()
  const files = readdirSync(gantry.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const holding = (text: string) =>
    files.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text)).map(({ name }) => name)
  expect(files.length, 'there is something to look through').toBeGreaterThan(10)
  expect(holding('planted'), 'the search finds what is there').not.toEqual([])
  expect(holding(secret.slice(4))).toEqual([])
  expect(holding(token.slice(4))).toEqual([])
  expect(existsSync(join(gantry.home, 'run', 'endpoint.json'))).toBe(false)
})

test('a key made elsewhere appears in the window by itself', async ({ gantry, page }) => {
  const admin = await createKey(page, 'admin', 'admin')
  const { headers } = asKey(admin)
  const body = JSON.stringify({ name: 'made over REST', role: 'viewer' })
  await fetch(`${gantry.url()}/access/keys`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  })
  await expect(keyRow(page, 'made over REST')).toBeVisible()
})

test('the audit trail shows live who did what, through which surface, and never a secret', async ({ gantry, page }) => {
  const secret = await createKey(page, 'prying', 'client')
  await open(page, 'Audit')
  const trail = page.getByRole('table', { name: 'Audit trail' })
  await expect(trail.getByRole('row', { name: /access\.keys\.create/ })).toContainText('window')

  expect((await fetch(`${gantry.url()}/access/keys`, asKey(secret))).status).toBe(403)
  const refused = trail.getByRole('row', { name: /access\.keys\.list/ })
  await expect(refused).toContainText('Refused')
  await expect(refused).toContainText('prying')
  await expect(refused).toContainText('rest')

  await trail.getByRole('button', { name: 'access.keys.create' }).click()
  const entry = page.getByRole('complementary', { name: 'access.keys.create' })
  await expect(entry).toContainText('prying')
  expect(await page.content()).not.toContain(secret)
  await page.keyboard.press('Escape')
  await expect(entry).toBeHidden()

  await page.getByLabel('Outcome').selectOption('refused')
  await expect(trail.getByRole('button', { name: 'access.keys.create' })).toBeHidden()
  await expect(refused).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(trail.getByRole('button', { name: 'access.keys.create' })).toBeVisible()
})

test('what is done in the window shows up under recent activity', async ({ page }) => {
  await createKey(page, 'seen at once')
  await open(page, 'Overview')
  await expect(card(page, 'Recent activity').getByRole('listitem').first()).toContainText('access.keys.create')
})

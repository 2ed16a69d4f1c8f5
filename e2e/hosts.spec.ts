/** Which of several Gantries works in a data folder, and what a start says that cannot go on. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { killGroup } from './support/processes.ts'
import { expect, test } from './support/test.ts'
import { waitForEndpoint } from './support/stage.ts'
import { createKey, keyRow, open } from './support/window.ts'

test('the window takes over from a host that a client started, with all it had', async ({ stage }) => {
  const host = stage.cli(['serve', '--attached'])
  await waitForEndpoint(stage.home, 'attached')
  const made = stage.cli(['access', 'keys', 'create', 'made before', '--json'])
  expect(await made.exit).toMatchObject({ code: 0 })

  const gantry = await stage.launch()
  expect(await host.exit).toEqual({ code: 0, signal: null })
  expect(gantry.endpoint()).toMatchObject({ mode: 'window', pid: gantry.pid })
  await open(gantry.page, 'Keys')
  await expect(keyRow(gantry.page, 'made before')).toBeVisible()
})

test('the window leaves a host alone that somebody started on purpose, and says who it is', async ({ stage }) => {
  const host = stage.cli(['serve', '--json'])
  const { pid, url } = await waitForEndpoint(stage.home, 'headless')
  const app = stage.spawnApp()
  expect(await app.exit).toEqual({ code: 6, signal: null })
  expect(app.stderr()).toContain(`Another Gantry already works in ${stage.home} (process ${pid}, headless).`)
  expect(app.stderr()).toContain('gantry system stop')
  expect((await fetch(`${url}/health`)).status, 'the host goes on').toBe(200)
  expect(host.child.exitCode).toBeNull()
})

test('a headless host finds the window there and says so', async ({ gantry, stage }) => {
  const host = stage.cli(['serve'])
  expect(await host.exit).toMatchObject({ code: 6 })
  expect(host.stderr()).toContain(`process ${gantry.pid}, window`)
})

test('two data folders are two Gantries', async ({ gantry, stage }) => {
  const other = await stage.launch({ home: stage.newHome() })
  expect(other.pid).not.toBe(gantry.pid)
  await createKey(other.page, 'only here')
  await open(gantry.page, 'Keys')
  await expect(gantry.page.getByText('No key yet')).toBeVisible()
})

test('an endpoint file left by a killed host delays nothing and hides no other mistake', async ({ stage }) => {
  const host = stage.cli(['serve', '--attached'])
  await waitForEndpoint(stage.home, 'attached')
  killGroup(host.pid)
  await host.exit
  const app = stage.spawnApp({ env: { GANTRY_WINDOW_THEME: 'purple' } })
  expect(await app.exit).toEqual({ code: 2, signal: null })
  expect(app.stderr()).toContain('GANTRY_WINDOW_THEME')
  const gantry = await stage.launch()
  expect(gantry.endpoint().mode).toBe('window')
})

for (const [mistake, args, code, words] of [
  [
    'a data folder that cannot be made',
    ['--home', '/dev/null/gantry'],
    7,
    'The data folder /dev/null/gantry cannot be used',
  ],
  ['--home without a folder', ['--home='], 2, '--home needs a value'],
] as const) {
  test(`${mistake} is told in words, with a hint and an exit code`, async ({ stage }) => {
    const app = stage.spawnApp({ bare: true, args })
    expect(await app.exit).toEqual({ code, signal: null })
    expect(app.stderr()).toContain(words)
    expect(app.stderr(), 'no stack').not.toMatch(/^\s+at /m)
  })
}

test('a database that is no database is told in words; with a backup it is mended', async ({ gantry, page, stage }) => {
  await createKey(page, 'in the backup')
  await open(page, 'Overview')
  await page.getByRole('button', { name: 'Back up now' }).click()
  await expect(page.getByRole('row', { name: /Made by hand/ })).toBeVisible()
  await gantry.quit()
  writeFileSync(join(stage.home, 'data', 'gantry.db'), 'this is no database, whatever its name says. '.repeat(200))

  const again = await stage.launch()
  await expect(again.page.getByRole('region', { name: 'Needs attention' })).toContainText('store')
  await open(again.page, 'Keys')
  await expect(keyRow(again.page, 'in the backup')).toBeVisible()
  expect(readFileSync(join(stage.home, 'logs', 'gantry.log'), 'utf8')).toContain('database repaired')
})

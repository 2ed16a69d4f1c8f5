/** The tray as the desktop sees it: a real bus, and in the desktop's place a program that reads and clicks. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDesktop } from './support/desktop.ts'
import { expect, test } from './support/test.ts'
import { closeWindow, isShown } from './support/window.ts'

test('the tray says how Gantry is, opens the hidden window and quits', async ({ stage }) => {
  const desktop = await openDesktop(stage)
  const gantry = await stage.launch({ env: desktop.env })
  const item = await desktop.trayItem()

  await expect.poll(item.tooltip).toBe('Gantry: all well')
  await expect
    .poll(async () => (await item.menu()).map(({ label, enabled }) => `${label}${enabled ? '' : ' (off)'}`))
    .toEqual([
      'Gantry: all well (off)',
      `${gantry.url().replace('http://', '')} (off)`,
      'Open Gantry',
      'Open dashboard in browser',
      'Copy dashboard link',
      'Quit Gantry',
    ])

  await closeWindow(gantry)
  await expect.poll(() => isShown(gantry)).toBe(false)
  await item.click('Open Gantry')
  await expect.poll(() => isShown(gantry)).toBe(true)

  await item.click('Copy dashboard link')
  await expect
    .poll(() => gantry.app.evaluate(({ clipboard }) => clipboard.readText()))
    .toContain(`${gantry.url()}/dashboard/#/login?code=`)

  await item.click('Quit Gantry')
  expect(await gantry.exit).toBe(0)
})

test('what needs a look stands in the tray as soon as it does', async ({ stage }) => {
  const desktop = await openDesktop(stage)
  await stage.launch({ env: desktop.env })
  const item = await desktop.trayItem()
  await expect.poll(item.tooltip).toBe('Gantry: all well')
  writeFileSync(join(stage.home, 'settings.json'), '{ "log.level": "loud" }')
  await expect.poll(item.tooltip).toBe('Gantry: needs a look')
  await expect.poll(async () => (await item.menu()).some(({ label }) => label.startsWith('settings: '))).toBe(true)
})

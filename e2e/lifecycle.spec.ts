/** Closing, starting again, being killed, being told to stop: what goes on, what ends, and that nothing is lost. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { killGroup, processesInGroup, processesNaming } from './support/processes.ts'
import { expect, test } from './support/test.ts'
import { waitForEndpoint } from './support/stage.ts'
import { chooseOption, closeWindow, createKey, isShown, keyRow, open } from './support/window.ts'

const END_WITHIN_MS = 5000

test('closing the window keeps Gantry running in the tray; starting it again shows the window of the first', async ({
  gantry,
  stage,
}) => {
  await closeWindow(gantry)
  await expect.poll(() => isShown(gantry)).toBe(false)
  expect((await fetch(`${gantry.url()}/health`)).status).toBe(200)

  const second = stage.spawnApp()
  expect(await second.exit).toEqual({ code: 0, signal: null })
  await expect.poll(() => isShown(gantry)).toBe(true)
  expect(gantry.endpoint().pid).toBe(gantry.pid)
  await expect(gantry.page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
})

test('with the tray switched off, closing the window ends Gantry', async ({ gantry, page }) => {
  await open(page, 'Settings')
  const tray = page.getByRole('switch', { name: 'Keep running in the tray' })
  await tray.click()
  await expect(tray).toHaveAttribute('aria-checked', 'false')
  await expect.poll(() => readFileSync(join(gantry.home, 'settings.json'), 'utf8')).toContain('window.closeToTray')
  await closeWindow(gantry)
  await gantry.exit
  expect(existsSync(join(gantry.home, 'run', 'endpoint.json'))).toBe(false)
})

test('size and place are remembered, also when Gantry is quit from elsewhere or killed', async ({ gantry, stage }) => {
  const boundsOf = (running: typeof gantry) =>
    running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())
  const move = (running: typeof gantry, bounds: { x: number; y: number; width: number; height: number }) =>
    running.app.evaluate(({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]?.setBounds(to), bounds)

  const first = { x: 60, y: 40, width: 1000, height: 700 }
  await move(gantry, first)
  await expect.poll(() => boundsOf(gantry)).toEqual(first)
  await gantry.quit()

  const again = await stage.launch()
  expect(await boundsOf(again)).toEqual(first)
  const second = { x: 100, y: 80, width: 900, height: 640 }
  await move(again, second)
  await expect.poll(() => readFileSync(join(stage.home, 'window.json'), 'utf8')).toContain('"width":900')
  killGroup(again.pid)
  await again.exit
  expect(await boundsOf(await stage.launch())).toEqual(second)
})

test('a place that no screen shows any more is not used, nor is a file that says nonsense', async ({ stage }) => {
  const file = join(stage.home, 'window.json')
  const widthAfter = async (text: string) => {
    writeFileSync(file, text)
    const gantry = await stage.launch()
    const bounds = await gantry.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())
    await gantry.quit()
    return bounds
  }
  const away = await widthAfter('{"x":9000,"y":9000,"width":900,"height":600,"maximized":false}')
  expect(away).toMatchObject({ width: 900, height: 600 })
  expect(away?.x).toBeLessThan(9000)
  expect(await widthAfter('{"width":"wide"')).toMatchObject({ width: 1280, height: 800 })
})

test('killed at any moment it starts again with everything it had', async ({ gantry, page, stage }) => {
  const secret = await createKey(page, 'survivor', 'viewer')
  await open(page, 'Settings')
  await chooseOption(page, 'Theme', 'Dark')
  await expect.poll(() => existsSync(join(gantry.home, 'settings.json'))).toBe(true)
  killGroup(gantry.pid)
  await gantry.exit
  expect(existsSync(gantry.endpoint().socket), 'what the dead left lies in the way').toBe(true)

  const again = await stage.launch()
  expect(again.endpoint().pid).toBe(again.pid)
  await expect(again.page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await open(again.page, 'Keys')
  await expect(keyRow(again.page, 'survivor')).toContainText('Works')
  expect((await fetch(`${again.url()}/info`, { headers: { 'x-api-key': secret } })).status).toBe(200)
  await open(again.page, 'Audit')
  const trail = again.page.getByRole('table', { name: 'Audit trail' })
  await expect(trail.getByRole('row', { name: /access\.keys\.create/ })).toContainText('Done')
  await expect(trail.getByRole('row', { name: /settings\.set/ })).toContainText('Done')
})

test('a page that crashes comes back by itself and is connected again', async ({ gantry, page }) => {
  await page.evaluate(() => Object.assign(window, { before: true }))
  for (let time = 0; time < 2; time += 1) {
    const back = gantry.app.evaluate(
      ({ BrowserWindow }) =>
        new Promise<void>((resolve) =>
          BrowserWindow.getAllWindows()[0]?.webContents.once('did-finish-load', () => resolve()),
        ),
    )
    await gantry.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    )
    await back
    await expect
      .poll(() =>
        gantry.app.evaluate(({ BrowserWindow }) =>
          BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
            '[document.documentElement.dataset.ready, "before" in window, document.body.innerText.includes("Core well")]',
          ),
        ),
      )
      .toEqual(['true', false, true])
  }
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} ends everything that was started, within five seconds and with exit code 0`, async ({ stage }) => {
    const app = stage.spawnApp()
    const endpoint = await waitForEndpoint(stage.home)
    await expect.poll(async () => (await fetch(`${endpoint.url}/health`).catch(() => undefined))?.status).toBe(200)
    expect(processesNaming(stage.home).length, 'there is more than one process to end').toBeGreaterThan(2)
    const began = Date.now()
    process.kill(app.pid, signal)
    expect(await app.exit).toEqual({ code: 0, signal: null })
    expect(Date.now() - began).toBeLessThan(END_WITHIN_MS)
    await expect.poll(() => [...processesNaming(stage.home), ...processesInGroup(app.pid)]).toEqual([])
    expect(existsSync(join(stage.home, 'run', 'endpoint.json'))).toBe(false)
    expect(existsSync(endpoint.socket)).toBe(false)
  })
}

test('a signal in the middle of the start ends it as well', async ({ stage }) => {
  const app = stage.spawnApp()
  await expect.poll(() => existsSync(join(stage.home, 'run', 'lock')), { intervals: [5] }).toBe(true)
  const began = Date.now()
  process.kill(app.pid, 'SIGTERM')
  expect(await app.exit).toEqual({ code: 0, signal: null })
  expect(Date.now() - began).toBeLessThan(END_WITHIN_MS)
  await expect.poll(() => processesInGroup(app.pid)).toEqual([])
  expect(existsSync(join(stage.home, 'run', 'endpoint.json'))).toBe(false)
})

test('the data folder and everything that opens doors belongs to its owner alone', async ({ gantry }) => {
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
  expect(modeOf(gantry.home)).toBe('700')
  expect(modeOf(join(gantry.home, 'run'))).toBe('700')
  expect(modeOf(join(gantry.home, 'run', 'endpoint.json'))).toBe('600')
  expect(modeOf(gantry.endpoint().socket)).toBe('600')
})

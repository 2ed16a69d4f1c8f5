/** Who gets a port to the core, and what the page's scheme gives out. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PRELOAD } from './support/paths.ts'
import { expect, test } from './support/test.ts'
import type { Gantry } from './support/stage.ts'

const log = (gantry: Gantry) => readFileSync(join(gantry.home, 'logs', 'gantry.log'), 'utf8')
const refusals = (gantry: Gantry) => log(gantry).split('a page that is not ours asked for a port').length - 1

/** A page asks for a port as ours does, and tells whether it got one. */
const ASK = `
  window.gotPort = false
  window.addEventListener('message', (event) => { if (event.data === 'gantry:port') window.gotPort = true })
  window.postMessage('gantry:connect', '*')
`

test('a window that we did not open gets no port, though it shows our page with our preload', async ({ gantry }) => {
  await gantry.app.evaluate(
    async ({ BrowserWindow }, { preload, ask }) => {
      const window = new BrowserWindow({
        show: false,
        title: 'stranger',
        webPreferences: { preload, sandbox: true, contextIsolation: true },
      })
      await window.loadURL('app://gantry/')
      await window.webContents.executeJavaScript(ask)
    },
    { preload: PRELOAD, ask: ASK },
  )
  await expect.poll(() => refusals(gantry)).toBeGreaterThan(0)
  const got = await gantry.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .find((window) => !window.isVisible())
      ?.webContents.executeJavaScript('[window.gotPort, document.documentElement.dataset.ready]'),
  )
  expect(got).toEqual([false, undefined])
})

test('our own window gets no port while it shows a page of another origin', async ({ gantry }) => {
  const got = gantry.app.evaluate(async ({ BrowserWindow }, ask) => {
    const window = BrowserWindow.getAllWindows()[0]
    await window?.loadURL('data:text/html,<title>stranger</title>')
    await window?.webContents.executeJavaScript(ask)
    return window?.webContents.getURL()
  }, ASK)
  expect(await got).toContain('data:')
  await expect.poll(() => refusals(gantry)).toBe(1)
  expect(
    await gantry.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('window.gotPort'),
    ),
  ).toBe(false)
})

test('a frame inside our page gets no port, nor one that is gone', async ({ gantry }) => {
  const posted = await gantry.app.evaluate(({ BrowserWindow, ipcMain }) => {
    const sender = BrowserWindow.getAllWindows()[0]?.webContents
    const posted: string[] = []
    const frame = (parent: unknown, origin: string) => ({
      parent,
      origin,
      postMessage: (channel: string) => posted.push(channel),
    })
    ipcMain.emit('gantry:connect', { sender, senderFrame: frame({}, 'app://gantry') })
    ipcMain.emit('gantry:connect', { sender, senderFrame: frame(null, 'app://gantry.evil') })
    ipcMain.emit('gantry:connect', { sender, senderFrame: null })
    return posted
  })
  await expect.poll(() => refusals(gantry)).toBe(3)
  expect(posted).toEqual([])
})

test('no other channel leads into the main process', async ({ gantry }) => {
  const channels = await gantry.app.evaluate(({ ipcMain }) => ipcMain.eventNames().map(String))
  // Electron listens for 'error' itself, so that a message of that name cannot throw.
  expect(channels.filter((channel) => channel !== 'error')).toEqual(['gantry:connect'])
})

test('the scheme gives out the built page and nothing beside it', async ({ gantry }) => {
  const status = (url: string) =>
    gantry.app.evaluate(async ({ session }, wanted) => {
      const response = await session.defaultSession.fetch(wanted)
      return { status: response.status, text: (await response.text()).slice(0, 200) }
    }, url)
  expect(await status('app://gantry/')).toMatchObject({ status: 200 })
  expect(await status('app://gantry/index.html')).toMatchObject({ status: 200 })
  const outside = [
    'app://gantry/../main/index.js',
    'app://gantry/%2e%2e/main/index.js',
    'app://gantry/..%2fmain%2findex.js',
    'app://gantry/..%5cmain%5cindex.js',
    'app://gantry/%2fetc%2fpasswd',
    'app://gantry//etc/passwd',
    'app://gantry/index.html%00.js',
    'app://gantry/%E0%A4%A',
    'app://gantry/assets',
    'app://gantry/assets/',
    'app://gantry/no-such-file.js',
  ]
  for (const url of outside) expect(await status(url), url).toEqual({ status: 404, text: 'Not found' })
  for (const url of ['app://evil/', 'app://gantry.evil/', 'app://evil/index.html']) {
    const answer = await status(url).then(
      (response) => response.status,
      () => 'refused',
    )
    expect([404, 'refused'], url).toContain(answer)
  }
})

test('the same page over HTTP carries the same policy', async ({ gantry, page }) => {
  const inWindow = await page.evaluate(async () => Object.fromEntries((await fetch('./')).headers))
  const overHttp = Object.fromEntries((await fetch(`${gantry.url()}/dashboard/`)).headers)
  for (const name of [
    'content-security-policy',
    'x-content-type-options',
    'x-frame-options',
    'referrer-policy',
    'cross-origin-opener-policy',
    'permissions-policy',
  ]) {
    expect(overHttp[name], name).toBeTruthy()
    expect(overHttp[name], name).toBe(inWindow[name])
  }
})

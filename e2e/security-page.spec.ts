/** What the page in the window may not do. Each test fails when the line of defence it names is taken away. */
import { openStranger } from './support/stranger.ts'
import { expect, test } from './support/test.ts'

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

test('the window is isolated, sandboxed and without Node', async ({ gantry, page }) => {
  const preferences = await gantry.app.evaluate(({ BrowserWindow }) => {
    const contents: unknown = BrowserWindow.getAllWindows()[0]?.webContents
    return (contents as { getLastWebPreferences: () => Record<string, unknown> }).getLastWebPreferences()
  })
  expect(preferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  })
  expect(preferences['nodeIntegrationInSubFrames'] ?? false).toBe(false)
  expect(preferences['nodeIntegrationInWorker'] ?? false).toBe(false)
  expect(preferences['allowRunningInsecureContent'] ?? false).toBe(false)
  expect(preferences['experimentalFeatures'] ?? false).toBe(false)
  expect(
    await page.evaluate(() =>
      ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer'].filter((name) => name in window),
    ),
  ).toEqual([])
})

test('the preload gives the page nothing but a port: no name in it is ours', async ({ gantry, page }) => {
  const ours = await page.evaluate(() => Object.getOwnPropertyNames(window))
  const plain = await gantry.app.evaluate(async ({ BrowserWindow }) => {
    const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true, contextIsolation: true } })
    await window.loadURL('app://gantry/index.html?plain#/nowhere')
    const names = (await window.webContents.executeJavaScript('Object.getOwnPropertyNames(window)')) as string[]
    window.destroy()
    return names
  })
  // Libraries of the page load when they are needed, and leave marks that begin like this.
  const mark = /^__(zod|TSR|tsr)/
  expect(ours.filter((name) => !plain.includes(name) && !mark.test(name))).toEqual([])
})

test('the page comes from app://gantry with exactly this policy, and so does every file of it', async ({ page }) => {
  expect(await page.evaluate(() => location.origin)).toBe('app://gantry')
  const files = await page.evaluate(() => [
    './',
    ...[...document.querySelectorAll<HTMLScriptElement>('script[src]')].map((script) => script.src),
  ])
  expect(files.length).toBeGreaterThan(1)
  for (const file of files) {
    const headers = await page.evaluate(async (url) => Object.fromEntries((await fetch(url)).headers), file)
    expect(headers['content-security-policy']).toBe(POLICY)
    expect(headers['x-content-type-options']).toBe('nosniff')
  }
})

test('script and style written into the page do not run, nor does text as code', async ({ page }) => {
  const outcome = await page.evaluate(async () => {
    const violations: string[] = []
    document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))
    const script = document.createElement('script')
    script.textContent = 'window.injected = true'
    const style = document.createElement('style')
    style.textContent = 'body { outline: 7px solid red }'
    document.head.append(script, style)
    const evaluated = await new Promise((resolve) => {
      setTimeout(() => {
        try {
          // oxlint-disable-next-line typescript/no-implied-eval -- this is what must not work
          resolve(Function('return 1')())
        } catch (error) {
          resolve((error as Error).name)
        }
      })
    })
    return {
      injected: 'injected' in window,
      outline: getComputedStyle(document.body).outlineWidth,
      evaluated,
      violations,
    }
  })
  expect(outcome).toMatchObject({ injected: false, evaluated: 'EvalError' })
  expect(outcome.outline).not.toBe('7px')
  expect(outcome.violations).toEqual(expect.arrayContaining(['script-src-elem', 'style-src-elem']))
})

test('the page can load nothing from elsewhere', async ({ page, stage }) => {
  const stranger = await openStranger(stage)
  const outcome = await page.evaluate(async (url) => {
    const settled = (element: HTMLElement) =>
      new Promise<string>((resolve) => {
        element.addEventListener('load', () => resolve('loaded'))
        element.addEventListener('error', () => resolve('refused'))
        document.body.append(element)
      })
    const image = Object.assign(new Image(), { src: `${url}/image` })
    const script = Object.assign(document.createElement('script'), { src: `${url}/script` })
    const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `${url}/style` })
    const frame = Object.assign(document.createElement('iframe'), { src: `${url}/frame` })
    const socket = new Promise<string>((resolve) => {
      const opened = new WebSocket(url.replace('http', 'ws'))
      opened.onopen = () => resolve('loaded')
      opened.onerror = () => resolve('refused')
    })
    document.body.append(frame)
    return {
      fetch: await fetch(`${url}/fetch`).then(
        () => 'loaded',
        () => 'refused',
      ),
      image: await settled(image),
      script: await settled(script),
      style: await settled(style),
      socket: await socket,
    }
  }, stranger.url)
  expect(outcome).toEqual({
    fetch: 'refused',
    image: 'refused',
    script: 'refused',
    style: 'refused',
    socket: 'refused',
  })
  expect(stranger.visits()).toEqual([])
})

test('even a page without a policy cannot load from elsewhere: the session cancels it', async ({ gantry, stage }) => {
  const stranger = await openStranger(stage)
  const outcome = await gantry.app.evaluate(async ({ BrowserWindow }, url) => {
    const window = new BrowserWindow({ show: false })
    await window.loadURL('data:text/html,<title>no policy</title>')
    const result: unknown = await window.webContents.executeJavaScript(
      `fetch('${url}/').then(() => 'loaded', () => 'refused')`,
    )
    const itself = await window.loadURL(`${url}/page`).then(
      () => 'loaded',
      () => 'refused',
    )
    window.destroy()
    return [result, itself]
  }, stranger.url)
  expect(outcome).toEqual(['refused', 'refused'])
  expect(stranger.visits()).toEqual([])
})

test('the page cannot be led away', async ({ gantry, page, stage }) => {
  const stranger = await openStranger(stage)
  // Registered after ours, so it sees what ours decided.
  const attempts = await gantry.app.evaluateHandle(({ BrowserWindow }) => {
    const seen: [url: string, prevented: boolean][] = []
    BrowserWindow.getAllWindows()[0]?.webContents.on('will-navigate', (event) =>
      seen.push([event.url, event.defaultPrevented]),
    )
    return seen
  })
  for (const target of [`${stranger.url}/`, 'https://example.com/', 'app://gantry.evil/', 'app://evil/']) {
    await page.evaluate((url) => void setTimeout(() => (location.href = url)), target)
    await expect.poll(async () => (await attempts.jsonValue()).at(-1), target).toEqual([target, true])
    expect(page.url()).toMatch(/^app:\/\/gantry\//)
  }
  expect(stranger.visits()).toEqual([])
})

test('the page opens no window, by script or by link', async ({ gantry, page }) => {
  expect(await page.evaluate(() => window.open('https://example.com/') === null)).toBe(true)
  expect(await page.evaluate(() => window.open('app://gantry/') === null)).toBe(true)
  await page.evaluate(() => {
    const link = Object.assign(document.createElement('a'), { href: 'app://gantry/#/about', target: '_blank' })
    document.body.append(link)
    link.click()
  })
  expect(await page.evaluate(() => fetch('./').then(({ status }) => status)), 'the page goes on').toBe(200)
  expect(await gantry.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
})

test('no page gets a webview, not even one in a window that allows them', async ({ gantry, page }) => {
  expect(await page.evaluate(() => 'getWebContentsId' in document.createElement('webview'))).toBe(false)
  const prevented = await gantry.app.evaluate(async ({ BrowserWindow, webContents }) => {
    const window = new BrowserWindow({ show: false, webPreferences: { webviewTag: true } })
    const decided = new Promise<boolean>((resolve) =>
      window.webContents.on('will-attach-webview', (event) => resolve(event.defaultPrevented)),
    )
    await window.loadURL('data:text/html,<webview src="about:blank"></webview>')
    const answer = await decided
    const attached = webContents.getAllWebContents().filter((contents) => contents.getType() === 'webview').length
    window.destroy()
    return { answer, attached }
  })
  expect(prevented).toEqual({ answer: true, attached: 0 })
})

test('every permission is denied but writing text to the clipboard', async ({ gantry, page }) => {
  const names = [
    'geolocation',
    'notifications',
    'camera',
    'microphone',
    'midi',
    'clipboard-read',
    'persistent-storage',
    'background-sync',
    'idle-detection',
    'display-capture',
    'window-management',
    'local-fonts',
    'storage-access',
    'screen-wake-lock',
  ]
  const states = await page.evaluate(async (asked) => {
    const states: Record<string, string> = {}
    for (const name of asked)
      states[name] = await navigator.permissions.query({ name: name as PermissionName }).then(
        ({ state }) => state,
        () => 'unknown',
      )
    return states
  }, names)
  expect(Object.entries(states).filter(([, state]) => state === 'granted')).toEqual([])

  const asked = await page.evaluate(async () => {
    const name = (error: unknown) => (error as Error).name
    return {
      notification: await Notification.requestPermission(),
      camera: await navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'granted', name),
      screen: await navigator.mediaDevices.getDisplayMedia().then(() => 'granted', name),
      place: await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve('granted'),
          ({ code }) => resolve(code),
        ),
      ),
      read: await navigator.clipboard.readText().then(() => 'granted', name),
    }
  })
  expect(asked).toMatchObject({ notification: 'denied', place: 1, read: 'NotAllowedError' })
  expect(asked.camera).not.toBe('granted')
  expect(asked.screen).not.toBe('granted')

  await page.getByRole('button', { name: 'Copy MCP address' }).click()
  await expect(page.getByRole('button', { name: 'Copied MCP address' })).toBeVisible()
  expect(await gantry.app.evaluate(({ clipboard }) => clipboard.readText())).toBe(`${gantry.url()}/mcp`)
})

/** What no page may do, whatever it is: leave, open windows, ask for devices, load from elsewhere. */
import { type Session, type WebContents, app } from 'electron'
import { mayDownload, mayLoad, mayShow } from './trust.ts'

/** Writing text to the clipboard, after a click, is all that our page asks for. */
const isGranted = (permission: string): boolean => permission === 'clipboard-sanitized-write'

export const lockDownSession = (session: Session, origins: ReadonlySet<string>): void => {
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(isGranted(permission)))
  session.setPermissionCheckHandler((_contents, permission) => isGranted(permission))
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event, item) => {
    if (!mayDownload(item.getURL(), origins)) event.preventDefault()
  })
  session.webRequest.onBeforeRequest((details, decide) => decide({ cancel: !mayLoad(details.url, origins) }))
}

const lockDownContents = (contents: WebContents, origins: ReadonlySet<string>) => {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-navigate', (event) => {
    if (!mayShow(event.url, origins)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

export const lockDownAllContents = (origins: ReadonlySet<string>): void => {
  app.on('web-contents-created', (_event, contents) => lockDownContents(contents, origins))
}

/** Who may talk to the main process: the top frame of a window we opened, showing our own page. Nobody else. */

export const APP_ORIGIN = 'app://gantry'

interface Frame {
  origin: string
  parent: unknown
}

export interface Sender {
  /** The web contents the message came through. */
  contentsId: number
  frame: Frame | null
}

export const isTrusted = (
  { contentsId, frame }: Sender,
  trusted: { windows: ReadonlySet<number>; origins: ReadonlySet<string> },
): boolean => frame !== null && frame.parent === null && trusted.origins.has(frame.origin) && trusted.windows.has(contentsId)

/** While developing, the page comes from the development server; a packaged app knows no other origin than its own. */
export const trustedOrigins = (isPackaged: boolean, devServer: string | undefined): ReadonlySet<string> =>
  new Set(isPackaged || devServer === undefined ? [APP_ORIGIN] : [APP_ORIGIN, new URL(devServer).origin])

/** Requests the page may make at all: to its own origin, and what the developer tools need. */
export const mayLoad = (url: string, origins: ReadonlySet<string>): boolean => {
  const { protocol, origin, host } = new URL(url)
  if (protocol === 'app:') return host === 'gantry'
  if (protocol === 'devtools:' || protocol === 'data:' || protocol === 'blob:') return true
  return origins.has(origin) || origins.has(origin.replace(/^ws/, 'http'))
}

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
): boolean =>
  frame !== null && frame.parent === null && trusted.origins.has(frame.origin) && trusted.windows.has(contentsId)

/** While developing, the page comes from the development server; a packaged app knows no other origin than its own. */
export const trustedOrigins = (isPackaged: boolean, devServer: string | undefined): ReadonlySet<string> =>
  new Set(isPackaged || devServer === undefined ? [APP_ORIGIN] : [APP_ORIGIN, new URL(devServer).origin])

/** Node gives addresses of a scheme it does not know the origin "null", so ours is told by its parts. */
const isOurScheme = ({ protocol, host }: URL): boolean => protocol === 'app:' && host === 'gantry'

/** Where a window may go: our own page. */
export const mayShow = (url: string, origins: ReadonlySet<string>): boolean => {
  const address = new URL(url)
  return isOurScheme(address) || origins.has(address.origin)
}

/** What may become a file, where the person says: what our page made itself, such as a saved log. */
export const mayDownload = (url: string, origins: ReadonlySet<string>): boolean =>
  url.startsWith('blob:') && URL.canParse(url.slice('blob:'.length)) && mayShow(url.slice('blob:'.length), origins)

const HARMLESS = new Set(['devtools:', 'data:', 'blob:'])

/** Requests the page may make at all: to its own origin, and what the developer tools need. */
export const mayLoad = (url: string, origins: ReadonlySet<string>): boolean => {
  const { protocol, origin } = new URL(url)
  return HARMLESS.has(protocol) || mayShow(url, origins) || origins.has(origin.replace(/^ws/, 'http'))
}

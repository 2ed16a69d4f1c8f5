/** The same page is the desktop window and, served over HTTP, the dashboard. Only the way to the core differs. */
export type Surface = 'window' | 'dashboard'

export const surface: Surface =
  location.protocol === 'app:' || navigator.userAgent.includes('Electron') ? 'window' : 'dashboard'

/** The dashboard's token. It lives as long as the tab: closing it signs out. The window needs none. */
import { createStore } from './ui/store.ts'

const KEY = 'gantry:token'

export interface Session {
  token: string | null
  /** Why there is no session any more, where there was one. */
  ended: string | null
}

export const session = createStore<Session>({ token: sessionStorage.getItem(KEY), ended: null })

export const beginSession = (token: string) => {
  sessionStorage.setItem(KEY, token)
  session.set({ token, ended: null })
}

export const endSession = (reason: string | null) => {
  sessionStorage.removeItem(KEY)
  session.set({ token: null, ended: reason })
}

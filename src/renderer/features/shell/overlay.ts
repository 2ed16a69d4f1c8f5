/** Which of the things that lie over every page is open: at most one. */
import { createStore } from '../../ui/store.ts'

export type Overlay = { kind: 'none' } | { kind: 'palette' } | { kind: 'help' } | { kind: 'run'; operation: string }

const NONE: Overlay = { kind: 'none' }

export const overlay = createStore<Overlay>(NONE)
export const openPalette = () => overlay.set({ kind: 'palette' })
export const openHelp = () => overlay.set({ kind: 'help' })
export const openRun = (operation: string) => overlay.set({ kind: 'run', operation })
export const closeOverlay = () => overlay.set(NONE)

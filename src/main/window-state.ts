/** Where the window was. Kept in the data folder, and only believed if a screen still shows that place. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const Size = z.int().min(400).max(20_000)
const Place = z.int().min(-50_000).max(50_000)
const WindowState = z.object({
  x: Place.optional(),
  y: Place.optional(),
  width: Size,
  height: Size,
  maximized: z.boolean(),
})
export type WindowState = z.infer<typeof WindowState>

export interface Area {
  x: number
  y: number
  width: number
  height: number
}

const DEFAULT: WindowState = { width: 1280, height: 800, maximized: false }

/** As much of the title bar as one can still grab. */
const VISIBLE = 100

const isReachable = ({ x, y, width }: WindowState, screens: readonly Area[]): boolean =>
  x !== undefined &&
  y !== undefined &&
  screens.some(
    (screen) =>
      x + width >= screen.x + VISIBLE &&
      x <= screen.x + screen.width - VISIBLE &&
      y >= screen.y &&
      y <= screen.y + screen.height - VISIBLE,
  )

export const fitToScreens = (state: WindowState, screens: readonly Area[]): WindowState => {
  if (isReachable(state, screens)) return state
  const { x: _x, y: _y, ...centred } = state
  return centred
}

export const loadWindowState = (file: string, screens: readonly Area[]): WindowState => {
  try {
    return fitToScreens(WindowState.parse(JSON.parse(readFileSync(file, 'utf8'))), screens)
  } catch {
    return DEFAULT
  }
}

export const saveWindowState = (file: string, state: WindowState): void => {
  const temporary = `${file}.tmp`
  writeFileSync(temporary, JSON.stringify(state), { mode: 0o600 })
  renameSync(temporary, file)
}

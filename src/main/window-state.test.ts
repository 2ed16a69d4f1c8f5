import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { fitToScreens, loadWindowState, saveWindowState } from './window-state.ts'

const LEFT = { x: 0, y: 0, width: 1440, height: 900 }
const RIGHT = { x: 1440, y: 0, width: 1920, height: 1080 }
const DEFAULT = { width: 1280, height: 800, maximized: false }

const folders: string[] = []
const newFile = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-window-'))
  folders.push(folder)
  return join(folder, 'window.json')
}
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })))

test('what was saved is loaded, and only its owner can read it', () => {
  const file = newFile()
  const state = { x: 10, y: 20, width: 900, height: 700, maximized: true }
  saveWindowState(file, state)
  expect(loadWindowState(file, [LEFT])).toEqual(state)
  expect(statSync(file).mode & 0o077).toBe(0)
})

test('a window on a second screen stays there while there is one, and is centred when it is gone', () => {
  const state = { x: 1500, y: 50, width: 900, height: 700, maximized: false }
  expect(fitToScreens(state, [LEFT, RIGHT])).toEqual(state)
  expect(fitToScreens(state, [LEFT])).toEqual({ width: 900, height: 700, maximized: false })
})

test.each([
  ['far to the right', { x: 1400, y: 10 }],
  ['far to the left', { x: -850, y: 10 }],
  ['below', { x: 10, y: 850 }],
  ['above, where its title bar cannot be reached', { x: 10, y: -200 }],
])('a window that cannot be grabbed is centred: %s', (_where, place) => {
  expect(fitToScreens({ ...place, width: 900, height: 700, maximized: false }, [LEFT])).not.toHaveProperty('x')
})

test.each([
  ['no file', undefined],
  ['an empty file', ''],
  ['broken JSON', '{"width":'],
  ['another shape', '[1,2,3]'],
  ['a size no window can have', '{"x":0,"y":0,"width":3,"height":1e9,"maximized":false}'],
  ['words for numbers', '{"x":"left","y":0,"width":900,"height":700,"maximized":false}'],
])('%s gives the window its usual size', (_what, text) => {
  const file = newFile()
  if (text !== undefined) writeFileSync(file, text)
  expect(loadWindowState(file, [LEFT])).toEqual(DEFAULT)
})

import type { MenuItemConstructorOptions } from 'electron'
import { describe, expect, test } from 'vitest'
import { menuTemplate } from './menu-template.ts'

const flatten = (items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flatten(item.submenu) : [])])

const build = (platform: NodeJS.Platform, isPackaged = true) => {
  const done: string[] = []
  const template = menuTemplate(platform, isPackaged, {
    goTo: (route) => done.push(route),
    quit: () => done.push('quit'),
  })
  const items = flatten(template)
  const click = (id: string) => items.find((item) => item.id === id)?.click?.({} as never, undefined, {} as never)
  return { template, items, done, click }
}

const PLATFORMS = ['darwin', 'win32', 'linux'] as const

describe.each(PLATFORMS)('the menu on %s', (platform) => {
  test('leads to settings, about box and reference, and quits, each exactly once', () => {
    const { items, done, click } = build(platform)
    for (const id of ['settings', 'about', 'api', 'quit']) {
      expect(items.filter((item) => item.id === id)).toHaveLength(1)
      click(id)
    }
    expect(done).toEqual(['/settings', '/about', '/api', 'quit'])
  })

  test('copies and pastes, also where a page has no keys of its own for it', () => {
    expect(build(platform).items.some(({ role }) => role === 'editMenu')).toBe(true)
  })

  test('offers reload and developer tools only while developing', () => {
    const roles = (isPackaged: boolean) => build(platform, isPackaged).items.map(({ role }) => role)
    expect(roles(false)).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']))
    expect(roles(true)).not.toContain('toggleDevTools')
    expect(roles(true)).not.toContain('reload')
  })

  test('gives no two entries the same keys', () => {
    const keys = build(platform).items.flatMap(({ accelerator }) =>
      accelerator === undefined ? [] : [String(accelerator)],
    )
    expect(new Set(keys).size).toBe(keys.length)
  })
})

test('the menu of the app comes first on macOS, and nowhere else', () => {
  expect(PLATFORMS.map((platform) => build(platform).template[0]?.label)).toEqual(['Gantry', 'File', 'File'])
})

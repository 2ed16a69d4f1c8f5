import { expect, test } from 'vitest'
import type { Health } from '../contract/index.ts'
import { trayMenu, trayTitle } from './tray-menu.ts'

const health = (status: Health['status'], checks: Health['checks'] = []): Health => ({
  status,
  version: '1.0.0',
  uptimeSeconds: 1,
  checks,
})
const URL = 'http://127.0.0.1:9090'

const build = (state: Health, url: string | null = URL) => {
  const done: string[] = []
  const act = (name: string) => () => void done.push(name)
  const items = trayMenu(state, url, {
    open: act('open'),
    openDashboard: act('dashboard'),
    copyDashboardLink: act('copy'),
    quit: act('quit'),
  })
  const item = (id: string) => items.find((candidate) => candidate.id === id)
  return { items, item, done, labels: items.flatMap(({ label }) => (label === undefined ? [] : [label])) }
}

test('it says in words how Gantry is', () => {
  expect([health('ok'), health('degraded'), health('failed')].map(trayTitle)).toEqual([
    'Gantry: all well',
    'Gantry: needs a look',
    'Gantry: unwell',
  ])
})

test('it names what is unwell, and only that, and no longer than a menu can hold', () => {
  const { labels } = build(
    health('degraded', [
      { name: 'store', status: 'ok', detail: 'open' },
      { name: 'settings', status: 'degraded', detail: 'x'.repeat(500) },
    ]),
  )
  expect(labels.some((label) => label.startsWith('store'))).toBe(false)
  const named = labels.find((label) => label.startsWith('settings: '))
  expect(named?.length).toBe(80)
})

test('each entry does what it says', () => {
  const { item, done } = build(health('ok'))
  for (const id of ['open', 'dashboard', 'copy', 'quit']) item(id)?.click?.({} as never, undefined, {} as never)
  expect(done).toEqual(['open', 'dashboard', 'copy', 'quit'])
  expect(item('address')?.label).toBe('127.0.0.1:9090')
})

test('without HTTP there is no dashboard to open or to link to', () => {
  const { item } = build(health('ok'), null)
  expect(item('address')?.label).toBe('HTTP is off')
  expect(item('dashboard')?.enabled).toBe(false)
  expect(item('copy')?.enabled).toBe(false)
  expect(item('open')?.enabled).not.toBe(false)
})

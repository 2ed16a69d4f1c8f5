import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempHome } from '../testing/index.ts'
import { removeLeftovers, replaceFile } from './index.ts'

test('a replaced file holds the new content, is its owner’s alone, and leaves nothing beside it', () => {
  const folder = tempHome()
  const file = join(folder, 'a.json')
  writeFileSync(file, 'old', { mode: 0o644 })
  replaceFile(file, 'new')
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['a.json'])
})

test('where it cannot be put in place, the old one stays and the new one goes', () => {
  const folder = tempHome()
  const file = join(folder, 'a.json')
  mkdirSync(join(file, 'full'), { recursive: true })
  expect(() => replaceFile(file, 'new')).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/)
  expect(readdirSync(folder)).toEqual(['a.json'])
  expect(existsSync(join(file, 'full'))).toBe(true)
})

test('what a kill left behind is removed, and nothing else', () => {
  const folder = tempHome()
  const names = ['a.json', 'a.json.0123456789ab.tmp', 'a.json.mine.tmp', 'b.json.0123456789ab.tmp']
  for (const name of names) writeFileSync(join(folder, name), '')
  removeLeftovers(join(folder, 'a.json'))
  expect(readdirSync(folder).toSorted()).toEqual(['a.json', 'a.json.mine.tmp', 'b.json.0123456789ab.tmp'])
})

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cacheFolder } from './paths.mjs'
import { hashOfTree } from './stamps.mjs'
import { cloneTree, putInPlace, scratchBeside, sweepScratch } from './trees.mjs'

/** @type {string} */
let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-trees-'))
  mkdirSync(join(folder, 'source', 'inner'), { recursive: true })
  writeFileSync(join(folder, 'source', 'inner', 'file'), 'content')
  symlinkSync('inner/file', join(folder, 'source', 'link'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a clone has the same files and links, and replaces what was there', () => {
  const target = join(folder, 'target')
  mkdirSync(target)
  writeFileSync(join(target, 'old'), '')
  cloneTree(join(folder, 'source'), scratchBeside(target))
  putInPlace(scratchBeside(target), target)
  expect(readFileSync(join(target, 'inner', 'file'), 'utf8')).toBe('content')
  expect(readlinkSync(join(target, 'link'))).toBe('inner/file')
  expect(existsSync(join(target, 'old'))).toBe(false)
})

test('what a killed attempt left is swept away', () => {
  const left = join(folder, 'target.new-12345')
  mkdirSync(left)
  sweepScratch(join(folder, 'target'))
  expect(existsSync(left)).toBe(false)
})

test('a changed, added or removed source changes the hash of a tree', () => {
  const source = join(folder, 'source')
  const before = hashOfTree([source])
  writeFileSync(join(source, 'added'), '')
  const added = hashOfTree([source])
  writeFileSync(join(source, 'added'), 'more')
  expect(new Set([before, added, hashOfTree([source])]).size).toBe(3)
  rmSync(join(source, 'added'))
  expect(hashOfTree([source])).toBe(before)
})

test('the cache is where each system keeps such things, or where GANTRY_CACHE says', () => {
  expect(cacheFolder({ GANTRY_CACHE: '/elsewhere' }, 'linux')).toBe('/elsewhere')
  expect(cacheFolder({ XDG_CACHE_HOME: '/xdg' }, 'linux')).toBe('/xdg/gantry')
  expect(cacheFolder({}, 'linux')).toMatch(/\/\.cache\/gantry$/)
  expect(cacheFolder({}, 'darwin')).toMatch(/\/Library\/Caches\/gantry$/)
})

import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isReadableByAll, keepOnly, readableByAll } from './readable.ts'
import { tempFolder } from './testing.ts'

it('a file that all can read is shown as it is', () => {
  expect(isReadableByAll('/bin/sh')).toBe(true)
  expect(readableByAll('/bin/sh', '/nonexistent/stage')).toBe('/bin/sh')
})

it('a file that only its owner can reach is copied once, for each state of it', () => {
  const folder = tempFolder()
  const stage = join(folder, 'stage')
  const file = join(folder, 'tool.mjs')
  writeFileSync(file, 'one', { mode: 0o644 })
  // The folder of the test is its owner's alone.
  expect(isReadableByAll(file)).toBe(false)
  const copy = readableByAll(file, stage)
  expect(readFileSync(copy, 'utf8')).toBe('one')
  expect(statSync(copy).mode & 0o777).toBe(0o444)
  expect(statSync(stage).mode & 0o777).toBe(0o755)
  expect(readableByAll(file, stage)).toBe(copy)
  writeFileSync(file, 'another')
  expect(readFileSync(readableByAll(file, stage), 'utf8')).toBe('another')
  expect(readdirSync(stage)).toHaveLength(2)
  chmodSync(file, 0o755)
  writeFileSync(file, 'third one')
  const third = readableByAll(file, stage)
  expect(statSync(third).mode & 0o777).toBe(0o555)
  keepOnly(stage, [third])
  expect(readdirSync(stage).map((name) => join(stage, name))).toEqual([third])
  keepOnly(join(folder, 'missing'), [])
})

it('nothing is copied to where others could have been before', () => {
  const folder = tempFolder()
  const file = join(folder, 'tool.mjs')
  writeFileSync(file, 'one')
  mkdirSync(join(folder, 'open'), { mode: 0o755 })
  chmodSync(join(folder, 'open'), 0o777)
  expect(() => readableByAll(file, join(folder, 'open'))).toThrow(/only Gantry can write to/)
  symlinkSync(join(folder, 'open'), join(folder, 'link'))
  expect(() => readableByAll(file, join(folder, 'link'))).toThrow(/only Gantry can write to/)
})

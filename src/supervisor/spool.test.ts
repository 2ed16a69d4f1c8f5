import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createSpool, openSpool } from './spool.ts'

const MIB = 1024 ** 2

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-spool-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'spool')
}

const lines = (from: number, to: number): Buffer =>
  Buffer.from(Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join(''))

it('tells from its oldest byte on what was appended, however it was cut', () => {
  const spool = createSpool(newFolder(), MIB)
  const all = lines(1, 1000)
  for (let at = 0; at < all.length; at += 77) spool.append(all.subarray(at, at + 77))
  expect(spool.end()).toBe(all.length)
  expect(spool.read(0, all.length).equals(all)).toBe(true)
  expect(spool.read(100, 50).equals(all.subarray(100, 150))).toBe(true)
  expect(spool.read(all.length, 10).length).toBe(0)
  spool.close()
})

it('starts at a line again, whatever place was taken', () => {
  const spool = createSpool(newFolder(), MIB)
  spool.append(Buffer.from('one\ntwo\nthree\nfo'))
  spool.take(2)
  expect(spool.start()).toBe(0)
  spool.take(4)
  expect(spool.start()).toBe(4)
  spool.take(13)
  expect(spool.start()).toBe(8)
  spool.take(1_000)
  expect(spool.start()).toBe(14)
  spool.take(3)
  expect(spool.start()).toBe(14)
  spool.close()
})

it('lets go of the files that were taken, and finds lines across those that are left', () => {
  const folder = newFolder()
  const spool = createSpool(folder, 100 * MIB)
  const line = Buffer.from(`${'x'.repeat(300_000)}\n`)
  for (let count = 0; count < 20; count += 1) spool.append(line)
  const files = () => readdirSync(folder).filter((name) => name !== 'taken')
  expect(files().length).toBeGreaterThan(4)
  spool.take(spool.end() - 1)
  expect(spool.start()).toBe(line.length * 19)
  expect(files().length).toBeLessThanOrEqual(2)
  expect(spool.read(spool.start(), line.length).equals(line)).toBe(true)
  spool.take(spool.end())
  spool.append(Buffer.from('more\n'))
  expect(spool.read(spool.start(), 100).toString()).toBe('more\n')
  spool.close()
})

it('is full at its bound and not any more when enough was taken', () => {
  const spool = createSpool(newFolder(), 10)
  spool.append(Buffer.from('12345\n'))
  expect(spool.isFull()).toBe(false)
  spool.append(Buffer.from('12345\n'))
  expect(spool.isFull()).toBe(true)
  spool.take(6)
  expect(spool.isFull()).toBe(false)
  spool.close()
})

it('goes on behind a line that is longer than any may be', () => {
  const spool = createSpool(newFolder(), 100 * MIB)
  for (let count = 0; count < 9; count += 1) spool.append(Buffer.alloc(MIB, 'x'))
  spool.take(4 * MIB)
  expect(spool.start()).toBe(0)
  spool.take(8.5 * MIB)
  expect(spool.start()).toBe(8.5 * MIB)
  spool.close()
})

it('is found again by who opens it later, from the place that was taken', () => {
  const folder = newFolder()
  const spool = createSpool(folder, MIB)
  const all = lines(1, 100)
  spool.append(all)
  spool.take(all.indexOf('line 40'))
  spool.close()
  const found = openSpool(folder)
  expect(found.read(found.start(), all.length).equals(lines(40, 100))).toBe(true)
  found.take(all.indexOf('line 70') + 3)
  const again = openSpool(folder)
  expect(again.read(again.start(), all.length).equals(lines(70, 100))).toBe(true)
  again.take(again.end())
  expect(openSpool(folder).start()).toBe(all.length)
})

it('tells all of it again where the note of what was taken is no number or leads past the end', () => {
  const folder = newFolder()
  const spool = createSpool(folder, MIB)
  spool.append(lines(1, 3))
  spool.close()
  writeFileSync(join(folder, 'taken'), '')
  expect(openSpool(folder).start()).toBe(0)
  writeFileSync(join(folder, 'taken'), 'nonsense')
  expect(openSpool(folder).start()).toBe(0)
})

it('keeps in memory what the disk does not take, tells it, and writes it when it can', () => {
  const folder = newFolder()
  const spool = createSpool(folder, MIB)
  // A folder that is gone stands for a disk that takes nothing.
  rmSync(folder, { recursive: true })
  spool.append(Buffer.from('one\ntwo\n'))
  expect(spool.hasUnsaved()).toBe(true)
  expect(spool.isFull()).toBe(true)
  expect(spool.read(0, 100).toString()).toBe('one\ntwo\n')
  spool.take(4)
  expect(spool.start()).toBe(4)
  expect(spool.read(4, 100).toString()).toBe('two\n')
  expect(spool.save()).toBe(false)
  createSpool(folder, 1).close()
  expect(spool.save()).toBe(true)
  expect(spool.isFull()).toBe(false)
  spool.append(Buffer.from('three\n'))
  expect(spool.read(4, 100).toString()).toBe('two\nthree\n')
  expect(readFileSync(join(folder, '0000000000000004'), 'utf8')).toBe('two\nthree\n')
  spool.close()
})

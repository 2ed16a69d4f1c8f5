import Database from 'better-sqlite3'
import { mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { manualClock, tempHome } from '../../testing/index.ts'
import { chunk, logsFile, openTestArchive, query } from './testing.ts'

const withLines = async (count: number) => {
  const home = tempHome()
  const archive = openTestArchive({ home })
  for (let seq = 1; seq <= count; seq += 1) archive.append('agent1', chunk(seq, `line ${seq} ${'x'.repeat(200)}\n`))
  await archive.close()
  return { home, file: logsFile(home) }
}

const asideOf = (home: string) => readdirSync(join(home, 'data')).filter((name) => name.includes('.damaged-'))

describe('a damaged file', () => {
  test.each([
    ['garbage', (file: string) => writeFileSync(file, 'this is no database, it only has its name '.repeat(50))],
    [
      'a whole header and garbage behind',
      (file: string) => {
        const bytes = readFileSync(file)
        bytes.fill(0x5a, 100)
        writeFileSync(file, bytes)
      },
    ],
    ['half of what it was', (file: string) => truncateSync(file, 5000)],
    [
      'something else',
      (file: string) => {
        const other = new Database(file)
        other.exec('DROP TABLE blocks')
        other.close()
      },
    ],
  ])('of %s is put aside, and new logs are begun', async (_what, spoil) => {
    const { home, file } = await withLines(1000)
    spoil(file)
    const spoilt = readFileSync(file)
    const told: string[] = []
    const archive = openTestArchive({ home, now: manualClock().now, onRepaired: (message) => told.push(message) })
    const position = await archive.position('agent1')
    archive.append('agent1', chunk(position + 1, 'after\n'))
    expect((await archive.page(query({ tail: 1 }))).items).toMatchObject([{ text: 'after' }])
    expect(archive.repaired()).toContain('logs.db.damaged-20261121T140000000Z')
    expect(told).toEqual([archive.repaired()])
    const [aside = ''] = asideOf(home)
    expect(readFileSync(join(home, 'data', aside)).equals(spoilt)).toBe(true)
  })

  test('in which it can still be read how far logs had come: numbers go on from there', async () => {
    const { home, file } = await withLines(1000)
    const database = new Database(file)
    database.exec('DROP TABLE blocks')
    database.close()
    const archive = openTestArchive({ home })
    expect(await archive.position('agent1')).toBe(1000)
    archive.append('agent1', chunk(1000, 'told again\n'))
    archive.append('agent1', chunk(1001, 'after\n'))
    expect(await archive.page(query())).toMatchObject({ items: [{ seq: 1001, text: 'after' }], first: 1001, cut: 1000 })
  })

  test('that turns up while it is written to is put aside as well', async () => {
    const { home, file } = await withLines(1000)
    const archive = openTestArchive({ home })
    await archive.position('agent1')
    // The page on which the tree of blocks has its root.
    const database = new Database(file, { readonly: true })
    const root = Number(database.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'blocks'").pluck().get())
    database.close()
    const bytes = readFileSync(file)
    bytes.fill(0x5a, (root - 1) * 4096, root * 4096)
    writeFileSync(file, bytes)
    archive.append('agent1', chunk(1001, 'after\n'))
    expect(await archive.position('agent1')).toBe(1001)
    expect(archive.repaired()).toContain('damaged')
    expect((await archive.page(query())).items).toMatchObject([{ seq: 1001, text: 'after' }])
  })

  test('is kept once: a second one takes the place of the first', async () => {
    const { home, file } = await withLines(1)
    const clock = manualClock()
    for (let round = 0; round < 2; round += 1) {
      writeFileSync(file, 'garbage '.repeat(100))
      clock.pass(1000)
      const archive = openTestArchive({ home, now: clock.now })
      await archive.position('agent1')
      await archive.close()
    }
    expect(asideOf(home)).toEqual(['logs.db.damaged-20261121T140002000Z'])
  })
})

test('the file of a newer Gantry is left as it is, and what came is told not to be kept', async () => {
  const home = tempHome()
  const file = logsFile(home)
  mkdirSync(dirname(file))
  const newer = new Database(file)
  newer.pragma('user_version = 99')
  newer.close()
  const before = readFileSync(file)
  const problems: (string | null)[] = []
  const archive = openTestArchive({ home, onProblem: (message) => problems.push(message) })
  archive.append('agent1', chunk(1, 'one\n'))
  await expect(archive.position('agent1')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
  expect(problems).toEqual(['logs.db was written by a newer Gantry'])
  await archive.close()
  expect(readFileSync(file).equals(before)).toBe(true)
})

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempHome } from '../testing/index.ts'
import { compareLines, splitLines } from './lines.ts'
import { type Side, unify } from './unified.ts'

const plenty = () => ({ steps: 10_000_000 })
const side = (text: string | null, isExecutable = false): Side | null => (text === null ? null : { text, isExecutable })

/** What git makes of the old text and the patch. */
const applied = (path: string, before: Side | null, diff: string): Side | null => {
  const folder = tempHome()
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  if (before !== null) {
    writeFileSync(file, before.text)
    chmodSync(file, before.isExecutable ? 0o755 : 0o644)
  }
  execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
    cwd: folder,
    input: diff,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  if (!existsSync(file)) return null
  return { text: readFileSync(file, 'utf8'), isExecutable: (statSync(file).mode & 0o100) !== 0 }
}

const numbered = (count: number, change: (index: number) => string | null = String) =>
  Array.from({ length: count }, (_, index) => change(index))
    .filter((text) => text !== null)
    .map((text) => `${text}\n`)
    .join('')

describe('a patch can be applied by git', () => {
  test.each<[string, string | null, string | null]>([
    ['one line', 'a\nb\nc\n', 'a\nB\nc\n'],
    ['a line more at the start', 'a\n', 'x\na\n'],
    ['a line more at the end', 'a\n', 'a\nx\n'],
    ['a line less', 'a\nb\nc\n', 'a\nc\n'],
    ['all of it', 'a\nb\n', 'x\ny\nz\n'],
    ['a new file', null, 'a\nb\n'],
    ['a new file of one line', null, 'a\n'],
    ['a new file without a line end', null, 'a'],
    ['a new empty file', null, ''],
    ['a file that went', 'a\nb\n', null],
    ['an empty file that went', '', null],
    ['what was emptied', 'a\n', ''],
    ['what was empty', '', 'a\n'],
    ['a lost line end', 'a\nb\n', 'a\nb'],
    ['a found line end', 'a\nb', 'a\nb\n'],
    ['none at both ends', 'a\nb', 'a\nc'],
    ['a line end and a line', 'a', 'a\nb'],
    ['Windows line ends', 'a\r\nb\r\n', 'a\r\nc\r\n'],
    ['line ends that change', 'a\nb\n', 'a\r\nb\r\n'],
    ['lone carriage returns', 'a\rb\n', 'a\rc\n'],
    ['odd letters', 'ü\n🎉\n', 'ü\n🎈\n'],
    ['lines that look like a patch', '--- a\n+++ b\n@@ -1 +1 @@\n', '--- a\n+++ c\n@@ -1 +1 @@\n'],
    ['blank lines', '\n\n\n', '\n\n\n\n'],
    [
      'changes far apart',
      numbered(100),
      numbered(100, (index) => (index === 10 || index === 80 ? `x${index}` : String(index))),
    ],
    [
      'changes six lines apart',
      numbered(40),
      numbered(40, (index) => (index === 10 || index === 17 ? `x${index}` : String(index))),
    ],
    [
      'changes seven lines apart',
      numbered(40),
      numbered(40, (index) => (index === 10 || index === 18 ? `x${index}` : String(index))),
    ],
    ['lines that moved', numbered(60), numbered(30, (index) => String(index + 30)) + numbered(30)],
    ['many lines gone', numbered(300), numbered(300, (index) => (index % 3 === 0 ? null : String(index)))],
  ])('with %s', (_what, before, after) => {
    const { diff } = unify('dir/file.txt', side(before), side(after), plenty())
    expect(applied('dir/file.txt', side(before), diff)).toEqual(side(after))
  })

  test.each([
    'with space.txt',
    'ünï/cödé.txt',
    'quote".txt',
    'back\\slash.txt',
    'tab\there',
    'line\nbreak',
    'a/b',
    '-dash',
    "it's",
  ])('of a file named %j', (path) => {
    const { diff } = unify(path, side('a\n'), side('b\n'), plenty())
    expect(applied(path, side('a\n'), diff)).toEqual(side('b\n'))
    expect(applied(path, null, unify(path, null, side('n\n'), plenty()).diff)).toEqual(side('n\n'))
  })

  test.each<[boolean, boolean, string]>([
    [false, true, 'a\n'],
    [true, false, 'a\n'],
    [false, true, 'b\n'],
  ])('with the right to run it, from %s to %s', (from, to, text) => {
    const { diff } = unify('run.sh', side('a\n', from), side(text, to), plenty())
    expect(applied('run.sh', side('a\n', from), diff)).toEqual(side(text, to))
  })

  test('of a new file that can be run', () => {
    const { diff } = unify('run.sh', null, side('a\n', true), plenty())
    expect(applied('run.sh', null, diff)).toEqual(side('a\n', true))
  })
})

/** The same numbers each time. */
const dice = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

describe('lines', () => {
  test('of any two texts compare right, and as short as git finds', () => {
    const folder = tempHome()
    for (let round = 0; round < 40; round += 1) {
      const random = dice(round + 1)
      const make = () =>
        Array.from({ length: Math.floor(random() * 60) }, () => `${Math.floor(random() * 8)}\n`).join('')
      const [before, after] = [make(), make()]
      const { diff, added, removed } = unify('f', side(before), side(after), plenty())
      if (before === after) continue
      expect(applied('f', side(before), diff), `round ${round}`).toEqual(side(after))
      writeFileSync(join(folder, 'a'), before)
      writeFileSync(join(folder, 'b'), after)
      const stat = gitNumstat(folder)
      expect(added + removed, `round ${round}`).toBe(stat)
    }
  })

  test('are split with their ends, and nothing is lost', () => {
    for (const text of ['', '\n', 'a', 'a\n', 'a\n\nb', '\r\n\r', '\n\n']) expect(splitLines(text).join('')).toBe(text)
    expect(splitLines('a\nb')).toEqual(['a\n', 'b'])
  })

  test('that would take too long are told as one change, which is right as well', () => {
    const random = dice(7)
    const make = () => Array.from({ length: 400 }, () => `${Math.floor(random() * 50)}\n`)
    const [before, after] = [make(), make()]
    const budget = { steps: 100 }
    const changes = compareLines(['same\n', ...before, 'end\n'], ['same\n', ...after, 'end\n'], budget)
    expect(changes).toHaveLength(1)
    expect(changes[0]?.from).toBeGreaterThan(0)
    const { diff } = unify('f', side(before.join('')), side(after.join('')), { steps: 0 })
    expect(applied('f', side(before.join('')), diff)).toEqual(side(after.join('')))
  })

  test('of two large texts that have nothing in common are compared within the budget', () => {
    const make = (name: string) => Array.from({ length: 60_000 }, (_, index) => `${name}${index}\n`)
    const budget = plenty()
    expect(compareLines(make('a'), make('b'), budget)).toEqual([{ from: 0, removed: 60_000, to: 0, added: 60_000 }])
    expect(budget.steps).toBeGreaterThan(0)
  })
})

const gitNumstat = (folder: string): number => {
  try {
    execFileSync('git', ['diff', '--no-index', '--minimal', '--numstat', 'a', 'b'], { cwd: folder, encoding: 'utf8' })
    return 0
  } catch (thrown) {
    const [added = '0', removed = '0'] = (thrown as { stdout: string }).stdout.split('\t')
    return Number(added) + Number(removed)
  }
}

test('a change is counted by its lines', () => {
  expect(unify('f', side('a\nb\nc\n'), side('a\nx\ny\nc\n'), plenty())).toMatchObject({ added: 2, removed: 1 })
  expect(unify('f', null, side('a\nb\n'), plenty())).toMatchObject({ added: 2, removed: 0 })
  expect(unify('f', side('a\n'), side('a\n'), plenty())).toMatchObject({ added: 0, removed: 0 })
})

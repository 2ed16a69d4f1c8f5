import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { closingLine, countPlaywright, countVitest } from './counts.mjs'

const folder = mkdtempSync(join(tmpdir(), 'gantry-counts-'))
afterAll(() => rmSync(folder, { recursive: true }))

const report = (/** @type {unknown} */ content) => {
  const file = join(folder, 'report.json')
  writeFileSync(file, JSON.stringify(content))
  return file
}

test('both tools are counted into one line', () => {
  const unit = countVitest(report({ numPassedTests: 40, numFailedTests: 1, testResults: [] }))
  const window = countPlaywright(report({ stats: { expected: 3, flaky: 1, unexpected: 2, skipped: 5 } }))
  expect(closingLine([unit, window])).toEqual({ line: '44 passed, 3 failed', failed: true })
})

test('a test file that cannot be loaded counts as failed', () => {
  const broken = [{ status: 'failed', assertionResults: [] }]
  expect(countVitest(report({ numPassedTests: 1, numFailedTests: 0, testResults: broken }))).toEqual({
    passed: 1,
    failed: 1,
  })
})

test('a run without a single test is a failure', () => {
  expect(closingLine([countVitest(join(folder, 'not-written.json'))])).toEqual({
    line: '0 passed, 0 failed',
    failed: true,
  })
})

// Counts tests from what the tools report, for the closing line.
import { readFileSync } from 'node:fs'

/** @typedef {{ passed: number, failed: number }} Count */

/** @param {string} file @returns {any} */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

/** @param {string} file @returns {Count} */
export function countVitest(file) {
  const { numPassedTests = 0, numFailedTests = 0, testResults = [] } = read(file)
  // A file that could not be loaded fails without a test of its own.
  const broken = testResults.filter(
    (/** @type {any} */ result) => result.status === 'failed' && result.assertionResults.length === 0,
  )
  return { passed: numPassedTests, failed: numFailedTests + broken.length }
}

/** @param {string} file @returns {Count} */
export function countPlaywright(file) {
  const { stats = {} } = read(file)
  return { passed: (stats.expected ?? 0) + (stats.flaky ?? 0), failed: stats.unexpected ?? 0 }
}

/**
 * @param {Count[]} counts
 * @returns {{ line: string, failed: boolean }} failed: a test failed, or there was none
 */
export function closingLine(counts) {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  return { line: `${passed} passed, ${failed} failed`, failed: failed > 0 || passed === 0 }
}

import { expect, test } from 'vitest'
import { CannotGoOn, runSteps } from './steps.mjs'

const silent = () => {
  /** @type {string[]} */
  const said = []
  const line = { progress: () => {}, done: () => {}, fail: (/** @type {string} */ reason) => void said.push(reason) }
  return {
    said,
    say: (/** @type {string} */ text) => void said.push(text),
    detail: () => {},
    ask: async () => true,
    step: () => line,
  }
}
const noLock = async () => () => {}

test('only what is missing is done, in order', async () => {
  /** @type {string[]} */
  const ran = []
  const step = (/** @type {string} */ title, /** @type {boolean} */ needed) => ({
    title,
    needed: () => needed,
    run: () => void ran.push(title),
  })
  await runSteps([step('first', true), step('second', false), step('third', true)], silent(), { lock: noLock })
  expect(ran).toEqual(['first', 'third'])
})

test('with nothing to do, nobody waits for another bring-up', async () => {
  const lock = () => Promise.reject(new Error('waited'))
  const step = { title: 'done', needed: () => false, run: () => {} }
  await expect(runSteps([step], silent(), { lock })).resolves.toEqual([])
})

test('what another bring-up did while we waited is not done twice', async () => {
  let missing = true
  const lock = async () => {
    missing = false
    return () => {}
  }
  const step = { title: 'shared', needed: () => missing, run: () => expect.unreachable() }
  await expect(runSteps([step], silent(), { lock })).resolves.toEqual([])
})

test('a step that fails says that running again goes on, and later steps are not run', async () => {
  const report = silent()
  const failing = { title: 'broken', needed: () => true, run: () => Promise.reject(new Error('disk full')) }
  const later = { title: 'later', needed: () => true, run: () => expect.unreachable() }
  const outcome = runSteps([failing, later], report, { lock: noLock })
  await expect(outcome).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining('Run the same command again'),
  })
  expect(report.said).toContain('disk full')
})

test('what the user has to do first ends with exit code 2', async () => {
  const step = { title: 'libraries', needed: () => true, run: () => Promise.reject(new CannotGoOn('Run this')) }
  await expect(runSteps([step], silent(), { lock: noLock })).rejects.toMatchObject({ exitCode: 2, message: 'Run this' })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { birth } from './processes.mjs'

const here = import.meta.dirname

/** A bring-up of two steps, the second of which stands still with a child of its own until it is killed. */
const bringUp = `
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createReport } from '${here}/report.mjs'
import { runSteps } from '${here}/steps.mjs'
import { start } from '${here}/processes.mjs'
import { endOnSignal } from '${here}/foreground.mjs'
if (process.argv[3] === 'signals') endOnSignal(0)
const folder = process.argv[2]
const steps = ['one', 'two'].map((name) => ({
  title: name,
  needed: () => !existsSync(folder + '/' + name),
  async run() {
    writeFileSync(folder + '/' + name + '.part', name)
    if (name === 'two' && process.argv[3] !== 'finish') {
      const child = start(process.execPath, ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)'], { stdio: ['ignore', 'inherit', 'ignore'] })
      await new Promise((resolve) => child.once('exit', resolve))
    }
    renameSync(folder + '/' + name + '.part', folder + '/' + name)
  },
}))
console.error(JSON.stringify(await runSteps(steps, createReport({ stream: { isTTY: false, write: () => true } }))))
`

/** @type {string} */
let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-killed-'))
  writeFileSync(join(folder, 'bring-up.mjs'), bringUp)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const launch = (/** @type {string} */ mode) =>
  spawn(process.execPath, [join(folder, 'bring-up.mjs'), folder, mode], {
    env: { ...process.env, GANTRY_CACHE: join(folder, 'cache') },
  })

/** @param {import('node:child_process').ChildProcess} child */
async function childPid(child) {
  const [text] = await once(/** @type {import('node:stream').Readable} */ (child.stdout), 'data')
  return Number(String(text))
}

test.runIf(process.platform === 'linux')(
  'a bring-up killed in the middle of a step goes on when it is run again',
  async () => {
    const first = launch('hang')
    const orphan = await childPid(first)
    first.kill('SIGKILL')
    await once(first, 'exit')
    expect(existsSync(join(folder, 'one'))).toBe(true)
    expect(existsSync(join(folder, 'two'))).toBe(false)
    expect(birth(orphan)).toBeDefined()

    const second = launch('finish')
    let ran = ''
    second.stderr.on('data', (text) => (ran += text))
    const [code] = await once(second, 'close')
    expect(code).toBe(0)
    expect(JSON.parse(ran)).toEqual(['two'])
    expect(readFileSync(join(folder, 'two'), 'utf8')).toBe('two')
    // What the killed one had started would have gone on writing beside the second.
    await expect.poll(() => birth(orphan)).toBeUndefined()
  },
)

test.runIf(process.platform === 'linux')('a signal during a bring-up ends what it started', async () => {
  const first = launch('signals')
  const started = await childPid(first)
  first.kill('SIGTERM')
  const [code] = await once(first, 'exit')
  expect(code).toBe(0)
  expect(birth(started)).toBeUndefined()
})

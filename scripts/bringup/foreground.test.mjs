import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { birth } from './processes.mjs'

const here = import.meta.dirname

/** A script that runs a program in front, as npm start does. @param {string} program @param {string} options */
function runInFront(program, options = '{}') {
  const source = `
    import { runInFront } from '${here}/foreground.mjs'
    const { code, signalled } = await runInFront(process.execPath, ['-e', ${JSON.stringify(program)}], ${options})
    process.exit(signalled ? 0 : code)`
  return spawn(process.execPath, ['--input-type=module', '-e', source])
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<number>} the program's process */
async function ready(child) {
  const [text] = await once(/** @type {import('node:stream').Readable} */ (child.stdout), 'data')
  return Number(String(text))
}

const stays = 'console.log(process.pid); setInterval(() => {}, 1000)'

test.each(/** @type {const} */ (['SIGINT', 'SIGTERM']))(
  '%s ends the program, and that is a good end',
  async (signal) => {
    const script = runInFront(stays)
    const program = await ready(script)
    script.kill(signal)
    expect((await once(script, 'exit'))[0]).toBe(0)
    expect(birth(program)).toBeUndefined()
  },
)

test('a program that ignores the signal is ended with all it started', async () => {
  const stubborn = `
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    process.on('SIGTERM', () => {})
    console.log(child.pid)
    setInterval(() => {}, 1000)`
  const script = runInFront(stubborn, '{ patienceMs: 50 }')
  const grandchild = await ready(script)
  script.kill('SIGTERM')
  expect((await once(script, 'exit'))[0]).toBe(0)
  await expect.poll(() => birth(grandchild)).toBeUndefined()
})

test('a signal is passed on once, however often it comes', async () => {
  const counting = `
    const say = () => console.log('signal')
    process.on('SIGTERM', say).on('SIGINT', say)
    console.log(process.pid); setInterval(() => {}, 1000)`
  const script = runInFront(counting, '{ patienceMs: 300 }')
  await ready(script)
  let said = ''
  script.stdout.on('data', (text) => (said += text))
  script.kill('SIGTERM')
  await once(script.stdout, 'data')
  script.kill('SIGINT')
  script.kill('SIGTERM')
  await once(script, 'close')
  expect(said.trim()).toBe('signal')
})

test("a program's own exit code is passed on", async () => {
  expect((await once(runInFront('process.exit(7)'), 'exit'))[0]).toBe(7)
})

// An engine for tests: the one that answers, or a private one of our own that is ended with the tests.
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { answers } from './docker-api.mjs'
import { provideImages } from './docker-images.mjs'
import { untilEnded } from './foreground.mjs'
import { cacheFolder, inCache } from './paths.mjs'
import { birth, start } from './processes.mjs'
import { hashOf } from './stamps.mjs'
import { findCommand, isRoot } from './system.mjs'

/** @typedef {{ kind: 'running', host: string } | { kind: 'private' } | { kind: 'unavailable', reason: string }} EngineChoice */

/** Which engine the tests can have. @returns {Promise<EngineChoice>} */
export async function chooseEngine(env = process.env) {
  const host = env.DOCKER_HOST ?? 'unix:///var/run/docker.sock'
  if (await answers(host)) return { kind: 'running', host }
  if (process.platform !== 'linux')
    return { kind: 'unavailable', reason: 'no engine answers; start Docker to have these tests' }
  if (!isRoot()) return { kind: 'unavailable', reason: 'no engine answers, and only root can start a private one' }
  return { kind: 'private' }
}

/**
 * Makes the engine ready and returns what tells the tests about it.
 * @param {EngineChoice} choice
 * @param {import('./report.mjs').Report} report
 * @param {{ add: (close: () => unknown) => void }} owner ends a private engine
 * @returns {Promise<Record<string, string>>}
 */
export async function openEngine(choice, report, owner) {
  const none = (/** @type {string} */ reason) => {
    report.say(`Docker: ${reason}. Tests that need it are told so.`)
    return { GANTRY_TEST_DOCKER: `unavailable:${reason}` }
  }
  if (choice.kind === 'unavailable') return none(choice.reason)
  const line = report.step(choice.kind === 'private' ? 'Private Docker engine' : 'Docker engine')
  try {
    if (choice.kind === 'private') owner.add(leaveEngine)
    const host = choice.kind === 'private' ? await enterEngine(line.progress) : choice.host
    await provideImages(host, line.progress)
    line.done()
    return { DOCKER_HOST: host, GANTRY_TEST_DOCKER: 'available' }
  } catch (error) {
    await untilEnded()
    const reason = /** @type {Error} */ (error).message
    line.fail(reason)
    return none(reason)
  }
}

/** Sockets want short paths, so they live apart from the data. */
const runFolder = () => join('/run', `gantry-docker-${hashOf(cacheFolder()).slice(0, 8)}`)
const pidFile = () => join(runFolder(), 'dockerd.pid')
const usersFolder = () => join(runFolder(), 'users')

/** @param {(text: string) => void} progress */
async function enterEngine(progress) {
  const host = `unix://${join(runFolder(), 'docker.sock')}`
  mkdirSync(usersFolder(), { recursive: true })
  writeFileSync(join(usersFolder(), String(process.pid)), String(birth(process.pid)))
  // Another test run, or one that was killed, may have left it running: then it is shared.
  if (!(await answers(host))) {
    await endEngine()
    progress('starting')
    await spawnEngine(host)
  }
  return host
}

/** The engine that this process started, until it wrote its pid itself. @type {import('node:child_process').ChildProcess | undefined} */
let spawned

/** @param {string} host */
async function spawnEngine(host) {
  const logFile = inCache('docker', 'dockerd.log')
  mkdirSync(inCache('docker'), { recursive: true })
  const log = openSync(logFile, 'w')
  const folders = [
    '--data-root',
    inCache('docker', 'data'),
    '--exec-root',
    join(runFolder(), 'exec'),
    '--pidfile',
    pidFile(),
  ]
  const child = start(findCommand('dockerd') ?? 'dockerd', ['--host', host, ...folders], {
    keep: true,
    stdio: ['ignore', log, log],
  })
  spawned = child
  closeSync(log)
  for (let waited = 0; waited < 30_000; waited += 100) {
    if (await answers(host)) return
    if (child.exitCode !== null) break
    await delay(100)
  }
  const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join(' | ')
  await endEngine()
  throw new Error(`the private engine did not start (${tail})`)
}

/** Ends the engine unless another live test run uses it. */
async function leaveEngine() {
  rmSync(join(usersFolder(), String(process.pid)), { force: true })
  const others = readdirSync(usersFolder()).filter((pid) => {
    return birth(Number(pid)) === readFileSync(join(usersFolder(), pid), 'utf8')
  })
  if (others.length === 0) await endEngine()
}

/** Ends the engine by its pid, and what is left of it. */
async function endEngine() {
  const pid = existsSync(pidFile()) ? Number(readFileSync(pidFile(), 'utf8')) : (spawned?.pid ?? 0)
  if (pid > 0 && isOurs(pid)) {
    process.kill(pid, 'SIGTERM')
    for (let waited = 0; waited < 15_000 && birth(pid); waited += 50) await delay(50)
    if (birth(pid)) process.kill(pid, 'SIGKILL')
  }
  rmSync(pidFile(), { force: true })
}

/** @param {number} pid */
function isOurs(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(runFolder())
  } catch {
    return false
  }
}

// Runs one program in front of the user: passes signals on once, and ends everything it started when it does not.
import { constants } from 'node:os'
import { signalTree, start, stopAll } from './processes.mjs'

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { patienceMs?: number, sameGroup?: boolean }} options
 *   sameGroup: leave it in the terminal's group, for programs that read from the terminal
 * @returns {Promise<{ code: number, signalled: boolean }>}
 */
export function runInFront(command, args, { patienceMs = 4000, sameGroup = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const group = sameGroup ? { detached: false } : {}
    const child = start(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...group, keep: true, ...options })
    let signalled = false
    /** @type {NodeJS.Timeout | undefined} */
    let impatient
    const pass = (/** @type {NodeJS.Signals} */ signal) => {
      if (signalled) return
      signalled = true
      // At a terminal, Ctrl-C reaches the whole group: a second one would be taken for impatience.
      const hasIt = sameGroup && signal === 'SIGINT' && process.stdin.isTTY
      if (!hasIt) child.kill(signal)
      impatient = setTimeout(() => signalTree(child, 'SIGKILL'), patienceMs)
    }
    signals.forEach((signal) => process.on(signal, pass))
    const settle = () => {
      clearTimeout(impatient)
      signals.forEach((signal) => process.off(signal, pass))
    }
    child.once('error', (error) => {
      settle()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      settle()
      if (signalled && !sameGroup) signalTree(child, 'SIGKILL')
      resolve({ code: code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)], signalled })
    })
  })
}

/** @type {Promise<never> | undefined} */
let ending

/** Once a signal ends this process nothing else may: whatever would report or go on waits here. */
export const untilEnded = async () => ending

/**
 * Until told otherwise, a signal ends every child and then this process.
 * @param {number} exitCode
 * @param {() => Promise<unknown>} cleanUp
 */
export function endOnSignal(exitCode, cleanUp = async () => {}) {
  const end = () => {
    if (ending) return
    ending = new Promise(() => {})
    void Promise.allSettled([stopAll(), cleanUp()]).then(() => process.exit(exitCode))
  }
  signals.forEach((signal) => process.on(signal, end))
  return () => signals.forEach((signal) => process.off(signal, end))
}

/** Things to close at the end, whichever end it is; closed once, the last opened first. */
export function createOwner() {
  /** @type {(() => unknown)[]} */
  const closers = []
  /** @type {Promise<void> | undefined} */
  let closing
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  return {
    add: (/** @type {() => unknown} */ close) => void closers.push(close),
    close: () => (closing ??= closeAll()),
  }
}

// Every child process of these scripts is started here, so that every one of them can be ended.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inCache, root, toolEnv } from './paths.mjs'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** @type {Map<number, ChildProcess>} */
const alive = new Map()

/** A command that failed; carries what it printed. */
export class CommandFailed extends Error {
  /** @param {string} command @param {number | string | null} code @param {string} output */
  constructor(command, code, output) {
    super(`${command} ended with ${code}`)
    this.output = output
  }
}

/**
 * Starts a child in its own process group and remembers it until it ends.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { keep?: boolean }} options keep: its owner ends it, not we
 */
export function start(command, args, { keep = false, ...options } = {}) {
  const shell = process.platform === 'win32' && /\.cmd$/i.test(command)
  const child = spawn(command, args, {
    cwd: root,
    env: toolEnv(),
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell,
    ...options,
  })
  if (child.pid !== undefined && !keep) {
    const pid = child.pid
    alive.set(pid, child)
    writeRecord()
    child.once('exit', () => {
      alive.delete(pid)
      writeRecord()
    })
  }
  return child
}

/**
 * Runs a command to its end and returns what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { onLine?: (line: string) => void }} options
 * @returns {Promise<string>}
 */
export function run(command, args, { onLine, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options)
    let output = ''
    let rest = ''
    const collect = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk).slice(-200_000)
      if (!onLine) return
      const lines = (rest + chunk).split(/\r?\n/)
      rest = lines.pop() ?? ''
      lines.forEach((line) => onLine(line))
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.once('error', reject)
    child.once('close', (code, signal) =>
      code === 0 ? resolve(output) : reject(new CommandFailed([command, ...args].join(' '), code ?? signal, output)),
    )
  })
}

/**
 * Signals a child and everything in its process group.
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
export function signalTree(child, signal) {
  if (child.pid === undefined) return
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'])
    return
  }
  signalGroup(child.pid, signal)
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal)
  } catch {
    try {
      process.kill(pid, signal)
    } catch {
      // Already gone.
    }
  }
}

/**
 * Asks a child to end, and ends it when it does not.
 * @param {ChildProcess} child
 * @param {number} patienceMs
 */
export function stop(child, patienceMs = 4000) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => signalTree(child, 'SIGKILL'), patienceMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
    signalTree(child, 'SIGTERM')
  })
}

/** Ends whatever is still running. */
export const stopAll = (patienceMs = 3000) => Promise.all([...alive.values()].map((child) => stop(child, patienceMs)))

const recordFolder = () => inCache('run')

function writeRecord() {
  const file = join(recordFolder(), `${process.pid}.json`)
  if (alive.size === 0) {
    rmSync(file, { force: true })
    return
  }
  mkdirSync(recordFolder(), { recursive: true })
  const children = [...alive.keys()].map((pid) => ({ pid, born: birth(pid) }))
  writeFileSync(file, JSON.stringify({ born: birth(process.pid), children }))
}

/**
 * When a process was started, in the system's own ticks; tells a process from a later one with the same number.
 * @param {number} pid
 * @returns {string | undefined}
 */
export function birth(pid) {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0) ? 'alive' : undefined
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Ends children whose owner was killed before it could end them: otherwise they would write beside us. */
export function endOrphans() {
  let files
  try {
    files = readdirSync(recordFolder())
  } catch {
    return 0
  }
  let ended = 0
  for (const file of files) {
    const record = readRecord(join(recordFolder(), file))
    const owner = Number(file.replace('.json', ''))
    if (record && record.born !== undefined && birth(owner) === record.born) continue
    for (const { pid, born } of record?.children ?? []) {
      if (born === undefined || birth(pid) !== born) continue
      signalGroup(pid, 'SIGKILL')
      ended += 1
    }
    rmSync(join(recordFolder(), file), { force: true })
  }
  return ended
}

/** @param {string} file @returns {{ born?: string, children: { pid: number, born?: string }[] } | undefined} */
function readRecord(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

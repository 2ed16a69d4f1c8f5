/** Child processes whose words are kept, and what is left of them in the process table. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Running {
  child: ChildProcess
  pid: number
  stdout: () => string
  stderr: () => string
  exit: Promise<Exit>
}

const collect = (stream: NodeJS.ReadableStream | null) => {
  let text = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => (text = (text + chunk).slice(-200_000)))
  return () => text
}

/** In a process group of its own, so that a test can end it with everything it started. */
export const run = (command: string, args: readonly string[], options: SpawnOptions = {}): Running => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options })
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  exit.catch(() => undefined)
  return { child, pid: child.pid ?? -1, stdout: collect(child.stdout), stderr: collect(child.stderr), exit }
}

export const killProcess = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

export const killGroup = (pid: number): void => killProcess(-pid)

export interface ProcessEntry {
  pid: number
  command: string
}

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** Everything that runs with this text in its command line: Chromium names the data folder in most of its children. */
export const processesNaming = (text: string): ProcessEntry[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), command: commandOf(pid) }))
    .filter(({ command }) => command.includes(text))

const groupOf = (pid: string): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? -1 : Number(group)
  } catch {
    return -1
  }
}

export const processesInGroup = (group: number): ProcessEntry[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && groupOf(name) === group)
    .map((pid) => ({ pid: Number(pid), command: commandOf(pid) }))

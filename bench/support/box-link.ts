/** A link to a child process, as a runtime would make one to a box. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { BoxLink } from '../../src/core/runtimes/index.ts'

const AGENT = join(import.meta.dirname, '..', '..', 'out', 'agent', 'agent.mjs')

export interface Child {
  process: ChildProcessByStdio<Writable, Readable, null>
  link: BoxLink
  home: string
  stop: () => void
}

/** The built script of boxes, started as it is in them. */
export const startAgent = (): Child => {
  const home = mkdtempSync(join(tmpdir(), 'gantry-bench-'))
  const child = spawn(process.execPath, [AGENT], {
    env: { PATH: process.env['PATH'], GANTRY_AGENT_HOME: home },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const { stdin, stdout } = child
  stdin.on('error', () => undefined)
  const link: BoxLink = {
    incoming: stdout,
    write: (data) => new Promise((resolve) => stdin.write(data, () => resolve())),
    taken: () => undefined,
    close: () => stdout.destroy(),
  }
  const stop = () => {
    child.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  }
  return { process: child, link, home, stop }
}

/** Starts the command of a plan, and tells when the program inside runs. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { Plan } from './facts.ts'
import { joinGroups } from './groups.ts'

/** Descriptors of the command beyond the usual three. */
const READY = 3
const STATUS = 4
const GO_ON = 5

export interface LaunchEvents {
  /** The first process inside is there; it waits. */
  onInit: (pid: number) => void
  /** All of the sandbox stands: next the program takes the place of the shell that says so. */
  onReady: () => void
  onFailed: (cause: Error) => void
}

const isReadable = (stream: unknown): stream is Readable =>
  typeof stream === 'object' && stream !== null && 'read' in stream
const isWritable = (stream: unknown): stream is Writable =>
  typeof stream === 'object' && stream !== null && 'write' in stream

/** bubblewrap writes objects of JSON, a line each; the first one names the first process inside. */
const onChildPid = (status: Readable, listener: (pid: number) => void): void => {
  let text = ''
  let isKnown = false
  status.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    const pid = isKnown ? undefined : /"child-pid": (\d+)/.exec(text)?.[1]
    if (pid === undefined) return
    isKnown = true
    listener(Number(pid))
  })
}

/** The first process inside is held back until it is in its control groups: what it starts is in them too then. */
export const launch = (plan: Plan, { onInit, onReady, onFailed }: LaunchEvents) => {
  const files = plan.files.map((file) => openSync(file, 'r'))
  const handshake = plan.handshake ? (['pipe', 'pipe'] as const) : (['ignore', 'ignore'] as const)
  const child = spawn(plan.command, plan.args, {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', ...handshake, ...files],
    cwd: '/',
    env: { ...plan.env },
    // A group of its own, for where nothing else holds together what belongs together.
    detached: !plan.handshake,
    ...plan.identity,
  })
  for (const file of files) closeSync(file)
  child.once('error', onFailed)

  const { stdin, stdout, stderr } = child
  const streams: readonly unknown[] = child.stdio
  const ready = streams[READY]
  if (stdin === null || stdout === null || stderr === null || !isReadable(ready)) {
    throw new Error('the command was started without pipes')
  }
  // The box may close its end at any time: that it ended is told by the process.
  for (const stream of child.stdio) stream?.on('error', () => undefined)
  ready.once('data', onReady)

  const status = streams[STATUS]
  const goOn = streams[GO_ON]
  if (isReadable(status) && isWritable(goOn)) {
    onChildPid(status, (pid) => {
      try {
        if (plan.groups !== null) joinGroups(plan.groups, pid)
        onInit(pid)
        goOn.end('1')
      } catch (cause) {
        onFailed(cause as Error)
      }
    })
  } else if (child.pid !== undefined) {
    onInit(child.pid)
  }
  return { child, stdin, stdout, stderr }
}

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ESCAPES, type EscapeOutcome, escapeProgram } from '../escapes.ts'
import { type OpenOutside, openOutside } from '../outside.ts'
import { HOST, describeDocker, linesOf, plainEngine, testRuntime } from './testing.ts'

/** In the order of the kernel. */
const CAPABILITIES =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND'

function heldCapabilities(): string[] {
  const mask = BigInt(`0x${/^CapBnd:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`)
  return CAPABILITIES.split(' ').filter((_, index) => ((mask >> BigInt(index)) & 1n) === 1n)
}

const engineSocket = HOST.replace(/^unix:\/\//, '')

const tryInBox = async (outside: OpenOutside): Promise<EscapeOutcome[]> => {
  const box = await testRuntime({ script: escapeProgram(outside) }).open()
  const lines = linesOf(await box.connect())
  const outcomes: EscapeOutcome[] = []
  for (let line = await lines.next(); line !== undefined; line = await lines.next())
    outcomes.push(JSON.parse(line) as EscapeOutcome)
  return outcomes
}

const OPEN = {
  PidMode: 'host',
  NetworkMode: 'host',
  // Not `Privileged`, which fails where the machine itself lacks a capability.
  CapAdd: heldCapabilities(),
  SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
  MaskedPaths: [],
  ReadonlyPaths: [],
  Devices: [{ PathOnHost: '/dev/kmsg', PathInContainer: '/dev/kmsg', CgroupPermissions: 'rwm' }],
  DeviceCgroupRules: ['a *:* rwm'],
  Binds: ['/sys:/sys', '/:/host:ro'],
}

/** The same in a container that is as open as one can be. */
const tryInTheOpen = async (outside: OpenOutside): Promise<EscapeOutcome[]> => {
  const container = await plainEngine().createContainer({
    Image: 'gantry-test/node',
    Cmd: ['/usr/local/bin/node', '-e', escapeProgram(outside)],
    User: '0:0',
    HostConfig: OPEN,
  })
  try {
    await container.start()
    await container.wait()
    const log = await container.logs({ stdout: true })
    const lines: string[] = []
    for (let at = 0; at < log.length;) {
      const length = log.readUInt32BE(at + 4)
      lines.push(log.toString('utf8', at + 8, at + 8 + length))
      at += 8 + length
    }
    return lines
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EscapeOutcome)
  } finally {
    await container.remove({ force: true })
  }
}

const names = ESCAPES.map(({ name }) => name)

describe('the attempts to get out of a box', () => {
  test('are many, and each has a name of its own', () => {
    expect(names.length).toBeGreaterThanOrEqual(25)
    expect(new Set(names).size).toBe(names.length)
  })
})

describeDocker('an attempt to get out of a container', () => {
  test('is refused, whatever it is', async () => {
    const outside = await openOutside(engineSocket)
    const outcomes = await tryInBox(outside)
    expect(outcomes.filter(({ outcome }) => outcome !== 'refused')).toEqual([])
    expect(outcomes.map(({ name }) => name)).toEqual(names)
    expect(outside.isAlive()).toBe(true)
  }, 60_000)

  test('would be noticed: in a container that is open they succeed', async () => {
    const outside = await openOutside(engineSocket)
    const outcomes = await tryInTheOpen(outside)
    const unprovable = ESCAPES.filter((escape) => escape.unprovable === true).map(({ name }) => name)
    const noticed = outcomes.filter(({ outcome }) => outcome === 'escaped').map(({ name }) => name)
    expect(names.filter((name) => !noticed.includes(name) && !unprovable.includes(name))).toEqual([])
    expect(outside.isAlive()).toBe(false)
  }, 60_000)
})

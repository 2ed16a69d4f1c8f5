import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explainRefusal } from './probe.ts'
import { createSandboxRuntime } from './index.ts'
import { findProgram, isAtLeast } from './ground.ts'
import { describeSandbox, sandboxDeps, tempFolder, testRuntime, type TestRuntimeOptions } from './testing.ts'

/** A program in place of bubblewrap, that says and does what a broken one would. */
const withBubblewrap = (script: string): TestRuntimeOptions => {
  const folder = tempFolder()
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'bwrap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { env: { PATH: folder }, platform: 'linux', architecture: 'x64' }
}

const statusOf = (options: TestRuntimeOptions) => createSandboxRuntime(sandboxDeps(tempFolder(), options)).status()

describe('the status of the sandbox runtime', () => {
  it('names the package where bubblewrap is not installed', async () => {
    const status = await statusOf({ env: { PATH: '/nonexistent' }, platform: 'linux', architecture: 'x64' })
    expect(status).toMatchObject({ name: 'sandbox', available: false, version: null, boxes: 0 })
    expect(status.reason).toMatch(/bubblewrap is not installed.*apt install bubblewrap.*dnf install bubblewrap/)
  })

  it('says so where bubblewrap is too old', async () => {
    expect((await statusOf(withBubblewrap('echo bubblewrap 0.6.1'))).reason).toMatch(/0\.6\.1 is too old: 0\.7/)
  })

  it('tells what bubblewrap said where it cannot make a sandbox', async () => {
    const options = withBubblewrap(
      '[ "$1" = --version ] && echo bubblewrap 0.8.0 && exit 0\necho "bwrap: setting up uid map: Permission denied" >&2; exit 1',
    )
    const status = await statusOf(options)
    expect(status.available).toBe(false)
    expect(status.reason).toMatch(/cannot make a sandbox here: bwrap: setting up uid map: Permission denied/)
  })

  it('gives the reason where there is none for the system or its processor', async () => {
    expect((await statusOf({ platform: 'win32' })).reason).toMatch(/needs Linux or macOS.*docker/)
    expect((await statusOf({ ...withBubblewrap('echo bubblewrap 0.8.0'), architecture: 'riscv64' })).reason).toMatch(
      /riscv64/,
    )
  })

  it('looks again after it was missing, as it may have been installed', async () => {
    const options = withBubblewrap('echo bubblewrap 0.6.1')
    const runtime = createSandboxRuntime(sandboxDeps(tempFolder(), options))
    expect((await runtime.status()).reason).toMatch(/too old/)
    writeFileSync(join(options.env?.['PATH'] ?? '', 'bwrap'), '#!/bin/sh\necho bubblewrap 0.6.2\n')
    expect((await runtime.status()).reason).toMatch(/0\.6\.2 is too old/)
  })

  it('explains a refusal by the switch of the kernel that is off', () => {
    const denied = 'bwrap: No permissions to create new namespace, likely because the kernel does not allow it\n'
    const off = (name: string, value: number) => (file: string) => (file.endsWith(name) ? value : undefined)
    expect(explainRefusal(denied, off('apparmor_restrict_unprivileged_userns', 1))).toMatch(/AppArmor.*sysctl/)
    expect(explainRefusal(denied, off('unprivileged_userns_clone', 0))).toMatch(/unprivileged_userns_clone=1/)
    expect(explainRefusal(denied, off('max_user_namespaces', 0))).toMatch(/max_user_namespaces=10000/)
    expect(explainRefusal(denied, () => undefined)).toMatch(/User namespaces seem to be forbidden/)
    expect(explainRefusal('bwrap: Can’t find source path /x\n', () => undefined)).not.toMatch(/forbidden/)
    expect(explainRefusal('', () => undefined)).toMatch(/no reason/)
  })

  it('compares versions by their numbers', () => {
    expect(isAtLeast('0.11.0', [0, 7])).toBe(true)
    expect(isAtLeast('0.6.9', [0, 7])).toBe(false)
    expect(isAtLeast('1.0', [0, 7])).toBe(true)
    expect(isAtLeast('5.14.0-rc1', [5, 14])).toBe(true)
    expect(isAtLeast('nonsense', [0, 7])).toBe(false)
  })

  it('finds programs in folders that are named in full only', () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'one'), '', { mode: 0o755 })
    writeFileSync(join(folder, 'two'), '', { mode: 0o644 })
    mkdirSync(join(folder, 'three'))
    expect(findProgram('one', { PATH: `relative:${folder}` })).toBe(join(folder, 'one'))
    for (const name of ['two', 'three', 'four']) expect(findProgram(name, { PATH: folder })).toBeUndefined()
    expect(findProgram('one', {})).toBeUndefined()
  })
})

describeSandbox('the status of the sandbox runtime, where there is one', () => {
  it('tells its version, where it was found and what limits boxes', async () => {
    const status = await testRuntime().runtime.status()
    expect(status).toMatchObject({ available: true, reason: null, boxes: 0 })
    expect(status.version).toMatch(/^\d+\.\d+/)
    expect(status.detail).toMatch(/^\/.*bwrap, (control groups version [12]|limits of processes, watched)$/)
    expect((await testRuntime({ groups: 'none' }).runtime.status()).detail).toMatch(/limits of processes, watched$/)
  })
})

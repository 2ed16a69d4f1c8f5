import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BoxRecipe, bubblewrapArgs, insideScript } from './bubblewrap.ts'
import { tempFolder } from './testing.ts'
import { viewOf } from './view.ts'

const GIB = 1024 ** 3
const limits = { cpus: 2, memoryBytes: 4 * GIB, pids: 512, diskBytes: GIB }
const recipe: BoxRecipe = {
  limits,
  view: { links: [{ path: '/bin', target: 'usr/bin' }], binds: ['/usr', '/etc/ssl/certs'] },
  materials: [{ source: '/apps/node', path: '/opt/gantry/node' }],
  etc: ['passwd', 'hosts'],
  command: ['/opt/gantry/node', 'agent.mjs'],
  canDisableUserns: true,
  ownLimits: null,
}
const text = (given: Partial<BoxRecipe> = {}) => bubblewrapArgs({ ...recipe, ...given }).join(' ')

describe('the command line of bubblewrap', () => {
  it('takes every space of its own, no rights, and never the network of the machine', () => {
    const args = text()
    for (const part of [
      '--unshare-all --unshare-user --disable-userns --new-session --die-with-parent',
      '--uid 10001 --gid 10001 --hostname agent --cap-drop ALL',
      '--seccomp 6',
    ]) {
      expect(args).toContain(part)
    }
    for (const part of ['--share-net', '--dev-bind', '--bind ', '--cap-add']) expect(args).not.toContain(part)
    expect(text({ canDisableUserns: false })).not.toContain('--disable-userns')
  })

  it('shows what it is told to read-only, and lets nothing else be written than folders with a size', () => {
    const args = text()
    expect(args).toContain('--ro-bind /usr /usr --ro-bind /etc/ssl/certs /etc/ssl/certs --symlink usr/bin /bin')
    expect(args).toContain('--perms 0444 --file 7 /etc/passwd --perms 0444 --file 8 /etc/hosts')
    expect(args).toContain('--ro-bind /apps/node /opt/gantry/node')
    expect(args).toContain('--dev /dev --remount-ro /dev')
    expect(args.split('--tmpfs').length - 1).toBe(4)
    expect(args.match(/--size \d+ --perms \d+ --tmpfs \S+/g)).toEqual([
      `--size ${GIB} --perms 1777 --tmpfs /tmp`,
      '--size 16777216 --perms 0755 --tmpfs /run',
      '--size 67108864 --perms 1777 --tmpfs /dev/shm',
      `--size ${GIB} --perms 0700 --tmpfs /home/agent`,
    ])
    expect(args).toMatch(/--remount-ro \/ --chdir \/home\/agent\/work -- \/bin\/sh -c/)
  })

  it('gives processes limits of their own where nothing else holds them', () => {
    expect(insideScript(limits, null)).not.toMatch(/^hold -[dup]/m)
    expect(insideScript(limits, { pids: false })).not.toMatch(/^hold -[up]/m)
    const run = (script: string) =>
      execFileSync('/bin/sh', ['-c', script, 'gantry', '/bin/sh', '-c', 'ulimit -c; ulimit -n; ulimit -d'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      }).split('\n')
    const memoryBytes = 256 * 1024 ** 2
    expect(run(insideScript({ ...limits, memoryBytes, pids: 900 }, { pids: true })).slice(0, 3)).toEqual([
      '0',
      '4096',
      String(1024 * 1024),
    ])
    // More than there is anyway: what holds already is left.
    const lower = `ulimit -n 100\n${insideScript({ ...limits, memoryBytes, pids: 10_000_000 }, { pids: true })}`
    expect(run(lower)[1]).toBe('100')
    expect(() => run(`ulimit() { return 1; }\n${insideScript(limits, null)}`)).toThrow(
      /limit of core dumps cannot be set/,
    )
  })
})

describe('what a box sees of the machine', () => {
  it('is its programs and whom it trusts, as they are there: links stay links', () => {
    const root = tempFolder()
    for (const folder of ['usr', 'lib64', 'etc/ssl/certs', 'etc/ssl/private', 'root', 'home', 'var']) {
      mkdirSync(join(root, folder), { recursive: true })
    }
    for (const file of ['etc/shadow', 'etc/passwd', 'etc/ld.so.cache']) writeFileSync(join(root, file), '')
    symlinkSync('usr/bin', join(root, 'bin'))
    symlinkSync('nowhere', join(root, 'etc', 'protocols'))
    expect(viewOf(root)).toEqual({
      links: [{ path: '/bin', target: 'usr/bin' }],
      binds: ['/usr', '/lib64', '/etc/ld.so.cache', '/etc/ssl/certs'],
    })
  })
})

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { INSIDE_ENV } from './bubblewrap.ts'
import { type MacGround } from './ground.ts'
import { loopbackPort, planOf } from './plan.ts'
import { seatbeltProfile } from './seatbelt.ts'
import { sandboxDeps, specOf, tempFolder } from './testing.ts'

const recipe = { folder: '/private/box "one"\\', node: '/Apps/node', scripts: '/Apps/scripts', loopbackPort: 50_001 }
const profile = seatbeltProfile(recipe)
const rules = profile.split('\n')
const rulesFor = (operation: string) =>
  rules.filter((rule) => rule.startsWith('(allow') && rule.split(/[ (]/).includes(operation))

/** Every bracket closed, none inside of a text: what the reader of profiles stumbles over first. */
const isBalanced = (text: string): boolean => {
  let depth = 0
  for (const [part] of text.matchAll(/"(?:[^"\\]|\\.)*"|[()]/g)) depth += part === '(' ? 1 : part === ')' ? -1 : 0
  return depth === 0
}

describe('the profile for macOS, which has not been run yet', () => {
  it('denies by default, and is well formed', () => {
    expect(rules.slice(0, 2)).toEqual(['(version 1)', '(deny default)'])
    expect(isBalanced(profile)).toBe(true)
    expect(rules.every((rule) => rule === '' || isBalanced(rule))).toBe(true)
    expect(profile).toContain('"/private/box \\"one\\"\\\\"')
  })

  it('lets only the folder of the box be written to', () => {
    expect(rulesFor('file-write*')).toEqual(['(allow file-write* (subpath "/private/box \\"one\\"\\\\"))'])
  })

  it('shows the system and the box, and no folders of people', () => {
    const [reading = ''] = rulesFor('file-read*')
    expect(reading).toContain('(subpath "/usr")')
    expect(reading).toContain('(literal "/Apps/node")')
    for (const folder of ['/Users', '/private/var/root', '/private/etc"', '/Volumes', '/Library"']) {
      expect(reading).not.toContain(folder)
    }
  })

  it('opens no network but the one port of the machine that the box serves', () => {
    expect(rules.filter((rule) => rule.includes('network'))).toEqual([
      '(allow network-bind network-inbound (local ip "localhost:50001"))',
      '(allow network-outbound (remote ip "localhost:50001"))',
    ])
  })

  it('is carried out by the same supervisor, without what only Linux has', () => {
    const home = tempFolder()
    const deps = sandboxDeps(home, { platform: 'darwin' })
    mkdirSync(deps.materials.scripts)
    writeFileSync(join(deps.materials.scripts, 'agent.mjs'), '')
    const ground: MacGround = { kind: 'seatbelt', program: '/usr/bin/sandbox-exec', version: '24' }
    const spec = specOf()
    const { inside: _, ...shipped } = deps
    const plan = planOf(spec, shipped, ground, { folder: '/boxes/one', socket: '/s' })
    expect(plan).toMatchObject({
      command: '/usr/bin/sandbox-exec',
      handshake: false,
      groups: null,
      files: [],
      stores: [],
    })
    expect(plan.args.slice(0, 2)).toEqual(['-p', expect.stringContaining('(deny default)') as string])
    expect(plan.args.slice(-2)).toEqual([deps.materials.node, join(deps.materials.scripts, 'agent.mjs')])
    expect(plan.env).toEqual({
      ...INSIDE_ENV,
      HOME: '/boxes/one/home',
      TMPDIR: '/boxes/one/home/tmp',
      GANTRY_LOOPBACK_PORT: String(loopbackPort(spec.boxId)),
    })
  })
})

import { expect, test } from 'vitest'
import { installCommand, missing } from './system.mjs'
import { sandboxNeeds, windowNeeds } from './system-packages.mjs'

const gtkAndSound = windowNeeds.filter((need) => ['libgtk-3.so.0', 'libasound.so.2'].includes(need.name))

test('on Debian 12 an ordinary user is told the one command, with the missing packages only', () => {
  const command = installCommand(gtkAndSound, { manager: 'apt', root: false, exists: (name) => !name.includes('t64') })
  expect(command).toBe('sudo apt-get install -y libgtk-3-0 libasound2')
})

test('where packages were renamed for 64-bit time, the new names are used', () => {
  const command = installCommand(gtkAndSound, { manager: 'apt', root: false, exists: () => true })
  expect(command).toBe('sudo apt-get install -y libgtk-3-0t64 libasound2t64')
})

test('root needs no sudo', () => {
  expect(installCommand(sandboxNeeds, { manager: 'apt', root: true })).toBe('apt-get install -y bubblewrap')
})

test('other package managers get their own command', () => {
  expect(installCommand(gtkAndSound, { manager: 'dnf', root: false })).toBe('sudo dnf install -y gtk3 alsa-lib')
  expect(installCommand(gtkAndSound, { manager: 'pacman', root: false })).toBe('sudo pacman -S --needed gtk3 alsa-lib')
})

test.runIf(process.platform === 'linux')(
  'a library is missing when the linker does not know it, a command when the PATH does not',
  () => {
    const need = (/** @type {string} */ name, /** @type {'library' | 'command'} */ kind) => ({
      name,
      kind,
      apt: [name],
      dnf: name,
      pacman: name,
    })
    const needs = [
      need('libc.so.6', 'library'),
      need('libnot-there.so.9', 'library'),
      need('sh', 'command'),
      need('not-there', 'command'),
    ]
    expect(missing(needs).map(({ name }) => name)).toEqual(['libnot-there.so.9', 'not-there'])
  },
)

import { expect, test } from 'vitest'
import { matchesLockfile } from './dependencies.mjs'

const lockfile = {
  packages: {
    '': {},
    'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' },
    'node_modules/only-elsewhere': { version: '2.0.0', optional: true },
  },
}

test('a tree that is what the lockfile says needs no install, optional packages of other systems aside', () => {
  expect(
    matchesLockfile(lockfile, { packages: { 'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' } } }),
  ).toBe(true)
})

test('another version, another content or a missing package needs an install', () => {
  expect(
    matchesLockfile(lockfile, { packages: { 'node_modules/one': { version: '1.0.1', integrity: 'sha512-one' } } }),
  ).toBe(false)
  expect(
    matchesLockfile(lockfile, { packages: { 'node_modules/one': { version: '1.0.0', integrity: 'sha512-two' } } }),
  ).toBe(false)
  expect(matchesLockfile(lockfile, { packages: {} })).toBe(false)
})

test('an install that was killed has no record, and is needed', () => {
  expect(matchesLockfile(lockfile, undefined)).toBe(false)
})

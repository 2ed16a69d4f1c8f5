import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inRoot } from './bringup/paths.mjs'
import { complete, platformOf } from './complete-lockfile.mjs'

test('the lockfile names the optional packages of every system, so that npm ci takes it everywhere', () => {
  expect(complete(JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8'))).added).toEqual([])
})

test('an optional package that npm dropped is put back for its system', () => {
  const packages = {
    'node_modules/tool': {
      version: '1.0.0',
      dev: true,
      optionalDependencies: { '@tool/linux-x64-musl': '1.0.0', '@tool/darwin-arm64': '1.0.0' },
    },
    'node_modules/@tool/darwin-arm64': { version: '1.0.0' },
  }
  const { packages: all, added } = complete({ packages })
  expect(added).toEqual(['@tool/linux-x64-musl@1.0.0'])
  expect(all['node_modules/@tool/linux-x64-musl']).toEqual({
    version: '1.0.0',
    cpu: ['x64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  })
})

test('a package says in its name what it runs on', () => {
  expect(platformOf('@swc/core-linux-arm-gnueabihf')).toEqual({ os: ['linux'], cpu: ['arm'], libc: ['glibc'] })
  expect(platformOf('@oxfmt/binding-win32-x64-msvc')).toEqual({ os: ['win32'], cpu: ['x64'] })
  expect(platformOf('@tailwindcss/oxide-wasm32-wasi')).toEqual({ cpu: ['wasm32'] })
})

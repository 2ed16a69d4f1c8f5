import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GantryError } from '../../contract/index.ts'
import {
  type Endpoint,
  endpointFile,
  findHome,
  readEndpoint,
  removeEndpoint,
  socketPath,
  writeEndpoint,
} from '../endpoint/index.ts'
import { tempHome } from '../testing/index.ts'
import { claimHome } from './index.ts'

const mode = (path: string) => statSync(path).mode & 0o777
const claim = (home: string) => {
  const release = claimHome(home)
  onTestFinished(release)
  return release
}
const refusal = (home: string): GantryError => {
  try {
    claimHome(home)()
  } catch (thrown) {
    if (thrown instanceof GantryError) return thrown
    throw thrown
  }
  throw new Error('it was not refused')
}
const endpoint = (home: string): Endpoint => ({
  pid: process.pid,
  startedAt: '2026-11-21T14:00:00.000Z',
  version: '0.1.0',
  mode: 'headless',
  url: 'http://127.0.0.1:9090',
  socket: socketPath(home),
  token: 'gow_token',
})

describe('the claim on a data folder', () => {
  test('makes the folder and what is in it owner-only, also where it was open before', () => {
    const home = join(tempHome(), 'deep', 'home')
    mkdirSync(home, { recursive: true })
    chmodSync(home, 0o755)
    claim(home)
    expect([home, join(home, 'run')].map(mode)).toEqual([0o700, 0o700])
    expect(mode(join(home, 'run', 'lock'))).toBe(0o600)
  })

  test('keeps a second one out, and says who is there', () => {
    const home = tempHome()
    claim(home)
    expect(refusal(home).message).toBe(`Another Gantry already works in ${home}.`)
    writeEndpoint(home, endpoint(home))
    const error = refusal(home)
    expect(error).toMatchObject({ code: 'E_CONFLICT', details: { pid: process.pid, mode: 'headless' } })
    expect(error.message).toContain(`process ${process.pid}`)
    expect(error.hint).toContain('gantry system stop')
    expect(JSON.stringify(error.toBody())).not.toContain('gow_token')
  })

  test('is free again once it is given back', () => {
    const home = tempHome()
    claim(home)()
    claim(home)
  })

  test('is not hindered by garbage in the lock file', () => {
    const home = tempHome()
    mkdirSync(join(home, 'run'))
    writeFileSync(join(home, 'run', 'lock'), 'garbage '.repeat(200))
    claim(home)
  })

  test.each([
    ['a file where the folder should be', (home: string) => writeFileSync(home, '')],
    ['a link that leads nowhere', (home: string) => symlinkSync('/nowhere/at/all', home)],
    ['a folder where the lock should be', (home: string) => mkdirSync(join(home, 'run', 'lock'), { recursive: true })],
  ])('fails in words at %s', (_what, spoil) => {
    const home = join(tempHome(), 'home')
    spoil(home)
    const error = refusal(home)
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE' })
    expect(error.message).toContain(home)
    expect(error.hint).toContain('--home')
  })
})

describe('where Gantry is found', () => {
  test('is what was given, then GANTRY_HOME, then where the platform keeps data', () => {
    expect(findHome('/a/b', { GANTRY_HOME: '/c' })).toBe('/a/b')
    expect(findHome(undefined, { GANTRY_HOME: '/c' })).toBe('/c')
    expect(findHome(undefined, { GANTRY_HOME: '', XDG_DATA_HOME: '/d' }, 'linux')).toBe('/d/gantry')
    expect(findHome(undefined, {}, 'linux')).toBe(join(homedir(), '.local/share/gantry'))
    expect(findHome(undefined, {}, 'darwin')).toBe(join(homedir(), 'Library/Application Support/Gantry'))
    expect(findHome(undefined, { APPDATA: '/roaming' }, 'win32')).toBe(join('/roaming', 'Gantry'))
    expect(findHome(undefined, {}, 'win32')).toBe(join(homedir(), 'AppData/Roaming/Gantry'))
  })

  test('is a socket in the data folder, or elsewhere where its path would be too long, or a pipe on Windows', () => {
    expect(socketPath('/home/a', 'linux')).toBe('/home/a/run/gantry.sock')
    const deep = socketPath(`/${'deep/'.repeat(30)}`, 'linux')
    expect(deep.startsWith(tmpdir())).toBe(true)
    expect(Buffer.byteLength(deep)).toBeLessThan(100)
    expect(socketPath('/a', 'win32')).toMatch(/^\\\\\.\\pipe\\gantry-[0-9a-f]{12}$/)
    expect(socketPath('/a', 'win32')).not.toBe(socketPath('/b', 'win32'))
  })

  test('is written to a file that only the owner can read, and removed by the one that wrote it', () => {
    const home = tempHome()
    mkdirSync(join(home, 'run'))
    writeEndpoint(home, endpoint(home))
    expect(mode(endpointFile(home))).toBe(0o600)
    expect(readEndpoint(home)).toEqual(endpoint(home))
    writeEndpoint(home, { ...endpoint(home), pid: process.pid + 1 })
    removeEndpoint(home)
    expect(readEndpoint(home)).toBeDefined()
    writeEndpoint(home, endpoint(home))
    removeEndpoint(home)
    expect(readEndpoint(home)).toBeUndefined()
  })

  test.each(['', 'nonsense', '{}', '[]', '{"pid":"one"}', '{"pid":1,"socket":"/s"}'])(
    'is unknown where the file holds %j',
    (text) => {
      const home = tempHome()
      mkdirSync(join(home, 'run'))
      writeFileSync(endpointFile(home), text)
      expect(readEndpoint(home)).toBeUndefined()
    },
  )
})

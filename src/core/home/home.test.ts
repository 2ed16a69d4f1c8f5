import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GantryError } from '../../contract/index.ts'
import {
  type Endpoint,
  endpointFile,
  findHome,
  lookUpEndpoint,
  readEndpoint,
  removeEndpoint,
  socketPath,
  writeEndpoint,
} from '../endpoint/index.ts'
import { tempHome } from '../testing/index.ts'
import { claimHome, makeOwnFolder } from './index.ts'

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
    const deep = socketPath(`/${'deep/'.repeat(30)}`, 'linux', {})
    expect(deep.startsWith(tmpdir())).toBe(true)
    expect(Buffer.byteLength(deep)).toBeLessThan(100)
    expect(socketPath('/a', 'win32')).toMatch(/^\\\\\.\\pipe\\gantry-[0-9a-f]{12}$/)
    expect(socketPath('/a', 'win32')).not.toBe(socketPath('/b', 'win32'))
  })

  test.runIf(process.getuid)('is for a deep folder in the user’s own folder for sockets, where that is ours', () => {
    const deep = `/${'deep/'.repeat(30)}`
    const own = tempHome()
    const link = join(own, 'link')
    symlinkSync(own, link)
    const folderWith = (runtime: string) => socketPath(deep, 'linux', { XDG_RUNTIME_DIR: runtime })
    expect(folderWith(own).startsWith(`${own}/gantry-`)).toBe(true)
    for (const runtime of ['', 'relative', join(own, 'missing'), link, `${own}/${'x'.repeat(90)}`]) {
      expect(folderWith(runtime)).toBe(socketPath(deep, 'linux', {}))
    }
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
      chmodSync(endpointFile(home), 0o600)
      expect(readEndpoint(home)).toBeUndefined()
      expect(lookUpEndpoint(home)).toMatchObject({ state: 'unusable', problem: expect.stringContaining('hold') })
    },
  )

  test.runIf(process.getuid)('is not believed where others than the owner may use the file', () => {
    const home = tempHome()
    expect(lookUpEndpoint(home)).toEqual({ state: 'missing' })
    mkdirSync(join(home, 'run'))
    writeEndpoint(home, endpoint(home))
    expect(lookUpEndpoint(home)).toEqual({ state: 'found', endpoint: endpoint(home) })
    for (const open of [0o640, 0o602, 0o604]) {
      chmodSync(endpointFile(home), open)
      expect(lookUpEndpoint(home)).toMatchObject({ state: 'unusable', problem: expect.stringContaining('others') })
      expect(readEndpoint(home)).toBeUndefined()
    }
  })
})

describe('a folder where others could be first', () => {
  test('is made owner-only, and used again', () => {
    const folder = join(tempHome(), 'own')
    makeOwnFolder(folder)
    makeOwnFolder(folder)
    expect(mode(folder)).toBe(0o700)
  })

  test.runIf(process.getuid).each<[string, (folder: string) => void]>([
    ['a link', (folder) => symlinkSync(tempHome(), folder)],
    ['a link that leads nowhere', (folder) => symlinkSync(`${folder}-target`, folder)],
    ['a file', (folder) => writeFileSync(folder, '')],
    [
      'a folder that others may enter',
      (folder) => {
        mkdirSync(folder)
        chmodSync(folder, 0o755)
      },
    ],
    ['nothing, in a folder that is missing', () => undefined],
  ])('is refused where there is %s', (what, spoil) => {
    const folder = join(tempHome(), what.startsWith('nothing') ? 'missing/own' : 'own')
    spoil(folder)
    expect(() => makeOwnFolder(folder)).toThrow(
      expect.objectContaining({
        code: 'E_UNAVAILABLE',
        message: expect.stringContaining(folder),
        hint: expect.any(String),
      }),
    )
    expect(existsSync(`${folder}-target`)).toBe(false)
  })

  test.runIf(process.getuid?.() === 0)('is refused where it belongs to somebody else', () => {
    const folder = join(tempHome(), 'own')
    makeOwnFolder(folder)
    chownSync(folder, 12_345, 12_345)
    expect(() => makeOwnFolder(folder)).toThrow(expect.objectContaining({ code: 'E_UNAVAILABLE' }))
  })
})

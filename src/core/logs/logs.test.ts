import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempHome } from '../testing/index.ts'
import { SECRET_PREFIXES, openLog, scrub } from './index.ts'
import { RotatingFile } from './rotating-file.ts'

const SECRET = 'a1b2c3d4_fLPU1kgpn7fCj-6q07WbFt3iVViIUgpH4E2kBWTTtE'

describe('scrub', () => {
  test.each(SECRET_PREFIXES)('blanks every secret that begins with %s, wherever it stands', (prefix) => {
    const secret = prefix + SECRET
    for (const text of [
      secret,
      `key=${secret}`,
      `"${secret}"`,
      `first\n${secret}`,
      JSON.stringify(`first\n${secret}`),
      `x${secret}`,
    ]) {
      expect(scrub(text)).not.toContain(SECRET)
    }
  })

  test('blanks bearer tokens and API key headers of others too', () => {
    expect(scrub('Authorization: Bearer abc.def')).toBe('Authorization: Bearer ***')
    expect(scrub('{"x-api-key":"abcdef"}')).toBe('{"x-api-key":"***"}')
  })

  test('leaves words alone that only look a little like a secret', () => {
    expect(scrub('the prefix gky_ is followed by an id')).toBe('the prefix gky_ is followed by an id')
  })
})

describe('RotatingFile', () => {
  const names = (folder: string) => readdirSync(folder).toSorted()

  test('moves full files on and never keeps more than its share', () => {
    const folder = tempHome()
    const file = new RotatingFile(folder, 'log', 10, 3)
    for (const line of ['one-one\n', 'two-two\n', 'three-3\n', 'four-44\n']) file.write(line)
    file.close()
    expect(names(folder)).toEqual(['log', 'log.1', 'log.2'])
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('four-44\n')
    expect(readFileSync(join(folder, 'log.2'), 'utf8')).toBe('two-two\n')
  })

  test('counts the bytes that a file had before it was opened', () => {
    const folder = tempHome()
    writeFileSync(join(folder, 'log'), '12345678')
    const file = new RotatingFile(folder, 'log', 10, 2)
    file.write('abc\n')
    file.close()
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('abc\n')
  })

  test('counts bytes, not letters', () => {
    const folder = tempHome()
    const file = new RotatingFile(folder, 'log', 10, 2)
    file.write('ääää\n')
    file.write('ä\n')
    file.close()
    expect(names(folder)).toEqual(['log', 'log.1'])
  })

  test('is readable by its owner only, also where the file was there before', () => {
    const folder = tempHome()
    writeFileSync(join(folder, 'log'), '')
    chmodSync(join(folder, 'log'), 0o644)
    new RotatingFile(folder, 'log', 10, 2).close()
    expect(statSync(join(folder, 'log')).mode & 0o777).toBe(0o600)
  })

  test('writes again once what kept it from rotating is gone', () => {
    const folder = tempHome()
    const file = new RotatingFile(folder, 'log', 4, 2)
    // A folder that is not empty cannot be replaced by a file.
    mkdirSync(join(folder, 'log.1', 'in-the-way'), { recursive: true })
    file.write('one\n')
    file.write('two\n')
    rmSync(join(folder, 'log.1'), { recursive: true })
    file.write('three\n')
    file.close()
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('three\n')
  })

  test('stays closed once it is closed', () => {
    const folder = tempHome()
    const file = new RotatingFile(folder, 'log', 10, 2)
    file.close()
    file.write('late\n')
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('')
  })
})

describe('openLog', () => {
  test('writes JSON lines without secrets, from the level that is set', () => {
    const folder = tempHome()
    const { log, setLevel, close } = openLog(folder, 'info')
    log.debug('not this')
    log.info({ key: `gky_${SECRET}`, nested: { text: `line\ngow_${SECRET}` } }, 'this')
    setLevel('debug')
    log.debug('now this')
    close()
    const text = readFileSync(join(folder, 'gantry.log'), 'utf8')
    expect(text).not.toContain(SECRET)
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    ).toEqual(['this', 'now this'])
  })
})

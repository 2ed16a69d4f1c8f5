import { type ChildProcess, spawn } from 'node:child_process'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NODE, manualClock, tempHome } from '../testing/index.ts'
import { type Vault, openSecrets } from './index.ts'

/** A keychain as the desktop has one: what it seals, only it can open. */
const testVault = (key = randomBytes(32)): Vault & { lock: () => void } => {
  let available = true
  return {
    available: () => available,
    lock: () => (available = false),
    seal: (text) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },
    open: (sealed) => {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
      decipher.setAuthTag(sealed.subarray(-16))
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8')
    },
  }
}

const open = ({
  home = tempHome(),
  env = {},
  vault,
}: { home?: string; env?: Record<string, string>; vault?: Vault } = {}) => {
  const changes: string[] = []
  const problems: string[] = []
  const secrets = openSecrets({
    home,
    env,
    vault,
    now: manualClock().now,
    onChange: (name) => changes.push(name),
    onProblem: (message) => problems.push(message),
  })
  const file = join(home, 'secrets.json')
  return { secrets, home, file, changes, problems, again: () => open({ home, env, ...(vault && { vault }) }) }
}

const VALUE = 'planted-value-7c1e'

describe('a secret', () => {
  test('is kept in a file that only its owner can read, where there is no keychain', () => {
    const { secrets, file, changes, again } = open()
    const info = { name: 'openai', kept: 'file', usable: true, updatedAt: '2026-11-21T14:00:00.000Z' }
    expect(secrets.set('openai', VALUE)).toEqual(info)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(secrets.list()).toEqual([info])
    expect(secrets.get('openai')).toBe(VALUE)
    expect(changes).toEqual(['openai'])
    expect(again().secrets.get('openai')).toBe(VALUE)
  })

  test('is sealed where there is a keychain, and its value is nowhere on the disk', () => {
    const vault = testVault()
    const { secrets, home, again } = open({ vault })
    expect(secrets.set('openai', VALUE)).toMatchObject({ kept: 'keychain', usable: true })
    for (const name of readdirSync(home)) expect(readFileSync(join(home, name), 'utf8')).not.toContain(VALUE)
    expect(again().secrets.get('openai')).toBe(VALUE)
  })

  test('loses the end of the line it was piped in with, and nothing else', () => {
    const { secrets } = open()
    secrets.set('a', ' a b \r\n')
    expect(secrets.get('a')).toBe(' a b ')
  })

  test('replaces the one before it', () => {
    const { secrets, again } = open()
    secrets.set('a', 'one')
    secrets.set('a', 'two')
    expect(secrets.get('a')).toBe('two')
    expect(again().secrets.list()).toHaveLength(1)
  })

  test('without a value is refused', () => {
    const { secrets, changes } = open()
    for (const value of ['\n', '   ']) expect(() => secrets.set('a', value)).toThrow('needs a value')
    expect(changes).toEqual([])
  })

  test('can be forgotten, and one that is not there cannot', () => {
    const { secrets, changes, again } = open()
    secrets.set('a', 'one')
    expect(secrets.remove('a')).toEqual({ removed: 'a' })
    expect(secrets.get('a')).toBeUndefined()
    expect(secrets.has('a')).toBe(false)
    expect(changes).toEqual(['a', 'a'])
    expect(again().secrets.list()).toEqual([])
    expect(() => secrets.remove('a')).toThrow('There is no secret named "a"')
  })

  test('may have the name of something that every object has', () => {
    const { secrets, again } = open()
    secrets.set('constructor', 'one')
    expect(again().secrets.get('constructor')).toBe('one')
    expect(secrets.has('toString')).toBe(false)
  })
})

describe('a sealed secret', () => {
  test('that another keychain sealed is listed as not usable, and says what to do', () => {
    const { secrets, home } = open({ vault: testVault() })
    secrets.set('openai', VALUE)
    const other = open({ home, vault: testVault() }).secrets
    expect(other.list()).toMatchObject([{ name: 'openai', kept: 'keychain', usable: false }])
    expect(other.has('openai')).toBe(false)
    expect(() => other.get('openai')).toThrow('cannot be opened here')
    other.set('openai', 'new')
    expect(other.get('openai')).toBe('new')
  })

  test('is not usable where there is no keychain, also if the environment has one of that name', () => {
    const { secrets, home } = open({ vault: testVault() })
    secrets.set('openai', VALUE)
    const headless = open({ home, env: { OPENAI_API_KEY: 'from-environment' } }).secrets
    expect(headless.list()).toMatchObject([{ name: 'openai', kept: 'keychain', usable: false }])
    expect(() => headless.get('openai')).toThrow('cannot be opened here')
    headless.remove('openai')
    expect(headless.get('openai')).toBe('from-environment')
  })

  test('is usable again when the keychain is', () => {
    const key = randomBytes(32)
    const { secrets, home } = open({ vault: testVault(key) })
    secrets.set('openai', VALUE)
    const locked = testVault(key)
    locked.lock()
    const later = open({ home, vault: locked }).secrets
    expect(later.has('openai')).toBe(false)
    expect(open({ home, vault: testVault(key) }).secrets.get('openai')).toBe(VALUE)
  })

  test('that the keychain does not take is not kept in another way', () => {
    const vault = {
      ...testVault(),
      seal: () => {
        throw new Error('locked')
      },
    }
    const { secrets, home } = open({ vault })
    expect(() => secrets.set('openai', VALUE)).toThrow('does not take the secret')
    expect(readdirSync(home)).toEqual([])
    expect(secrets.list()).toEqual([])
  })

  test('goes to the file where the keychain is not available', () => {
    const vault = testVault()
    vault.lock()
    expect(open({ vault }).secrets.set('a', VALUE)).toMatchObject({ kept: 'file' })
  })
})

describe('the environment', () => {
  test('lends its keys under the names of their providers, until one is kept', () => {
    const { secrets } = open({ env: { ANTHROPIC_API_KEY: 'from-environment', OPENAI_API_KEY: '' } })
    expect(secrets.list()).toEqual([{ name: 'anthropic', kept: 'environment', usable: true, updatedAt: null }])
    expect(secrets.get('anthropic')).toBe('from-environment')
    expect(secrets.get('openai')).toBeUndefined()
    expect(() => secrets.remove('anthropic')).toThrow('comes from the environment variable ANTHROPIC_API_KEY')
    secrets.set('anthropic', VALUE)
    expect(secrets.get('anthropic')).toBe(VALUE)
    secrets.remove('anthropic')
    expect(secrets.get('anthropic')).toBe('from-environment')
  })
})

describe('a damaged file', () => {
  test.each([
    ['is cut off', '{"version": 1, "secrets": {"a": {"val'],
    ['is something else', '[1, 2]'],
    ['is empty', ''],
  ])('that %s is put aside and said, without a value', (_what, text) => {
    const home = tempHome()
    writeFileSync(join(home, 'secrets.json'), text)
    const { secrets, problems } = open({ home })
    expect(secrets.list()).toEqual([])
    const [aside = ''] = readdirSync(home).filter((name) => name.includes('damaged'))
    expect(readFileSync(join(home, aside), 'utf8')).toBe(text)
    expect(statSync(join(home, aside)).mode & 0o777).toBe(0o600)
    expect(problems).toEqual([expect.stringContaining(aside)])
    expect(open({ home }).problems).toEqual([])
  })

  test('with one entry that cannot be read keeps the others', () => {
    const { secrets, file, home } = open()
    secrets.set('good', VALUE)
    secrets.set('bad', VALUE)
    const raw = JSON.parse(readFileSync(file, 'utf8')) as { secrets: Record<string, unknown> }
    writeFileSync(file, JSON.stringify({ ...raw, secrets: { ...raw.secrets, bad: { value: 7 } } }))
    const later = open({ home })
    expect(later.secrets.get('good')).toBe(VALUE)
    expect(later.secrets.has('bad')).toBe(false)
    expect(later.problems).toEqual([expect.stringContaining('good')])
    expect(later.problems[0]).not.toContain(VALUE)
  })

  test('that others could read is closed to them, and that is said', () => {
    const { secrets, file, again } = open()
    secrets.set('a', VALUE)
    chmodSync(file, 0o644)
    expect(again().problems).toEqual([expect.stringContaining('Others could read')])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(again().problems).toEqual([])
  })

  test('that cannot be read at all stops the start, instead of being taken for an empty one', () => {
    const home = tempHome()
    mkdirSync(join(home, 'secrets.json'))
    expect(() => open({ home })).toThrow('EISDIR')
  })
})

/** Keeps a secret again and again until it is killed; a line for each that is kept. */
const WRITER = `
  const { openSecrets } = await import(process.argv[1])
  process.umask(0)
  const secrets = openSecrets({ home: process.argv[2], env: {}, now: () => new Date(), onChange: () => undefined })
  for (let round = Number(process.argv[3]); ; round += 1) {
    secrets.set('a', String(round).padStart(12_000, '0'))
    process.stdout.write(round + '\\n')
    await new Promise((resolve) => setImmediate(resolve))
  }
`

const startWriter = (home: string, from: number): ChildProcess => {
  const module = join(import.meta.dirname, 'index.ts')
  const child = spawn(NODE, ['--input-type=module', '-e', WRITER, module, home, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

test('a kill at any moment leaves the old value or the new one, and never a file that others can read', async () => {
  const home = tempHome()
  let last = 0
  for (let kill = 0; kill < 8; kill += 1) {
    const child = startWriter(home, last + 1)
    const enough = Promise.withResolvers<void>()
    const modes: number[] = []
    child.stdout?.on('data', (chunk: Buffer) => {
      for (const name of readdirSync(home)) {
        const found = statSync(join(home, name), { throwIfNoEntry: false })
        if (found !== undefined) modes.push(found.mode & 0o077)
      }
      const rounds = chunk.toString().trim().split('\n')
      last = Number(rounds.at(-1))
      if (modes.length > 3 + kill) enough.resolve()
    })
    await enough.promise
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(new Set(modes)).toEqual(new Set([0]))
    const { secrets, problems } = open({ home })
    expect(problems).toEqual([])
    const round = Number(secrets.get('a'))
    expect(secrets.get('a')).toHaveLength(12_000)
    // The one that was told last is kept; the next one may be.
    expect(round).toBeGreaterThanOrEqual(last)
    expect(readdirSync(home)).toEqual(['secrets.json'])
    last = round
  }
})

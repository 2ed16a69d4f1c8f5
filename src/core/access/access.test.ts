import { describe, expect, onTestFinished, test, vi } from 'vitest'
import * as crypto from 'node:crypto'
import { type GantryEvent, PERMISSIONS, Role, roleMay, rolesWith } from '../../contract/index.ts'
import { createEventBus } from '../events/index.ts'
import { apiKeys, openStore } from '../store/index.ts'
import { manualClock, tempHome } from '../testing/index.ts'
import { createRateLimit } from './rate-limit.ts'
import { hashSecret, matchesHash, newSecret } from './secrets.ts'
import { OWNER, createAccess } from './index.ts'

const MINUTE = 60_000
const DAY = 86_400_000

const setUp = () => {
  const clock = manualClock()
  const store = openStore({ home: tempHome(), now: clock.now, keepBackups: () => 1 })
  onTestFinished(store.close)
  const events = createEventBus(clock.now)
  const seen: GantryEvent[] = []
  events.on((event) => seen.push(event))
  return { clock, store, seen, access: createAccess({ store, events, now: clock.now }) }
}

describe('keys', () => {
  test('are shown once and kept as a hash', () => {
    const { access, store, seen } = setUp()
    const { key, secret } = access.keys.create({ name: 'cron', role: 'viewer' }, 'owner')
    expect(secret).toMatch(/^gky_[0-9a-f]{16}_[\w-]{43}$/)
    expect(key).toMatchObject({
      name: 'cron',
      role: 'viewer',
      createdBy: 'owner',
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    })
    const row = store.db.select().from(apiKeys).get()
    expect(JSON.stringify(row)).not.toContain(secret.slice(-20))
    expect(row?.secretHash).toBe(hashSecret(secret))
    expect(JSON.stringify(access.keys.list(true))).not.toContain(row?.secretHash)
    expect(seen).toMatchObject([{ type: 'access.key.created', keyId: key.id }])
  })

  test('open the door for the whole key only', () => {
    const { access } = setUp()
    const { key, secret } = access.keys.create({ name: 'cron', role: 'viewer' }, 'owner')
    expect(access.authenticate(secret)).toEqual({ kind: 'key', id: key.id, name: 'cron', role: 'viewer' })
    for (const wrong of [
      secret.slice(0, -1),
      `${secret}x`,
      secret.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      secret.replace('gky_', 'gss_'),
      `gky_${key.id}_`,
      `gky_${key.id}`,
      'gky_',
      'gow_',
      '',
      hashSecret(secret),
    ]) {
      expect(access.authenticate(wrong), wrong).toBeUndefined()
    }
  })

  test('stop working when they expire', () => {
    const { access, clock } = setUp()
    const { key, secret } = access.keys.create({ name: 'short', role: 'client', expiresInDays: 2 }, 'owner')
    expect(key.expiresAt).toBe('2026-11-23T14:00:00.000Z')
    clock.pass(2 * DAY - 1)
    expect(access.authenticate(secret)).toBeDefined()
    clock.pass(1)
    expect(access.authenticate(secret)).toBeUndefined()
  })

  test('stop working for good when they are revoked, and revoking twice is the same as once', () => {
    const { access, clock, seen } = setUp()
    const { key, secret } = access.keys.create({ name: 'lost', role: 'client' }, 'owner')
    expect(access.keys.isActive(key.id)).toBe(true)
    const revoked = access.keys.revoke(key.id)
    clock.pass(MINUTE)
    expect(access.keys.revoke(key.id)).toEqual(revoked)
    expect(access.authenticate(secret)).toBeUndefined()
    expect(access.keys.isActive(key.id)).toBe(false)
    expect(access.keys.list(false)).toEqual([])
    expect(access.keys.list(true)).toEqual([revoked])
    expect(seen.filter(({ type }) => type === 'access.key.revoked')).toHaveLength(1)
    expect(() => access.keys.revoke('nobody')).toThrow('There is no key with the id "nobody"')
  })

  test('remember their last use to the minute', () => {
    const { access, clock } = setUp()
    const { secret } = access.keys.create({ name: 'used', role: 'client' }, 'owner')
    const lastUsed = () => access.keys.list(false)[0]?.lastUsedAt
    access.authenticate(secret)
    clock.pass(MINUTE - 1)
    access.authenticate(secret)
    expect(lastUsed()).toBe('2026-11-21T14:00:00.000Z')
    clock.pass(1)
    access.authenticate(secret)
    expect(lastUsed()).toBe('2026-11-21T14:01:00.000Z')
  })

  test('are listed newest first', () => {
    const { access, clock } = setUp()
    for (const name of ['one', 'two']) {
      access.keys.create({ name, role: 'client' }, 'owner')
      clock.pass(1)
    }
    expect(access.keys.list(false).map(({ name }) => name)).toEqual(['two', 'one'])
  })
})

vi.mock(import('node:crypto'), { spy: true })

describe('secrets', () => {
  test('are compared in constant time, whatever their length', () => {
    const compare = vi.mocked(crypto.timingSafeEqual)
    const hash = hashSecret('the secret')
    for (const [given, equal] of [
      ['the secret', true],
      ['the secreT', false],
      ['', false],
      ['x'.repeat(10_000), false],
    ] as const) {
      compare.mockClear()
      expect(matchesHash(given, hash)).toBe(equal)
      expect(compare).toHaveBeenCalledOnce()
    }
    expect(matchesHash('the secret', 'ab')).toBe(false)
  })

  test('are long and never twice the same', () => {
    const made = new Set(Array.from({ length: 100 }, () => newSecret('gow_')))
    expect(made.size).toBe(100)
    expect([...made][0]?.length).toBe(4 + 43)
  })

  test('of the owner open the door as the owner, and differ from start to start', () => {
    const { access } = setUp()
    expect(access.authenticate(access.ownerToken)).toEqual(OWNER)
    expect(setUp().access.ownerToken).not.toBe(access.ownerToken)
  })
})

describe('a dashboard link', () => {
  const codeOf = (url: string) => /code=(\S+)$/.exec(url)?.[1] ?? ''

  test('carries its code behind the #, which no browser sends, and works once', () => {
    const { access } = setUp()
    const { url, expiresAt } = access.dashboardLink('http://127.0.0.1:9090')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:9090\/dashboard\/#\/login\?code=glc_/)
    expect(expiresAt).toBe('2026-11-21T14:10:00.000Z')
    const { token } = access.sessions.redeem(codeOf(url))
    expect(access.authenticate(token)).toMatchObject({ kind: 'session', role: 'admin' })
    expect(() => access.sessions.redeem(codeOf(url))).toThrow('used already')
  })

  test('is too old after ten minutes', () => {
    const { access, clock } = setUp()
    const { url } = access.dashboardLink('')
    clock.pass(10 * MINUTE)
    expect(() => access.sessions.redeem(codeOf(url))).toThrow('too old')
  })

  test('opens a session that ends after twelve hours', () => {
    const { access, clock } = setUp()
    const { token, expiresAt } = access.sessions.redeem(codeOf(access.dashboardLink('').url))
    expect(expiresAt).toBe('2026-11-22T02:00:00.000Z')
    clock.pass(12 * 60 * MINUTE - 1)
    expect(access.authenticate(token)).toBeDefined()
    clock.pass(1)
    expect(access.authenticate(token)).toBeUndefined()
  })

  test('made with a key is worth as long as that key, and so are the links made with its session', () => {
    const { access } = setUp()
    const { key, secret } = access.keys.create({ name: 'x', role: 'admin' }, 'owner')
    const actor = access.authenticate(secret)
    const first = access.sessions.redeem(codeOf(access.dashboardLink('', actor).url)).token
    const second = access.sessions.redeem(codeOf(access.dashboardLink('', access.authenticate(first)).url)).token
    const unused = codeOf(access.dashboardLink('', actor).url)
    const session = access.authenticate(second)
    expect(session && access.isValid(session)).toBe(true)
    access.keys.revoke(key.id)
    expect([first, second].map(access.authenticate)).toEqual([undefined, undefined])
    expect(session && access.isValid(session)).toBe(false)
    expect(() => access.sessions.redeem(unused)).toThrow('too old')
  })

  test('opens a session that can be ended, and no other with it', () => {
    const { access } = setUp()
    const [mine = '', other = ''] = [0, 1].map(() => access.sessions.redeem(codeOf(access.dashboardLink('').url)).token)
    access.sessions.end(access.authenticate(mine)?.id ?? '')
    expect(access.authenticate(mine)).toBeUndefined()
    expect(access.authenticate(other)).toBeDefined()
  })

  test('and its session give way to newer ones beyond a hundred', () => {
    const { access } = setUp()
    const first = codeOf(access.dashboardLink('').url)
    for (let count = 0; count < 100; count += 1) access.dashboardLink('')
    expect(() => access.sessions.redeem(first)).toThrow('too old')
    const tokens = Array.from({ length: 101 }, () => access.sessions.redeem(codeOf(access.dashboardLink('').url)).token)
    expect(access.authenticate(tokens[0] ?? '')).toBeUndefined()
    expect(access.authenticate(tokens[100] ?? '')).toBeDefined()
  })
})

describe('the rate limit', () => {
  test('lets a minute’s worth through, then says how long to wait, and fills again evenly', () => {
    const clock = manualClock()
    const rate = createRateLimit(clock.now)
    const take = () => rate.take('a', 60)
    for (let count = 0; count < 60; count += 1) expect(take()).toBe(0)
    expect(take()).toBe(1)
    clock.pass(1000)
    expect(take()).toBe(0)
    expect(take()).toBe(1)
    clock.pass(10 * MINUTE)
    for (let count = 0; count < 60; count += 1) expect(take()).toBe(0)
    expect(take()).toBe(1)
  })

  test('counts each caller for itself, and nobody where it is off', () => {
    const rate = createRateLimit(manualClock().now)
    expect(rate.take('a', 1)).toBe(0)
    expect(rate.take('a', 1)).toBe(60)
    expect(rate.take('b', 1)).toBe(0)
    for (let count = 0; count < 10; count += 1) expect(rate.take('c', 0)).toBe(0)
  })

  test('forgets the caller unused for the longest rather than grow without end', () => {
    const rate = createRateLimit(manualClock().now)
    rate.take('oldest', 1)
    for (let count = 0; count < 10_000; count += 1) rate.take(`caller ${count}`, 1)
    expect(rate.take('oldest', 1)).toBe(0)
  })
})

describe('the audit trail', () => {
  const subject = (operation: string, target: unknown = {}) => ({
    actor: OWNER,
    surface: 'rest' as const,
    operation,
    target,
  })

  test('writes what is about to happen first, then how it went', () => {
    const { access, seen } = setUp()
    const finish = access.audit.begin(subject('settings.set', { key: 'http.port' }))
    expect(access.audit.list({ limit: 1 }).items[0]).toMatchObject({
      outcome: 'started',
      durationMs: null,
      target: '{"key":"http.port"}',
    })
    finish(null, 1.239)
    expect(access.audit.list({ limit: 5 }).items).toMatchObject([
      { outcome: 'ok', code: null, durationMs: 1.24, actor: 'owner' },
    ])
    expect(seen.map((event) => event.type === 'audit.recorded' && event.outcome)).toEqual(['started', 'ok'])
  })

  test('keeps the code of what failed or was refused, also of a stranger', () => {
    const { access } = setUp()
    access.audit.begin(subject('a'))('E_CONFLICT', 1)
    access.audit.refuse({ ...subject('b'), actor: null }, 'E_AUTH')
    expect(access.audit.list({ limit: 5 }).items).toMatchObject([
      { outcome: 'refused', code: 'E_AUTH', actor: 'nobody', target: null },
      { outcome: 'failed', code: 'E_CONFLICT' },
    ])
  })

  test('tells the end of a restore in the database that was put in place, and changes no entry of it', async () => {
    const { access, store } = setUp()
    access.audit.begin(subject('before'))(null, 1)
    const backup = await store.backup('manual')
    const finish = access.audit.begin(subject('system.restore'))
    await store.restore(backup.name)
    // Takes the number that the entry of the restore had.
    access.audit.begin(subject('after'))('E_CONFLICT', 7)
    finish(null, 100)
    expect(access.audit.list({ limit: 5 }).items).toMatchObject([
      { operation: 'system.restore', outcome: 'ok' },
      { operation: 'after', outcome: 'failed', durationMs: 7 },
      { operation: 'before', outcome: 'ok', durationMs: 1 },
    ])
  })

  test('shortens long targets, hides secrets in them, and survives those that cannot be written', () => {
    const { access } = setUp()
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    for (const target of [{ text: 'x'.repeat(1000) }, { id: newSecret('gky_') }, circle])
      access.audit.begin(subject('a', target))
    const [circular, secret, long] = access.audit.list({ limit: 3 }).items
    expect(long?.target).toHaveLength(300)
    expect(secret?.target).toBe('{"id":"gky_***"}')
    expect(circular?.target).toBe('(cannot be shown)')
  })

  test('is read page by page, and by group, operation, outcome and actor', () => {
    const { access } = setUp()
    for (const operation of ['access.keys.create', 'access.keys.revoke', 'accessory.x', 'settings.set'])
      access.audit.begin(subject(operation))
    access.audit.refuse(
      { ...subject('settings.set'), actor: { kind: 'key', id: 'k1', name: 'cron', role: 'viewer' } },
      'E_FORBIDDEN',
    )
    const ids = (query: Parameters<typeof access.audit.list>[0]) => access.audit.list(query).items.map(({ id }) => id)
    const page = access.audit.list({ limit: 2 })
    expect(page.items.map(({ id }) => id)).toEqual([5, 4])
    expect(page.next).toBe(4)
    expect(access.audit.list({ limit: 3, before: 4 })).toMatchObject({
      items: [{ id: 3 }, { id: 2 }, { id: 1 }],
      next: null,
    })
    expect(ids({ limit: 9, operation: 'access' })).toEqual([2, 1])
    expect(ids({ limit: 9, operation: 'access.keys.create' })).toEqual([1])
    expect(ids({ limit: 9, operation: '%' })).toEqual([])
    expect(ids({ limit: 9, outcome: 'refused' })).toEqual([5])
    expect(ids({ limit: 9, actor: 'cron' })).toEqual([5])
    expect(ids({ limit: 9, actor: 'k1' })).toEqual([5])
  })

  test('is pruned of what is older than it is kept', () => {
    const { access, clock } = setUp()
    access.audit.begin(subject('old'))
    clock.pass(DAY)
    access.audit.begin(subject('new'))
    clock.pass(1)
    expect(access.audit.prune(1)).toBe(1)
    expect(access.audit.list({ limit: 5 }).items.map(({ operation }) => operation)).toEqual(['new'])
  })
})

describe('roles', () => {
  test('may what they are meant to, no more', () => {
    const matrix = Object.fromEntries(
      Role.options.map((role) => [role, PERMISSIONS.filter((permission) => roleMay(role, permission))]),
    )
    expect(matrix).toEqual({
      admin: [...PERMISSIONS],
      operator: [
        'agents:read',
        'agents:write',
        'catalog:read',
        'runtimes:write',
        'secrets:read',
        'system:read',
        'system:write',
        'settings:read',
        'settings:write',
        'audit:read',
        'events:read',
      ],
      viewer: ['agents:read', 'catalog:read', 'system:read', 'settings:read', 'audit:read', 'events:read'],
      client: ['agents:read', 'agents:write', 'catalog:read', 'system:read', 'events:read'],
    })
  })

  test('that have a permission are named least powerful first', () => {
    expect(rolesWith('settings:read')).toEqual(['viewer', 'operator', 'admin'])
  })
})

import Database from 'better-sqlite3'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GantryError } from '../../contract/index.ts'
import { manualClock, startTestCore, tempHome } from '../testing/index.ts'
import { type Store, apiKeys, auditEntries, openStore } from './index.ts'
import { inspect, openDatabase, schemaVersion } from './connection.ts'
import { MIGRATIONS, SCHEMA_VERSION } from './migrations.ts'
import { tables } from './schema.ts'

const open = (home: string, { keep = 5, clock = manualClock() } = {}): Store => {
  const store = openStore({ home, now: clock.now, keepBackups: () => keep })
  onTestFinished(store.close)
  return store
}

const file = (home: string) => join(home, 'data', 'gantry.db')
const addKey = (store: Store, id: string) =>
  store.db
    .insert(apiKeys)
    .values({ id, name: id, role: 'viewer', secretHash: 'x', createdAt: 1, createdBy: 'test' })
    .run()
const keyIds = (store: Store) =>
  store.db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .all()
    .map(({ id }) => id)

/** The error a step fails with, to look at as a whole. */
const failure = async (step: () => unknown): Promise<GantryError> => {
  try {
    await step()
  } catch (thrown) {
    if (thrown instanceof GantryError) return thrown
    throw thrown
  }
  throw new Error('it did not fail')
}

const writeVersion = (path: string, version: number) => {
  const database = new Database(path)
  database.pragma(`user_version = ${version}`)
  database.close()
}

/** Overwrites everything behind the header: it still looks like a database, and is none. */
const damage = (path: string) => {
  const bytes = readFileSync(path)
  bytes.fill(0x5a, 100)
  writeFileSync(path, bytes)
}

describe('schema', () => {
  test.each(Object.values(tables).map((table) => [getTableConfig(table).name, table] as const))(
    'migrations make table %s as the typed schema describes it',
    async (name, table) => {
      const home = tempHome()
      await open(home).close()
      const database = new Database(file(home), { readonly: true })
      const made = database.pragma(`table_info(${name})`) as {
        name: string
        type: string
        notnull: number
        pk: number
      }[]
      const indexes = database.pragma(`index_list(${name})`) as { name: string; origin: string }[]
      database.close()
      const { columns, indexes: wanted } = getTableConfig(table)
      expect(
        made.map((column) => [column.name, column.type.toLowerCase(), column.notnull === 1, column.pk === 1]),
      ).toEqual(columns.map((column) => [column.name, column.getSQLType(), column.notNull, column.primary]))
      expect(
        indexes
          .filter(({ origin }) => origin === 'c')
          .map((index) => index.name)
          .toSorted(),
      ).toEqual(wanted.map(({ config }) => config.name).toSorted())
    },
  )

  test('keeps data over a close and a new open', async () => {
    const home = tempHome()
    const first = open(home)
    addKey(first, 'kept')
    await first.close()
    expect(keyIds(open(home))).toEqual(['kept'])
  })

  describe('of an older version', () => {
    const NEXT = 'ALTER TABLE api_keys ADD COLUMN note TEXT'
    const older = async () => {
      const home = tempHome()
      const store = open(home)
      addKey(store, 'kept')
      await store.close()
      return file(home)
    }

    test('is copied away, then brought up to date with its data', async () => {
      const path = await older()
      const versions: number[] = []
      const connection = openDatabase(path, (before) => versions.push(schemaVersion(before)), [...MIGRATIONS, NEXT])
      expect(versions).toEqual([SCHEMA_VERSION])
      expect(schemaVersion(connection)).toBe(SCHEMA_VERSION + 1)
      expect(connection.prepare('SELECT id, note FROM api_keys').all()).toEqual([{ id: 'kept', note: null }])
      connection.close()
      expect(inspect(path)).toBe(SCHEMA_VERSION + 1)
    })

    test('stays as it is where a step fails', async () => {
      const path = await older()
      const broken = [...MIGRATIONS, `${NEXT}; INSERT INTO nowhere VALUES (1)`]
      await failure(() => openDatabase(path, () => undefined, broken))
      expect(inspect(path)).toBe(SCHEMA_VERSION)
      const connection = openDatabase(path, () => undefined)
      expect(connection.prepare('SELECT id FROM api_keys').pluck().all()).toEqual(['kept'])
      connection.close()
    })
  })

  test('refuses a file of a newer Gantry and changes not a byte of it', async () => {
    const home = tempHome()
    mkdirSync(join(home, 'data'))
    writeVersion(file(home), 99)
    const before = readFileSync(file(home))
    const error = await failure(() => open(home))
    expect(error.code).toBe('E_UNAVAILABLE')
    expect(error.message).toContain('newer Gantry')
    expect(error.hint).toContain('Start the newer version')
    expect(readFileSync(file(home)).equals(before)).toBe(true)
    expect(readdirSync(join(home, 'data'))).toEqual(['gantry.db'])
  })
})

describe('a damaged file', () => {
  test.each([
    ['garbage', (path: string) => writeFileSync(path, 'this is no database, it only has its name '.repeat(50))],
    ['a whole header and garbage behind', damage],
    ['nothing at all', (path: string) => writeFileSync(path, '')],
    ['half of what it was', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 5000))],
  ])('of %s is put aside and the newest good backup takes its place', async (_what, spoil) => {
    const home = tempHome()
    const store = open(home)
    addKey(store, 'kept')
    const good = await store.backup('manual')
    const bad = await store.backup('manual')
    await store.close()
    damage(join(home, 'backups', bad.name))
    spoil(file(home))
    const spoilt = readFileSync(file(home))

    const mended = open(home)
    expect(keyIds(mended)).toEqual(['kept'])
    expect(mended.repaired).toContain(good.at)
    const aside = readdirSync(join(home, 'data')).find((name) => name.includes('.damaged-')) ?? ''
    expect(readFileSync(join(home, 'data', aside)).equals(spoilt)).toBe(true)
    expect(statSync(join(home, 'data', aside)).mode & 0o777).toBe(0o600)
  })

  test('is left alone where there is no backup, with words that say what to do', async () => {
    const home = tempHome()
    mkdirSync(join(home, 'data'))
    writeFileSync(file(home), 'garbage '.repeat(100))
    const error = await failure(() => open(home))
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE' })
    expect(error.message).toMatch(/is damaged.*There is no backup/)
    expect(error.hint).toContain('Move')
    expect(readFileSync(file(home), 'utf8')).toBe('garbage '.repeat(100))
  })

  test('that is empty and has no backup was never begun: it is made anew', () => {
    const home = tempHome()
    mkdirSync(join(home, 'data'))
    writeFileSync(file(home), '')
    expect(keyIds(open(home))).toEqual([])
  })

  test('that is a folder is told of in words', async () => {
    const home = tempHome()
    mkdirSync(file(home), { recursive: true })
    const error = await failure(() => open(home))
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE' })
    expect(error.message).toContain('cannot be opened')
  })
})

describe('backups', () => {
  test('are whole databases, readable by their owner only, newest first', async () => {
    const home = tempHome()
    const clock = manualClock()
    const store = open(home, { clock })
    addKey(store, 'a')
    const first = await store.backup('manual')
    clock.pass(1000)
    const second = await store.backup('scheduled')
    expect(store.backups()).toEqual([second, first])
    expect(first).toMatchObject({
      name: '20261121T140000000Z-manual.db',
      at: '2026-11-21T14:00:00.000Z',
      reason: 'manual',
    })
    const path = join(home, 'backups', first.name)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(first.bytes).toBe(statSync(path).size)
    const copy = new Database(path, { readonly: true })
    expect(copy.prepare('SELECT id FROM api_keys').pluck().all()).toEqual(['a'])
    copy.close()
  })

  test('made in the same millisecond have names of their own', async () => {
    const store = open(tempHome())
    const made = await Promise.all([store.backup('manual'), store.backup('manual'), store.backup('manual')])
    expect(new Set(made.map(({ name }) => name)).size).toBe(3)
    expect(store.backups()).toHaveLength(3)
  })

  test('beyond the number to keep go, the oldest first', async () => {
    const clock = manualClock()
    const store = open(tempHome(), { keep: 2, clock })
    const names: string[] = []
    for (let count = 0; count < 4; count += 1) {
      names.push((await store.backup('manual')).name)
      clock.pass(1)
    }
    expect(store.backups().map(({ name }) => name)).toEqual([names[3], names[2]])
  })

  test('that were left half written are removed at the start, files of others are not', async () => {
    const home = tempHome()
    await open(home).close()
    writeFileSync(join(home, 'backups', '20261121T140000000Z-manual.db.partial'), 'half')
    writeFileSync(join(home, 'backups', 'notes.txt'), 'mine')
    const store = open(home)
    expect(readdirSync(join(home, 'backups'))).toEqual(['notes.txt'])
    expect(store.backups()).toEqual([])
  })

  test('that cannot be written say why and leave nothing behind', async () => {
    const home = tempHome()
    const store = open(home)
    rmSync(join(home, 'backups'), { recursive: true })
    writeFileSync(join(home, 'backups'), 'in the way')
    const error = await failure(() => store.backup('manual'))
    expect(error).toMatchObject({ code: 'E_RUNTIME' })
    expect(error.hint).toContain('disk')
    rmSync(join(home, 'backups'))
    expect(store.backups()).toEqual([])
    expect((await store.backup('manual')).reason).toBe('manual')
  })

  test('under way are finished before the store closes', async () => {
    const home = tempHome()
    const store = open(home)
    const backup = store.backup('manual')
    await store.close()
    expect(existsSync(join(home, 'backups', (await backup).name))).toBe(true)
  })
})

describe('restore', () => {
  test('brings back what was, and can itself be undone', async () => {
    const store = open(tempHome(), { clock: manualClock() })
    addKey(store, 'before')
    const backup = await store.backup('manual')
    addKey(store, 'after')

    const { restored, undo } = await store.restore(backup.name)
    expect(restored).toEqual(backup)
    expect(undo.reason).toBe('before-restore')
    expect(keyIds(store)).toEqual(['before'])
    addKey(store, 'written to the new one')

    await store.restore(undo.name)
    expect(keyIds(store).toSorted()).toEqual(['after', 'before'])
  })

  test('loses nothing that is written while it goes on: it is in the undo or in the restored one', async () => {
    const store = open(tempHome())
    const backup = await store.backup('manual')
    const restoring = store.restore(backup.name)
    let done = false
    void restoring.then(() => (done = true))
    const written: string[] = []
    while (!done) {
      const id = `key-${written.length}`
      addKey(store, id)
      written.push(id)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { undo } = await restoring
    const after = keyIds(store)
    await store.restore(undo.name)
    expect(written.length).toBeGreaterThan(1)
    expect([...keyIds(store), ...after].toSorted()).toEqual(written.toSorted())
  })

  test.each([
    ['a name that is none', 'E_NOT_FOUND', () => undefined],
    ['a damaged backup', 'E_CONFLICT', damage],
    ['a backup of a newer Gantry', 'E_UNAVAILABLE', (path: string) => writeVersion(path, 99)],
  ])('of %s is refused with %s, and nothing is changed', async (_what, code, spoil) => {
    const home = tempHome()
    const store = open(home)
    const backup = await store.backup('manual')
    addKey(store, 'kept')
    spoil(join(home, 'backups', backup.name))
    const name = code === 'E_NOT_FOUND' ? '20200101T000000000Z-manual.db' : backup.name
    const error = await failure(() => store.restore(name))
    expect(error.code).toBe(code)
    expect(error.hint).toBeTypeOf('string')
    expect(keyIds(store)).toEqual(['kept'])
    expect(store.backups().map(({ reason }) => reason)).toEqual(['manual'])
  })

  test('that was killed before the swap leaves the database as it was', async () => {
    const home = tempHome()
    const store = open(home)
    addKey(store, 'kept')
    await store.close()
    writeFileSync(`${file(home)}.restoring`, 'half a copy')
    expect(keyIds(open(home))).toEqual(['kept'])
    expect(existsSync(`${file(home)}.restoring`)).toBe(false)
  })

  test('and backup take turns, so that neither sees the half of the other', async () => {
    const store = open(tempHome())
    addKey(store, 'one')
    const { name } = await store.backup('manual')
    addKey(store, 'two')
    const [, during] = await Promise.all([store.restore(name), store.backup('manual')])
    expect(keyIds(store)).toEqual(['one'])
    await store.restore(during.name)
    expect(keyIds(store)).toEqual(['one'])
  })
})

test('refuses a file of the right version without the right tables as damaged', async () => {
  const home = tempHome()
  await open(home).close()
  const database = new Database(file(home))
  database.exec('DROP TABLE audit_entries')
  database.close()
  expect((await failure(() => open(home))).message).toContain('it has no table audit_entries')
})

test('folds its journal into the database, however many writes return what they wrote', async () => {
  const { core, home } = await startTestCore()
  for (let count = 0; count < 3000; count += 1)
    core.access.keys.create({ name: 'x'.repeat(80), role: 'viewer' }, 'test')
  expect(statSync(`${file(home)}-wal`).size).toBeLessThan(6 * 1024 * 1024)
  expect(statSync(file(home)).size).toBeGreaterThan(200_000)
})

test('knows its size to the second, and that of a new one', () => {
  const clock = manualClock()
  const home = tempHome()
  const store = open(home, { clock })
  const before = store.sizeBytes()
  for (let count = 0; count < 500; count += 1) addKey(store, `key ${count}`)
  expect(store.sizeBytes()).toBe(before)
  clock.pass(1000)
  const parts = ['', '-wal', '-shm'].map((part) => statSync(file(home) + part).size)
  expect(store.sizeBytes()).toBe(parts.reduce((sum, part) => sum + part))
  expect(store.db.select().from(auditEntries).all()).toEqual([])
})

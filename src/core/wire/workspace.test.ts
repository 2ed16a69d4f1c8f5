import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ChangedFile } from './index.ts'
import { listen, memoryLink, openBox } from './testing.ts'

async function* pieces(...parts: (string | Buffer)[]) {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part))
}

const open = () => {
  const box = openBox(onTestFinished)
  return { ...box, ...listen(box.connect()) }
}

const all = async (files: AsyncIterable<ChangedFile>) => {
  const found: ChangedFile[] = []
  for await (const file of files) found.push(file)
  return found
}

const whole = async (parts: AsyncIterable<Buffer>) => {
  const found: Buffer[] = []
  for await (const part of parts) found.push(part)
  return Buffer.concat(found)
}

describe('a workspace', () => {
  test('holds what was put into it, with its modes, whatever the bytes and however long', async () => {
    const { wire, work } = open()
    const long = randomBytes(1_500_000)
    await wire.put({ path: 'src/deep/run.sh', mode: 0o755, content: pieces('#!/bin/sh\n', 'echo hi\n') })
    await wire.put({ path: 'long.bin', mode: 0o644, content: pieces(long.subarray(0, 7), long.subarray(7)) })
    await wire.put({ path: 'empty', mode: 0o600, content: pieces() })
    await wire.put({ path: 'name with ä and\nline', mode: 0o644, content: pieces('x') })
    expect(readFileSync(join(work, 'src/deep/run.sh'), 'utf8')).toBe('#!/bin/sh\necho hi\n')
    expect(statSync(join(work, 'src/deep/run.sh')).mode & 0o777).toBe(0o755)
    expect(readFileSync(join(work, 'long.bin')).equals(long)).toBe(true)
    expect(readFileSync(join(work, 'empty')).length).toBe(0)
    expect(existsSync(join(work, 'name with ä and\nline'))).toBe(true)
  })

  test.each(['../out', '/etc/out', 'a/../../out', './out', 'a//out', '', 'a/./b', 'null\0byte', '..'])(
    'takes no file at %j',
    async (path) => {
      const { wire, home } = open()
      await expect(wire.put({ path, mode: 0o644, content: pieces('x') })).rejects.toMatchObject({ code: 'E_SCHEMA' })
      expect(existsSync(join(home, 'out'))).toBe(false)
      await expect(whole(wire.read(path))).rejects.toMatchObject({ code: 'E_SCHEMA' })
    },
  )

  test('follows no link out of itself', async () => {
    const { wire, home, work } = open()
    writeFileSync(join(home, 'secret'), 'not yours')
    mkdirSync(join(home, 'folder'))
    symlinkSync(join(home, 'secret'), join(work, 'link'))
    symlinkSync(join(home, 'folder'), join(work, 'out'))
    await expect(wire.put({ path: 'link', mode: 0o644, content: pieces('x') })).rejects.toMatchObject({
      code: 'E_SCHEMA',
    })
    await expect(wire.put({ path: 'out/file', mode: 0o644, content: pieces('x') })).rejects.toMatchObject({
      code: 'E_SCHEMA',
    })
    await expect(whole(wire.read('link'))).rejects.toMatchObject({ code: 'E_SCHEMA' })
    expect(readFileSync(join(home, 'secret'), 'utf8')).toBe('not yours')
    expect(existsSync(join(home, 'folder/file'))).toBe(false)
  })

  test('tells what was added, changed and removed since its baseline, and gives each file', async () => {
    const { wire, work } = open()
    for (const path of ['kept', 'touched', 'edited', 'same-size', 'gone', 'mode', '.git/HEAD', 'a/b/deep']) {
      await wire.put({ path, mode: 0o644, content: pieces(`content of ${path}`) })
    }
    await wire.baseline()
    expect(await all(wire.changes())).toEqual([])
    writeFileSync(join(work, 'touched'), 'content of touched')
    utimesSync(join(work, 'touched'), 1, 1)
    writeFileSync(join(work, 'edited'), 'something longer than it was before')
    writeFileSync(join(work, 'same-size'), 'CONTENT of same-size')
    rmSync(join(work, 'gone'))
    chmodSync(join(work, 'mode'), 0o755)
    writeFileSync(join(work, '.git/HEAD'), 'other')
    mkdirSync(join(work, 'new/node_modules'), { recursive: true })
    writeFileSync(join(work, 'new/node_modules/index.js'), 'fresh')
    symlinkSync('/etc/passwd', join(work, 'link'))
    const bytes = randomBytes(1_200_000)
    writeFileSync(join(work, 'a/b/deep'), bytes)
    expect(await all(wire.changes())).toEqual([
      { path: 'a/b/deep', kind: 'changed', mode: 0o644, bytes: 1_200_000 },
      { path: 'edited', kind: 'changed', mode: 0o644, bytes: 35 },
      { path: 'gone', kind: 'removed', mode: 0o644, bytes: 0 },
      { path: 'mode', kind: 'changed', mode: 0o755, bytes: 15 },
      { path: 'new/node_modules/index.js', kind: 'added', mode: 0o644, bytes: 5 },
      { path: 'same-size', kind: 'changed', mode: 0o644, bytes: 20 },
    ])
    expect((await whole(wire.read('a/b/deep'))).equals(bytes)).toBe(true)
    await expect(whole(wire.read('gone'))).rejects.toMatchObject({ code: 'E_RUNTIME' })
  })

  test('that was filled by nobody has a baseline as well', async () => {
    const { wire, work } = open()
    writeFileSync(join(work, 'was-here'), 'before')
    await wire.baseline()
    writeFileSync(join(work, 'was-here'), 'after!')
    expect(await all(wire.changes())).toMatchObject([{ path: 'was-here', kind: 'changed' }])
  })

  test('tells of more changes than fit into one answer', async () => {
    const { wire, work } = open()
    await wire.baseline()
    for (let at = 0; at < 2345; at += 1) writeFileSync(join(work, `file-${at}`), '')
    const found = await all(wire.changes())
    expect(new Set(found.map(({ path }) => path)).size).toBe(2345)
  })
})

describe('an inside that lies about its workspace', () => {
  const answering = async (method: string, result: unknown) => {
    const inside = memoryLink()
    const { wire, closed } = listen(inside.link)
    const ask = method === 'changes' ? all(wire.changes()) : whole(wire.read('file'))
    ask.catch(() => undefined)
    const frame = await inside.hear((heard) => 'method' in heard && heard.method === method)
    inside.say({ id: 'id' in frame ? frame.id : 0, result })
    await expect(ask).rejects.toThrow('makes no sense')
    return closed
  }
  const change = { path: 'a', kind: 'added', mode: 0o644, bytes: 1 }

  test.each([
    { ...change, path: '../../etc/cron.d/own' },
    { ...change, path: '/etc/passwd' },
    { ...change, path: 'a/../b' },
    { ...change, path: 'a\0b' },
    { ...change, path: '\ud800' },
    { ...change, path: 7 },
    { ...change, kind: 'linked' },
    { ...change, mode: 0o4755 },
    { ...change, bytes: -1 },
    null,
  ])('is cut off for %j', async (file) => {
    expect(await answering('changes', { files: [file], more: false })).toMatchObject({ kind: 'violation' })
  })

  test.each([
    {},
    { text: 'x' },
    { text: '', last: false },
    { base64: '!!!!', last: true },
    { text: 'x'.repeat(70_000), last: true },
    'text',
  ])('is cut off for the part %j', async (part) => {
    expect(await answering('read', part)).toMatchObject({ kind: 'violation' })
  })
})

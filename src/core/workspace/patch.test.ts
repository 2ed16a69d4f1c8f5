import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AgentPatch } from '../../contract/index.ts'
import { createWorkspaces } from './index.ts'
import { AGENT, changes, folder, git, modeOf, openWorkspaces, plant, refusalOf, repository, treeOf } from './testing.ts'

const BASE = {
  'a.txt': 'one\ntwo\nthree\n',
  'dir/b.txt': 'b\n',
  'gone.txt': 'gone\n',
  'run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
  'image.png': { text: Buffer.from([0x89, 0x50, 0, 1, 2]) },
}

describe('the patch of an agent', () => {
  test('tells what was added, changed and removed, and git can apply it', async () => {
    const root = folder(BASE)
    const { afterWork, workspaces } = openWorkspaces()
    const patch = await afterWork(
      root,
      ['added', 'new/file.txt', 'new\n'],
      ['changed', 'a.txt', 'one\n2\nthree\nfour\n'],
      ['removed', 'gone.txt'],
      ['changed', 'run.sh', '#!/bin/sh\n', 0o644],
      ['added', 'tool', 'x\n', 0o755],
    )
    expect(AgentPatch.parse(patch)).toEqual(patch)
    expect(patch).toMatchObject({ id: AGENT, base: root, added: 4, removed: 2, appliedAt: null, truncated: false })
    expect(patch.files.map(({ path, kind, added, removed }) => [path, kind, added, removed])).toEqual([
      ['a.txt', 'changed', 2, 1],
      ['gone.txt', 'removed', 0, 1],
      ['new/file.txt', 'added', 1, 0],
      ['run.sh', 'changed', 0, 0],
      ['tool', 'added', 1, 0],
    ])
    expect(workspaces.patch(AGENT)).toEqual(patch)

    const copy = folder(BASE)
    execFileSync('git', ['apply', '-'], { cwd: copy, input: patch.files.map(({ diff }) => diff).join('') })
    expect(treeOf(copy)).toEqual({
      ...treeOf(folder({ ...BASE, 'a.txt': 'one\n2\nthree\nfour\n', 'new/file.txt': 'new\n', tool: 'x\n' })),
      'gone.txt': undefined,
    })
    expect([modeOf(join(copy, 'run.sh')) & 0o111, modeOf(join(copy, 'tool')) & 0o100]).toEqual([0, 0o100])
  })

  test('is empty where nothing changed, whatever the box says', async () => {
    const { afterWork } = openWorkspaces()
    const patch = await afterWork(
      folder(BASE),
      ['changed', 'a.txt', 'one\ntwo\nthree\n'],
      ['added', 'dir/b.txt', 'b\n', 0o600],
      ['removed', 'never-there.txt'],
      ['removed', 'dir'],
    )
    expect(patch).toMatchObject({ files: [], added: 0, removed: 0, truncated: false })
  })

  test('takes the kind of a change from the base, not from the box', async () => {
    const { afterWork } = openWorkspaces()
    const patch = await afterWork(folder(BASE), ['added', 'a.txt', 'x\n'], ['changed', 'fresh.txt', 'y\n'])
    expect(patch.files.map(({ path, kind }) => [path, kind])).toEqual([
      ['a.txt', 'changed'],
      ['fresh.txt', 'added'],
    ])
  })

  test('names binary files without a diff, and so texts that are too large to be compared', async () => {
    const { afterWork } = openWorkspaces({ patchLimits: { mostTextBytes: 100 } })
    const patch = await afterWork(
      folder({ ...BASE, 'long.txt': 'x\n'.repeat(100) }),
      ['changed', 'image.png', Buffer.from([0x89, 0x50, 0, 9])],
      ['added', 'latin1.txt', Buffer.from([0xe9, 0x0a])],
      ['changed', 'long.txt', 'y\n'],
      ['removed', 'run.sh'],
    )
    expect(patch.files.map(({ path, binary, diff }) => [path, binary, diff === ''])).toEqual([
      ['image.png', true, true],
      ['latin1.txt', true, true],
      ['long.txt', true, true],
      ['run.sh', false, false],
    ])
  })

  test('leaves out what is too much, says so, and keeps the rest', async () => {
    const root = folder(BASE)
    const few = await openWorkspaces({ patchLimits: { mostFiles: 2 } }).afterWork(
      root,
      ['added', '1', 'x'],
      ['added', '2', 'x'],
      ['added', '3', 'x'],
    )
    expect(few).toMatchObject({ truncated: true, files: [{ path: '1' }, { path: '2' }] })
    const { afterWork, ofAgent } = openWorkspaces({ patchLimits: { mostFileBytes: 100_000, mostBytes: 150_000 } })
    const small = await afterWork(
      root,
      ['added', 'huge', Buffer.alloc(100_001)],
      ['added', 'fits', Buffer.alloc(100_000)],
      ['added', 'second', Buffer.alloc(60_000)],
      ['added', 'little', 'x'],
    )
    expect(small.truncated).toBe(true)
    expect(small.files.map(({ path }) => path)).toEqual(['fits', 'little'])
    expect(readdirSync(join(ofAgent, 'workspace', 'patch', 'files'))).toHaveLength(2)
  })

  test('shows no more text than is kept of all together; what is not shown can be applied as well', async () => {
    const { afterWork, workspaces } = openWorkspaces({ patchLimits: { mostDiffLetters: 500 } })
    const root = folder()
    const patch = await afterWork(root, ['added', '1', 'x\n'.repeat(100)], ['added', '2', 'y\n'.repeat(100)])
    expect(patch.files.map(({ binary }) => binary)).toEqual([false, true])
    await workspaces.apply(AGENT)
    expect(treeOf(root)['2']).toBe('y\n'.repeat(100))
  })

  test.each([
    '/etc/passwd',
    '../escape',
    'a/../../escape',
    'a/./b',
    './a',
    'a//b',
    'a/',
    '',
    '.',
    '..',
    'a\0b',
    `${'x/'.repeat(600)}x`,
    'y'.repeat(300),
  ])('leaves out the path %j, which names nothing in the workspace', async (path) => {
    const { afterWork, home } = openWorkspaces()
    const before = Object.keys(treeOf(home))
    const patch = await afterWork(folder(), ['added', path, 'planted'], ['removed', path], ['added', 'fine', 'x'])
    expect(patch.files.map((file) => file.path)).toEqual(['fine'])
    expect(patch.truncated).toBe(true)
    const added = Object.keys(treeOf(home)).filter((file) => !before.includes(file))
    for (const file of added) expect(file.startsWith(join('agents', AGENT, 'workspace'))).toBe(true)
  })

  test.each([
    '.git/hooks/pre-commit',
    'sub/.git/config',
    '.GIT/config',
    '.git',
    '.git./x',
    '.g\u200cit/config',
    'git~1/config',
  ])('brings nothing of git back: %j', async (path) => {
    const { afterWork } = openWorkspaces()
    const patch = await afterWork(folder(), ['added', path, 'planted'], ['added', '.gitignore', 'x'])
    expect(patch).toMatchObject({ truncated: false, files: [{ path: '.gitignore' }] })
  })

  test('takes a file only once', async () => {
    const { afterWork } = openWorkspaces()
    const patch = await afterWork(folder(), ['added', 'a', 'one\n'], ['added', 'a', 'two\n'])
    expect(patch.files).toHaveLength(1)
    expect(patch.files[0]?.diff).toContain('+one')
  })

  test('of a repository names the commit', async () => {
    const root = repository({ 'a.txt': 'a\n' })
    const { gather, workspaces } = openWorkspaces()
    await gather({ kind: 'git', path: root })
    const patch = await workspaces.keepPatch(AGENT, changes(['changed', 'a.txt', 'b\n']))
    expect(patch.base).toBe(`${root} at ${git(root, 'rev-parse', 'HEAD').slice(0, 12)}`)
  })

  test('is measured and read after a restart, and is for its owner’s eyes only', async () => {
    const root = folder(BASE)
    const { gather, home, homeFolder, ofAgent } = openWorkspaces()
    await gather({ kind: 'copy', path: root })
    writeFileSync(join(root, 'a.txt'), 'the folder went on')
    const later = createWorkspaces({ home, homeFolder, now: () => new Date() })
    expect(later.patch(AGENT)).toBeUndefined()
    const patch = await later.keepPatch(AGENT, changes(['changed', 'a.txt', 'one\ntwo\n']))
    expect(patch).toMatchObject({ added: 0, removed: 1 })
    expect(createWorkspaces({ home, homeFolder, now: () => new Date() }).patch(AGENT)).toEqual(patch)
    for (const entry of readdirSync(ofAgent, { recursive: true, encoding: 'utf8' }))
      expect(statSync(join(ofAgent, entry)).mode & 0o077, entry).toBe(0)
  })

  test('that is made again replaces the one before, and one that fails leaves it', async () => {
    const { afterWork, workspaces, ofAgent } = openWorkspaces()
    await afterWork(folder(), ['added', 'a', 'x'])
    const second = await workspaces.keepPatch(AGENT, changes(['added', 'b', 'x']))
    async function* broken() {
      yield* changes(['added', 'c', 'x'])
      throw new Error('the wire broke')
    }
    await expect(workspaces.keepPatch(AGENT, broken())).rejects.toThrow('the wire broke')
    expect(workspaces.patch(AGENT)).toEqual(second)
    expect(readdirSync(join(ofAgent, 'workspace')).toSorted()).toEqual(['base', 'patch'])
  })

  test('needs the base', async () => {
    const { workspaces } = openWorkspaces()
    const error = await refusalOf(() => workspaces.keepPatch(AGENT, changes(['added', 'a', 'x'])))
    expect(error).toMatchObject({ code: 'E_NOT_FOUND' })
  })
})

test('an agent that is removed takes base and patch with it, and leaves what others keep of it', async () => {
  const { afterWork, workspaces, ofAgent, home } = openWorkspaces()
  const root = folder(BASE)
  await afterWork(root, ['added', 'a', 'x'])
  plant(ofAgent, { 'logs/1': 'l' })
  await workspaces.remove(AGENT)
  expect(treeOf(join(home, 'agents'))).toEqual({ [join(AGENT, 'logs', '1')]: 'l' })
  rmSync(join(ofAgent, 'logs'), { recursive: true })
  await workspaces.remove(AGENT)
  expect(readdirSync(join(home, 'agents'))).toEqual([])
  expect(treeOf(root)).toEqual(treeOf(folder(BASE)))
})

test.each(['', '..', '../..', 'a/b', 'A7F3K2M9', 'x'])(
  '%j is the id of no agent, and nothing is touched for it',
  async (id) => {
    const { workspaces, home } = openWorkspaces()
    plant(home, { keep: 'k' })
    expect(await refusalOf(() => workspaces.remove(id))).toMatchObject({ code: 'E_SCHEMA' })
    expect(treeOf(home)).toEqual({ keep: 'k' })
  },
)

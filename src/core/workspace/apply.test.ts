import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AGENT, changes, folder, git, modeOf, openWorkspaces, plant, refusalOf, repository, treeOf } from './testing.ts'

const BASE = {
  'a.txt': 'one\ntwo\n',
  'dir/b.txt': 'b\n',
  'dir/c.txt': 'c\n',
  'run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
}

describe('a patch that is applied', () => {
  test('writes, adds and removes what it says, and nothing else', async () => {
    const root = folder({ ...BASE, 'untouched.txt': 'u' })
    const { afterWork, workspaces, clock } = openWorkspaces()
    await afterWork(
      root,
      ['changed', 'a.txt', 'one\n2\n'],
      ['added', 'new/deep/file.txt', 'new'],
      ['removed', 'dir/b.txt'],
      ['added', 'tool', 'x', 0o755],
      ['changed', 'run.sh', '#!/bin/sh\n', 0o644],
    )
    plant(root, { 'mine.txt': 'added meanwhile' })
    clock.pass(60_000)
    const result = await workspaces.apply(AGENT)
    expect(result).toEqual({
      written: ['a.txt', 'new/deep/file.txt', 'run.sh', 'tool'],
      removed: ['dir/b.txt'],
    })
    expect(treeOf(root)).toEqual({
      'a.txt': 'one\n2\n',
      'dir/c.txt': 'c\n',
      'mine.txt': 'added meanwhile',
      'new/deep/file.txt': 'new',
      'run.sh': '#!/bin/sh\n',
      tool: 'x',
      'untouched.txt': 'u',
    })
    expect([modeOf(join(root, 'run.sh')), modeOf(join(root, 'tool')), modeOf(join(root, 'a.txt'))]).toEqual([
      0o644, 0o755, 0o644,
    ])
    expect(workspaces.patch(AGENT)?.appliedAt).toBe('2026-11-21T14:01:00.000Z')
  })

  test('keeps the mode of a file, and lets those run it who may read it', async () => {
    const root = folder({ 'a.sh': { text: 'a', mode: 0o640 }, 'b.sh': { text: 'b', mode: 0o600 } })
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(root, ['changed', 'a.sh', 'A', 0o755], ['changed', 'b.sh', 'B', 0o644])
    await workspaces.apply(AGENT)
    expect([modeOf(join(root, 'a.sh')), modeOf(join(root, 'b.sh'))]).toEqual([0o750, 0o600])
  })

  test('may be taken over in part, and the rest later', async () => {
    const root = folder(BASE)
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(root, ['changed', 'a.txt', 'A'], ['removed', 'dir/b.txt'], ['added', 'new', 'n'])
    expect(await workspaces.apply(AGENT, ['new', 'dir/b.txt', 'new'])).toEqual({
      written: ['new'],
      removed: ['dir/b.txt'],
    })
    expect(treeOf(root)).toMatchObject({ 'a.txt': 'one\ntwo\n', new: 'n' })
    await workspaces.apply(AGENT)
    expect(treeOf(root)['a.txt']).toBe('A')
  })

  test('may be applied again: what is there already is left as it is', async () => {
    const root = folder(BASE)
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(root, ['changed', 'a.txt', 'A'], ['removed', 'dir/b.txt'], ['added', 'new', 'n'])
    await workspaces.apply(AGENT)
    const before = statSync(join(root, 'a.txt')).ino
    await workspaces.apply(AGENT)
    expect(statSync(join(root, 'a.txt')).ino).toBe(before)
  })

  test('removes folders that it leaves empty, and no others', async () => {
    const root = folder({ 'x/y/one': '1', 'x/y/two': '2', 'z/three': '3', 'z/four': '4' })
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(root, ['removed', 'x/y/one'], ['removed', 'x/y/two'], ['removed', 'z/three'])
    await workspaces.apply(AGENT)
    expect(treeOf(root)).toEqual({ 'z/four': '4' })
    expect(readdirSync(root)).toEqual(['z'])
  })

  test('puts a folder in the place of a file, and a file in that of a folder', async () => {
    const root = folder({ file: 'f', 'folder/one': '1', 'folder/sub/two': '2' })
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(
      root,
      ['removed', 'file'],
      ['added', 'file/inside', 'i'],
      ['removed', 'folder/one'],
      ['removed', 'folder/sub/two'],
      ['added', 'folder', 'now a file'],
    )
    await workspaces.apply(AGENT)
    expect(treeOf(root)).toEqual({ 'file/inside': 'i', folder: 'now a file' })
  })

  test('keeps what was there before', async () => {
    const root = folder(BASE)
    const { afterWork, workspaces, ofAgent } = openWorkspaces()
    await afterWork(root, ['changed', 'a.txt', 'A'], ['removed', 'dir/b.txt'], ['added', 'new', 'n'])
    await workspaces.apply(AGENT)
    const undo = join(ofAgent, 'workspace', 'undo')
    const [first = ''] = readdirSync(undo)
    const list = JSON.parse(readFileSync(join(undo, first, 'undo.json'), 'utf8')) as {
      files: { path: string; file: number | null }[]
    }
    const kept = Object.fromEntries(
      list.files.map(({ path, file }) => [
        path,
        file === null ? null : readFileSync(join(undo, first, String(file)), 'utf8'),
      ]),
    )
    expect(kept).toEqual({ 'a.txt': 'one\ntwo\n', 'dir/b.txt': 'b\n', new: null })
  })

  test('leaves nothing else in the folder, and clears what a kill left there', async () => {
    const root = folder(BASE)
    plant(root, { [`.gantry-patch-${AGENT}-0badc0de/0`]: 'half', '.gantry-patch-zzzzzz-1/0': 'of another' })
    const { afterWork, workspaces, gather } = openWorkspaces()
    await afterWork(root, ['changed', 'a.txt', 'A'])
    await workspaces.apply(AGENT)
    expect(readdirSync(root).filter((name) => name.startsWith('.gantry'))).toEqual(['.gantry-patch-zzzzzz-1'])
    expect(Object.keys((await gather({ kind: 'copy', path: root })).given)).toEqual([
      'a.txt',
      'dir/b.txt',
      'dir/c.txt',
      'run.sh',
    ])
  })

  test.runIf(process.getuid?.() === 0)('by root gives files to whom the folder belongs', async () => {
    const root = folder(BASE)
    chownSync(root, 1234, 1234)
    chownSync(join(root, 'a.txt'), 1235, 1235)
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(root, ['changed', 'a.txt', 'A'], ['added', 'new', 'n'])
    await workspaces.apply(AGENT)
    expect([statSync(join(root, 'a.txt')).uid, statSync(join(root, 'new')).uid]).toEqual([1235, 1234])
  })

  test('goes into the files of a repository', async () => {
    const root = repository({ 'a.txt': 'a\n' })
    const { gather, workspaces } = openWorkspaces()
    await gather({ kind: 'git', path: root })
    await workspaces.keepPatch(AGENT, changes(['changed', 'a.txt', 'b\n']))
    await workspaces.apply(AGENT)
    expect(git(root, 'status', '--porcelain')).toBe('M a.txt')
  })
})

describe('nothing is written', () => {
  /** Everything may be applied but what was prepared. */
  const refused = async (prepare: (root: string) => void, path: string, reason: string) => {
    const root = folder(BASE)
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(
      root,
      ['changed', 'a.txt', 'A'],
      ['removed', 'dir/b.txt'],
      ['added', 'new/file', 'n'],
      ['changed', 'run.sh', 'R', 0o755],
    )
    prepare(root)
    const before = treeOf(root)
    const error = await refusalOf(() => workspaces.apply(AGENT))
    expect(error).toMatchObject({ code: 'E_CONFLICT', details: [{ path, reason }] })
    expect(error.message).toContain(`${path}: ${reason}`)
    expect(treeOf(root)).toEqual(before)
    expect(readdirSync(root).filter((name) => name.startsWith('.gantry'))).toEqual([])
    expect(workspaces.patch(AGENT)?.appliedAt).toBeNull()
    return { root, workspaces }
  }

  test('where a file was changed since, but the others can be taken', async () => {
    const { root, workspaces } = await refused(
      (folderRoot) => writeFileSync(join(folderRoot, 'a.txt'), 'by hand'),
      'a.txt',
      'it was changed there since',
    )
    await workspaces.apply(AGENT, ['new/file'])
    expect(treeOf(root)).toMatchObject({ 'a.txt': 'by hand', 'new/file': 'n' })
  })

  test('where one that is to be removed was changed since', async () => {
    await refused(
      (root) => writeFileSync(join(root, 'dir/b.txt'), 'by hand'),
      'dir/b.txt',
      'it was changed there since',
    )
  })

  test('where a file was removed since', async () => {
    await refused((root) => rmSync(join(root, 'run.sh')), 'run.sh', 'it was removed there since')
  })

  test('where a new one is there already', async () => {
    await refused(
      (root) => plant(root, { 'new/file': 'mine' }),
      'new/file',
      'it is there already, with another content',
    )
  })

  test('where a folder stands in the place of a file', async () => {
    await refused((root) => mkdirSync(join(root, 'new/file'), { recursive: true }), 'new/file', 'it is no file there')
  })

  test('where a file stands in the place of a folder', async () => {
    await refused((root) => plant(root, { new: 'a file' }), 'new/file', 'new is no folder there')
  })

  test('through a link in the place of the file', async () => {
    const outside = folder({ 'a.txt': 'one\ntwo\n' })
    await refused(
      (root) => {
        rmSync(join(root, 'a.txt'))
        symlinkSync(join(outside, 'a.txt'), join(root, 'a.txt'))
      },
      'a.txt',
      'it is a link there',
    )
    expect(treeOf(outside)).toEqual({ 'a.txt': 'one\ntwo\n' })
  })

  test('through a link on the way, out of the folder or within it', async () => {
    const outside = folder()
    await refused((root) => symlinkSync(outside, join(root, 'new')), 'new/file', 'new is a link there')
    await refused((root) => symlinkSync('dir', join(root, 'new')), 'new/file', 'new is a link there')
    const moved = folder({ 'b.txt': 'b\n' })
    await refused(
      (root) => {
        rmSync(join(root, 'dir'), { recursive: true })
        symlinkSync(moved, join(root, 'dir'))
      },
      'dir/b.txt',
      'dir is a link there',
    )
    expect([treeOf(outside), treeOf(moved)]).toEqual([{}, { 'b.txt': 'b\n' }])
  })

  test('where a file came in through a link', async () => {
    const root = folder({ 'real.txt': 'r' })
    symlinkSync('real.txt', join(root, 'link.txt'))
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(root, ['changed', 'link.txt', 'changed'])
    expect((await refusalOf(() => workspaces.apply(AGENT))).details).toEqual([
      { path: 'link.txt', reason: 'it is a link there' },
    ])
  })

  test('where the folder itself went, or leads elsewhere', async () => {
    const root = folder({ 'app/a.txt': 'a' })
    const app = join(root, 'app')
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(app, ['changed', 'a.txt', 'A'])
    renameSync(app, join(root, 'moved'))
    expect((await refusalOf(() => workspaces.apply(AGENT))).message).toContain('it is not there')
    symlinkSync(join(root, 'moved'), app)
    expect(await refusalOf(() => workspaces.apply(AGENT))).toMatchObject({ code: 'E_CONFLICT' })
    expect(treeOf(join(root, 'moved'))).toEqual({ 'a.txt': 'a' })
  })

  test('of files that the patch does not change', async () => {
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(folder(BASE), ['changed', 'a.txt', 'A'])
    expect(await refusalOf(() => workspaces.apply(AGENT, ['a.txt', '../x']))).toMatchObject({
      code: 'E_NOT_FOUND',
      message: 'The patch does not change ../x.',
    })
  })

  test('without a patch', async () => {
    const { workspaces } = openWorkspaces()
    expect(await refusalOf(() => workspaces.apply(AGENT))).toMatchObject({ code: 'E_NOT_FOUND' })
  })

  test('into a bare repository', async () => {
    const bare = join(folder(), 'app.git')
    git(folder(), 'clone', '-q', '--bare', repository({ a: 'a' }), bare)
    const { gather, workspaces } = openWorkspaces()
    await gather({ kind: 'git', path: bare })
    await workspaces.keepPatch(AGENT, changes(['changed', 'a', 'b']))
    expect((await refusalOf(() => workspaces.apply(AGENT))).hint).toContain('git apply')
  })

  test('where one of the last steps fails: all before it are undone', async () => {
    const root = folder({ 'a.txt': 'a', 'b/c.txt': 'c', 'z/kept': 'k', 'z/gone': 'g' })
    const { afterWork, workspaces } = openWorkspaces()
    await afterWork(
      root,
      ['changed', 'a.txt', 'A', 0o755],
      ['added', 'new/file', 'n'],
      ['removed', 'b/c.txt'],
      ['removed', 'z/gone'],
      // A file where a folder is that does not become empty: nobody says so before it is tried.
      ['added', 'z', 'now a file'],
    )
    const before = treeOf(root)
    const error = await refusalOf(() => workspaces.apply(AGENT))
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE' })
    expect(error.hint).toContain('Nothing was changed')
    expect(treeOf(root)).toEqual(before)
    expect(modeOf(join(root, 'a.txt'))).toBe(0o644)
    expect(existsSync(join(root, 'new'))).toBe(false)
    expect(readdirSync(root)).toEqual(['a.txt', 'b', 'z'])
  })
})

test('two that are applied at once do not get in each other’s way', async () => {
  const root = folder(BASE)
  const { afterWork, workspaces } = openWorkspaces()
  await afterWork(root, ['changed', 'a.txt', 'A'], ['added', 'new', 'n'])
  const results = await Promise.all([
    workspaces.apply(AGENT),
    workspaces.apply(AGENT),
    workspaces.apply(AGENT, ['new']),
  ])
  expect(results.map(({ written }) => written)).toEqual([['a.txt', 'new'], ['a.txt', 'new'], ['new']])
  expect(treeOf(root)).toMatchObject({ 'a.txt': 'A', new: 'n' })
})

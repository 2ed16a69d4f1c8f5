import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createWorkspaces } from './index.ts'
import { AGENT, folder, git, openWorkspaces, plant, refusalOf, repository, treeOf } from './testing.ts'

describe('a folder that may be given', () => {
  const place = (path: string) => ({ kind: 'copy', path }) as const

  test('is one of a project, by its full path', async () => {
    const { workspaces } = openWorkspaces()
    await workspaces.check(place(folder()))
    await workspaces.check({ kind: 'none' })
  })

  test('may lie in the home folder', async () => {
    const { workspaces, homeFolder } = openWorkspaces()
    mkdirSync(join(homeFolder, 'work', 'app'), { recursive: true })
    await workspaces.check(place(join(homeFolder, 'work', 'app')))
  })

  test.each([
    '.ssh',
    '.ssh/keys',
    '.aws',
    '.gnupg',
    '.kube',
    '.config',
    '.config/gcloud',
    '.local/share',
    '.docker',
    'Library',
  ])('is not %s of the home folder', async (name) => {
    const { workspaces, homeFolder } = openWorkspaces()
    mkdirSync(join(homeFolder, name), { recursive: true })
    const error = await refusalOf(() => workspaces.check(place(join(homeFolder, name))))
    expect(error).toMatchObject({ code: 'E_SCHEMA', details: [{ path: 'workspace.path' }] })
  })

  test('is not the home folder, nor what holds it, nor all of the machine', async () => {
    const { workspaces, homeFolder } = openWorkspaces()
    for (const path of [homeFolder, `${homeFolder}/`, join(homeFolder, 'x', '..'), dirname(homeFolder), '/']) {
      mkdirSync(join(homeFolder, 'x'), { recursive: true })
      expect(await refusalOf(() => workspaces.check(place(path))), path).toMatchObject({ code: 'E_SCHEMA' })
    }
  })

  test('is not Gantry’s own, nor within it, nor around it', async () => {
    const home = folder({ 'data/agents/x': '' })
    const workspaces = createWorkspaces({ home: join(home, 'data'), homeFolder: folder(), now: () => new Date() })
    for (const path of [home, join(home, 'data'), join(home, 'data', 'agents')])
      expect(await refusalOf(() => workspaces.check(place(path))), path).toMatchObject({ code: 'E_SCHEMA' })
  })

  test.each(['/etc', '/etc/ssl', '/proc', '/proc/self', '/sys', '/dev', '/run', '/var/run'])(
    'is not %s of the system',
    async (path) => {
      const { workspaces } = openWorkspaces()
      expect(await refusalOf(() => workspaces.check(place(path)))).toMatchObject({ code: 'E_SCHEMA' })
    },
  )

  test('is not a link to what may not be given', async () => {
    const { workspaces, homeFolder } = openWorkspaces()
    const links = folder()
    mkdirSync(join(homeFolder, '.ssh'))
    for (const [name, target] of [
      ['ssh', join(homeFolder, '.ssh')],
      ['home', homeFolder],
      ['etc', '/etc'],
      ['all', '/'],
    ] as const) {
      symlinkSync(target, join(links, name))
      expect(await refusalOf(() => workspaces.check(place(join(links, name)))), name).toMatchObject({
        code: 'E_SCHEMA',
      })
    }
  })

  test('is there, and a folder', async () => {
    const { workspaces } = openWorkspaces()
    const root = folder({ file: '' })
    for (const [path, words] of [
      [join(root, 'none'), 'it is not there'],
      [join(root, 'file'), 'is not a folder'],
      ['work/app', 'is not the full path'],
      ['', 'is not the full path'],
      [`${root}\0`, 'is not the full path'],
    ] as const) {
      expect((await refusalOf(() => workspaces.check(place(path)))).message, path).toContain(words)
    }
  })
})

describe('a copy of a folder', () => {
  test('has every file with its content and whether it can be run', async () => {
    const { gather } = openWorkspaces()
    const root = folder({
      'a.txt': 'a\n',
      'deep/er/b.txt': 'b',
      'run.sh': { text: '#!/bin/sh\n', mode: 0o750 },
      empty: '',
      '.hidden': 'h',
      'node_modules/x/index.js': 'x',
      'ünï cödé/ß "q".txt': 'u',
      'large.bin': { text: Buffer.alloc(700_000, 7) },
    })
    const { given, modes } = await gather({ kind: 'copy', path: root })
    expect(given).toEqual(treeOf(root))
    expect(modes).toMatchObject({ 'a.txt': 0o644, 'run.sh': 0o755 })
  })

  test('leaves out the folder of git, at any depth: it holds keys, and programs that git runs', async () => {
    const { gather } = openWorkspaces()
    const root = repository({ 'a.txt': 'a' })
    plant(root, {
      'sub/.git/config': 'token',
      'module/.git': 'gitdir: /elsewhere',
      '.gitignore': '*.log',
      'x.log': 'x',
    })
    expect(Object.keys((await gather({ kind: 'copy', path: root })).given)).toEqual(['.gitignore', 'a.txt', 'x.log'])
  })

  test('follows links to its own files, and none that leads out or round', async () => {
    const outside = folder({ secret: 'planted-secret', 'dir/other': 'planted-secret' })
    const root = folder({ 'a.txt': 'a', 'dir/b.txt': 'b' })
    for (const [name, target] of [
      ['inside', 'a.txt'],
      ['dir/up', '../a.txt'],
      ['chain', 'inside'],
      ['out', join(outside, 'secret')],
      ['outdir', outside],
      ['loop', '.'],
      ['indir', 'dir'],
      ['nowhere', 'none'],
      ['self', 'self'],
      ['passwd', '/etc/passwd'],
    ] as const) {
      symlinkSync(target, join(root, name))
    }
    const { given } = await openWorkspaces().gather({ kind: 'copy', path: root })
    expect(given).toEqual({ 'a.txt': 'a', chain: 'a', 'dir/b.txt': 'b', 'dir/up': 'a', inside: 'a' })
  })

  test('does not follow a link to a folder of a like name beside it', async () => {
    const parent = folder({ 'app/a': 'a', 'app-secret/key': 'planted-secret' })
    symlinkSync('../app-secret/key', join(parent, 'app', 'key'))
    expect((await openWorkspaces().gather({ kind: 'copy', path: join(parent, 'app') })).given).toEqual({ a: 'a' })
  })

  test('leaves out pipes and sockets, and does not wait for them', async () => {
    const root = folder({ 'a.txt': 'a' })
    execFileSync('mkfifo', [join(root, 'pipe')])
    const server = createServer().listen(join(root, 'socket'))
    onTestFinished(() => void server.close())
    expect((await openWorkspaces().gather({ kind: 'copy', path: root })).given).toEqual({ 'a.txt': 'a' })
  })

  test('stays within its limits, and leaves nothing behind where it does not', async () => {
    const { gather, ofAgent } = openWorkspaces()
    const root = folder({ a: 'x'.repeat(600), b: 'x'.repeat(600) })
    const bytes = await refusalOf(() => gather({ kind: 'copy', path: root }, { mostBytes: 1000 }))
    expect(bytes).toMatchObject({ code: 'E_TOO_LARGE' })
    expect(bytes.message).toContain(root)
    const files = await refusalOf(() => gather({ kind: 'copy', path: root }, { mostFiles: 1 }))
    expect(files).toMatchObject({ code: 'E_TOO_LARGE' })
    expect(treeOf(ofAgent)).toEqual({})
    expect(Object.keys((await gather({ kind: 'copy', path: root }, { mostBytes: 1200, mostFiles: 2 })).given)).toEqual([
      'a',
      'b',
    ])
  })

  test('ends with its signal, and leaves nothing behind', async () => {
    const { workspaces, ofAgent } = openWorkspaces()
    const root = folder({ a: 'a' })
    const signal = AbortSignal.abort(new Error('ended'))
    const files = workspaces.collect(AGENT, { kind: 'copy', path: root }, { signal })
    await expect(files.next()).rejects.toThrow('ended')
    expect(existsSync(ofAgent) ? treeOf(ofAgent) : {}).toEqual({})
  })

  test('is kept as the base, only for its owner, and not changed by what happens to the folder', async () => {
    const { gather, ofAgent } = openWorkspaces()
    const root = folder({ 'a.txt': 'a', 'run.sh': { text: 'r', mode: 0o755 } })
    await gather({ kind: 'copy', path: root })
    writeFileSync(join(root, 'a.txt'), 'changed')
    const base = join(ofAgent, 'workspace', 'base')
    expect(treeOf(join(base, 'files'))).toEqual({ 'a.txt': 'a', 'run.sh': 'r' })
    for (const entry of readdirSync(ofAgent, { recursive: true, encoding: 'utf8' }))
      expect(statSync(join(ofAgent, entry)).mode & 0o077, entry).toBe(0)
  })

  test('that is taken again replaces the one before', async () => {
    const { gather, ofAgent } = openWorkspaces()
    const root = folder({ 'a.txt': 'a' })
    await gather({ kind: 'copy', path: root })
    renameSync(join(root, 'a.txt'), join(root, 'b.txt'))
    expect((await gather({ kind: 'copy', path: root })).given).toEqual({ 'b.txt': 'a' })
    expect(readdirSync(join(ofAgent, 'workspace'))).toEqual(['base'])
  })
})

describe('a repository of git', () => {
  test('gives the files of what is checked out, as they were committed', async () => {
    const root = repository({
      'a.txt': 'a\n',
      'run.sh': { text: 'r', mode: 0o755 },
      'bin.dat': { text: Buffer.from([0, 10, 255, 0, 10]) },
    })
    plant(root, { 'a.txt': 'not committed', 'new.txt': 'not committed' })
    const { gather, ofAgent } = openWorkspaces()
    const { given, modes } = await gather({ kind: 'git', path: root })
    expect(Object.keys(given)).toEqual(['a.txt', 'bin.dat', 'run.sh'])
    expect(given['a.txt']).toBe('a\n')
    expect(modes).toEqual({ 'a.txt': 0o644, 'bin.dat': 0o644, 'run.sh': 0o755 })
    expect(readdirSync(join(ofAgent, 'workspace', 'base', 'files'))).toEqual(['a.txt', 'bin.dat', 'run.sh'])
  })

  test('gives those of a branch, a tag or a commit', async () => {
    const root = repository({ 'a.txt': 'one' })
    const first = git(root, 'rev-parse', 'HEAD')
    git(root, 'tag', 'v1')
    git(root, 'checkout', '-q', '-b', 'feature/x')
    plant(root, { 'a.txt': 'two' })
    git(root, 'commit', '-q', '-a', '-m', 'Second')
    git(root, 'checkout', '-q', 'main')
    const { gather } = openWorkspaces()
    const text = async (ref: string) => (await gather({ kind: 'git', path: root, ref })).given['a.txt']
    expect(await text('feature/x')).toBe('two')
    for (const ref of ['v1', 'main', first, first.slice(0, 8), 'feature/x~1']) expect(await text(ref), ref).toBe('one')
  })

  test('gives many files, an empty commit, and odd names', async () => {
    const tree = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`dir${index % 7}/file ${index} ü.txt`, 'x'.repeat(index * 37)]),
    )
    const { gather } = openWorkspaces()
    const root = repository(tree)
    expect((await gather({ kind: 'git', path: root })).given).toEqual(tree)
    git(root, 'rm', '-rq', '.')
    git(root, 'commit', '-q', '-m', 'Empty')
    expect((await gather({ kind: 'git', path: root })).given).toEqual({})
  })

  test('follows links between its own files only', async () => {
    const root = folder({ 'a.txt': 'a', 'dir/b.txt': 'b' })
    symlinkSync('../a.txt', join(root, 'dir', 'link'))
    symlinkSync('dir/link', join(root, 'chain'))
    symlinkSync('/etc/passwd', join(root, 'out'))
    symlinkSync('../../x', join(root, 'up'))
    symlinkSync('dir', join(root, 'folder'))
    symlinkSync('round', join(root, 'round'))
    git(root, 'init', '-q')
    git(root, 'add', '-A')
    git(root, 'commit', '-q', '-m', 'First')
    expect((await openWorkspaces().gather({ kind: 'git', path: root })).given).toEqual({
      'a.txt': 'a',
      chain: 'a',
      'dir/b.txt': 'b',
      'dir/link': 'a',
    })
  })

  test('runs nothing that the repository configures', async () => {
    const root = repository({ 'a.txt': 'a', '.gitattributes': '* filter=evil diff=evil\n' })
    const trap = join(root, 'trapped')
    const script = plant(root, { trap: { text: `#!/bin/sh\ntouch '${trap}'\ncat\n`, mode: 0o755 } })
    for (const setting of [
      'core.fsmonitor',
      'filter.evil.smudge',
      'filter.evil.clean',
      'diff.evil.textconv',
      'core.pager',
      'core.sshCommand',
      'core.editor',
    ])
      git(root, 'config', setting, join(script, 'trap'))
    git(root, 'config', 'core.hooksPath', root)
    git(root, 'config', 'alias.ls-tree', `!${join(script, 'trap')}`)
    expect((await openWorkspaces().gather({ kind: 'git', path: root })).given['a.txt']).toBe('a')
    expect(existsSync(trap)).toBe(false)
  })

  /** Made by hand: git itself refuses such names. */
  const crafted = (root: string, ...names: string[]) => {
    const blob = git(root, 'rev-parse', 'HEAD:a.txt')
    const tree = execFileSync('git', ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], {
      cwd: root,
      input: Buffer.concat(names.flatMap((name) => [Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')])),
      encoding: 'utf8',
    }).trim()
    git(root, 'update-ref', 'refs/heads/evil', git(root, 'commit-tree', tree, '-m', 'Evil'))
  }

  test('that is made to lead out of its folder does not', async () => {
    const root = repository({ 'a.txt': 'a' })
    crafted(root, '..', '../../escaped', '.git', '.git/config', 'b.txt')
    const { gather, home, ofAgent } = openWorkspaces()
    expect((await gather({ kind: 'git', path: root, ref: 'evil' })).given).toEqual({ 'b.txt': 'a' })
    expect(treeOf(join(ofAgent, 'workspace', 'base', 'files'))).toEqual({ 'b.txt': 'a' })
    expect(Object.keys(treeOf(home)).filter((path) => path.includes('escaped'))).toEqual([])
  })

  test('that breaks in the middle ends there, however much is still to come', async () => {
    const root = repository({ 'a.txt': 'a'.repeat(300_000) })
    crafted(root, 'b.txt', 'b.txt', ...Array.from({ length: 20 }, (_, index) => `c${index}`))
    const { gather, ofAgent } = openWorkspaces()
    await expect(gather({ kind: 'git', path: root, ref: 'evil' })).rejects.toThrow('EEXIST')
    expect(treeOf(ofAgent)).toEqual({})
  })

  test('has its limits as well', async () => {
    const root = repository({ a: 'x'.repeat(600), b: 'x'.repeat(600) })
    const { gather } = openWorkspaces()
    for (const limits of [{ mostBytes: 1000 }, { mostFiles: 1 }])
      expect(await refusalOf(() => gather({ kind: 'git', path: root }, limits))).toMatchObject({ code: 'E_TOO_LARGE' })
  })

  test('has to be one, its root, and have what is asked for', async () => {
    const { workspaces } = openWorkspaces()
    const root = repository({ 'dir/a.txt': 'a' })
    const fresh = folder()
    git(fresh, 'init', '-q')
    const check = (path: string, ref?: string) =>
      refusalOf(() => workspaces.check({ kind: 'git', path, ...(ref !== undefined && { ref }) }))
    expect((await check(folder())).message).toContain('is not a git repository')
    expect((await check(join(root, 'dir'))).hint).toContain(root)
    expect(await check(fresh)).toMatchObject({ code: 'E_NOT_FOUND', message: `${fresh} has no commit yet.` })
    for (const ref of ['nope', '--all', '-h', 'HEAD:dir', 'main..main', '--output=/tmp/x', 'a b', 'HEAD\n'])
      expect(await check(root, ref), ref).toMatchObject({ code: 'E_NOT_FOUND' })
    await workspaces.check({ kind: 'git', path: root, ref: 'main' })
  })

  test('that lacks an object says so, and asks no other place for it', async () => {
    const root = repository({ a: 'alone' })
    const oid = git(root, 'rev-parse', 'HEAD:a')
    rmSync(join(root, '.git', 'objects', oid.slice(0, 2), oid.slice(2)))
    const error = await refusalOf(() => openWorkspaces().gather({ kind: 'git', path: root }))
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE' })
  })

  test('needs git', async () => {
    const root = repository({ a: 'a' })
    const workspaces = createWorkspaces({
      home: folder(),
      homeFolder: folder(),
      now: () => new Date(),
      env: { PATH: folder() },
    })
    const error = await refusalOf(() => workspaces.check({ kind: 'git', path: root }))
    expect(error.message).toContain('git is not installed')
    await workspaces.check({ kind: 'copy', path: root })
  })

  test('may be a bare one', async () => {
    const root = repository({ a: 'a' })
    const bare = folder()
    git(root, 'clone', '-q', '--bare', root, join(bare, 'app.git'))
    expect((await openWorkspaces().gather({ kind: 'git', path: join(bare, 'app.git') })).given).toEqual({ a: 'a' })
  })
})

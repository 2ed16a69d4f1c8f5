/** A git repository of this machine, read by git itself: the files of one commit, without anything that git could run. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, realpath } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { GantryError } from '../../contract/index.ts'
import { type CopyLimits, tooManyBytes, tooManyFiles } from './limits.ts'
import { isGitPath, isSafePath } from './paths.ts'

export interface Repository {
  path: string
  /** A bare one has no files that a patch could be written to. */
  isBare: boolean
  commit: string
}

type Environment = Record<string, string | undefined>

/** Whatever the repository configures: nothing is fetched, asked for, or run. */
const SAFELY = [
  '--no-pager',
  '--no-replace-objects',
  ...['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'protocol.allow=never'].flatMap((setting) => ['-c', setting]),
]
const KEPT = /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|SystemRoot|USERPROFILE|XDG_CONFIG_HOME)$/i

const gitEnvironment = (env: Environment): Environment => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => KEPT.test(name))),
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
})

const MOST_LISTING = 64 * 1024 * 1024
const MOST_WORDS = 4096

interface Git {
  child: ChildProcessWithoutNullStreams
  /** Resolves with what it complained about, throws where it did not end well. */
  ended: Promise<void>
}

const start = (path: string, args: readonly string[], env: Environment, signal: AbortSignal | undefined): Git => {
  const child = spawn('git', [...SAFELY, '-C', path, ...args], { env: gitEnvironment(env), ...(signal && { signal }) })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(0, MOST_WORDS)))
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'close').then(
    ([code]) => {
      if (code === 0) return
      throw new GantryError(
        'E_UNAVAILABLE',
        `git cannot read ${path}: ${words.trim() || `it ended with ${String(code)}`}`,
        {
          hint: /dubious ownership/.test(words)
            ? 'The repository belongs to somebody else; git says above how to trust it.'
            : 'Check the repository with git itself.',
        },
      )
    },
    (cause: unknown) => {
      signal?.throwIfAborted()
      throw new GantryError('E_UNAVAILABLE', 'git is not installed here, or cannot be started.', {
        hint: 'Install git, or hand over a copy of the folder instead.',
        cause,
      })
    },
  )
  ended.catch(() => undefined)
  return { child, ended }
}

const run = async (path: string, args: readonly string[], env: Environment, signal?: AbortSignal): Promise<Buffer> => {
  const { child, ended } = start(path, args, env, signal)
  child.stdin.end()
  const chunks: Buffer[] = []
  let bytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MOST_LISTING) chunks.push(chunk)
    else child.kill('SIGKILL')
  })
  await ended
  return Buffer.concat(chunks)
}

const refuse = (message: string, hint: string): never => {
  throw new GantryError('E_SCHEMA', message, { hint, details: [{ path: 'workspace.path', message }] })
}

/** The place has to be a real path. */
export const findRepository = async (
  place: string,
  ref: string | undefined,
  env: Environment,
  signal?: AbortSignal,
): Promise<Repository> => {
  const ask = async (...args: string[]) => (await run(place, args, env, signal)).toString('utf8').trim()
  const bare = await ask('rev-parse', '--is-bare-repository').catch((thrown: unknown) => {
    if (thrown instanceof GantryError && /not a git repository/.test(thrown.message))
      return refuse(`${place} is not a git repository.`, 'Hand over a copy of the folder instead.')
    throw thrown
  })
  const isBare = bare === 'true'
  const top = isBare ? place : await realpath(await ask('rev-parse', '--show-toplevel'))
  if (top !== place)
    return refuse(`${place} is only a part of the repository ${top}.`, `Give ${top}, or a copy of this folder.`)
  // What begins with a dash would be an option.
  const name = ref ?? 'HEAD'
  const commit = name.startsWith('-')
    ? ''
    : await ask('rev-parse', '--verify', '--quiet', `${name}^{commit}`).catch(() => {
        signal?.throwIfAborted()
        return ''
      })
  if (!/^[0-9a-f]{40,64}$/.test(commit)) {
    const message =
      ref === undefined ? `${place} has no commit yet.` : `There is no ${JSON.stringify(ref)} in ${place}.`
    throw new GantryError('E_NOT_FOUND', message, { hint: 'git branch, git tag and git log show what there is.' })
  }
  return { path: place, isBare, commit }
}

interface TreeFile {
  path: string
  oid: string
  isExecutable: boolean
  bytes: number
}

const LINK = '120000'
const ENTRY = /^(\d{6}) blob ([0-9a-f]+) +(\S+)\t(.*)$/s

const lacks = (path: string, oid: string): GantryError =>
  new GantryError('E_UNAVAILABLE', `The repository ${path} lacks the object ${oid}.`, {
    hint: 'Fetch it with git: a part of a repository is not enough.',
  })

const parseTree = (repository: string, listing: Buffer): { files: TreeFile[]; links: TreeFile[] } => {
  const files: TreeFile[] = []
  const links: TreeFile[] = []
  for (const line of listing.toString('utf8').split('\0')) {
    // Other repositories inside this one are commits, not blobs.
    const [, mode, oid = '', bytes = '', path = ''] = ENTRY.exec(line) ?? []
    if (mode === undefined || !isSafePath(path) || isGitPath(path)) continue
    if (!/^\d+$/.test(bytes)) throw lacks(repository, oid)
    const file = { path, oid, bytes: Number(bytes), isExecutable: mode === '100755' }
    ;(mode === LINK ? links : files).push(file)
  }
  return { files, links }
}

/** Reads exactly so many bytes, in parts as they come. */
const createReader = (source: AsyncIterable<Buffer>) => {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const more = async () => {
    const { value, done } = await chunks.next()
    if (done === true) throw new Error('git ended too early')
    rest = rest.length === 0 ? value : Buffer.concat([rest, value])
  }
  return {
    line: async (): Promise<string> => {
      while (!rest.includes(10)) await more()
      const end = rest.indexOf(10)
      const line = rest.subarray(0, end).toString('utf8')
      rest = rest.subarray(end + 1)
      return line
    },
    take: async function* (bytes: number): AsyncGenerator<Buffer, void, void> {
      let left = bytes
      while (left > 0) {
        if (rest.length === 0) await more()
        const part = rest.subarray(0, left)
        rest = rest.subarray(part.length)
        left -= part.length
        yield part
      }
    },
  }
}

/** The content of many objects from one git, in the order asked for. */
const readObjects = async (
  { path }: Repository,
  oids: readonly string[],
  each: (index: number, content: AsyncIterable<Buffer>) => Promise<void>,
  env: Environment,
  signal?: AbortSignal,
): Promise<void> => {
  if (oids.length === 0) return
  const { child, ended } = start(path, ['cat-file', '--batch', '--buffer'], env, signal)
  child.stdin.end(oids.map((oid) => `${oid}\n`).join(''))
  const reader = createReader(child.stdout as AsyncIterable<Buffer>)
  try {
    for (const [index, oid] of oids.entries()) {
      const [, bytes] = /^[0-9a-f]+ blob (\d+)$/.exec(await reader.line()) ?? []
      if (bytes === undefined) throw lacks(path, oid)
      await each(index, reader.take(Number(bytes)))
      await reader.line()
    }
  } catch (cause) {
    child.kill('SIGKILL')
    // What nobody reads any more would keep it from being seen to end.
    child.stdout.destroy()
    await ended.catch(() => undefined)
    signal?.throwIfAborted()
    throw cause
  }
  await ended
}

const LONGEST_LINK = 4096

/** A link to a file of the same commit comes along as that file. */
const followLinks = async (
  repository: Repository,
  files: readonly TreeFile[],
  links: readonly TreeFile[],
  env: Environment,
  signal?: AbortSignal,
): Promise<TreeFile[]> => {
  const short = links.filter(({ bytes }) => bytes <= LONGEST_LINK)
  const targets = new Map<string, string>()
  await readObjects(
    repository,
    short.map(({ oid }) => oid),
    async (index, content) => {
      const chunks: Buffer[] = []
      for await (const chunk of content) chunks.push(chunk)
      const { path } = short[index] ?? { path: '' }
      targets.set(path, posix.join(posix.dirname(path), Buffer.concat(chunks).toString('utf8')))
    },
    env,
    signal,
  )
  const byPath = new Map(files.map((file) => [file.path, file]))
  const resolve = (path: string, steps = 0): TreeFile | undefined => {
    const next = targets.get(path)
    return byPath.get(path) ?? (next === undefined || steps > 8 ? undefined : resolve(next, steps + 1))
  }
  return short.flatMap(({ path }) => {
    const target = resolve(path)
    return target === undefined ? [] : [{ ...target, path }]
  })
}

export const copyCommit = async (
  repository: Repository,
  target: string,
  limits: CopyLimits,
  env: Environment,
  signal?: AbortSignal,
): Promise<void> => {
  const listing = await run(
    repository.path,
    ['ls-tree', '-r', '-z', '--long', '--full-tree', repository.commit],
    env,
    signal,
  )
  const { files: plain, links } = parseTree(repository.path, listing)
  const files = [...plain, ...(await followLinks(repository, plain, links, env, signal))]
  if (files.length > limits.mostFiles) throw tooManyFiles(repository.path, limits)
  if (files.reduce((sum, { bytes }) => sum + bytes, 0) > limits.mostBytes) throw tooManyBytes(repository.path, limits)

  const made = new Set<string>()
  await readObjects(
    repository,
    files.map(({ oid }) => oid),
    async (index, content) => {
      const { path, isExecutable } = files[index] ?? { path: '', isExecutable: false }
      const copy = join(target, path)
      if (!made.has(dirname(copy))) await mkdir(dirname(copy), { recursive: true, mode: 0o700 })
      made.add(dirname(copy))
      const handle = await open(copy, 'wx', isExecutable ? 0o700 : 0o600)
      try {
        for await (const chunk of content) await handle.writeFile(chunk)
      } finally {
        await handle.close()
      }
    },
    env,
    signal,
  )
}

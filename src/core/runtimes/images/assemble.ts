/**
 * The image made from files of this machine: busybox, Node with the libraries it is linked to, the scripts. Less than
 * the recipe gives, but enough to run everything that Gantry itself brings, with nothing to be fetched.
 */
import { execFile } from 'node:child_process'
import { createReadStream, existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { type Pack, pack as createPack } from 'tar-stream'
import { GantryError } from '../../../contract/index.ts'
import type { BuildParts } from './recipe.ts'
import { readScripts } from './scripts.ts'

const run = promisify(execFile)

interface AssembleParts extends BuildParts {
  node: string
  scripts: string
  env: Record<string, string | undefined>
}

const FOLDERS = [
  'bin',
  'dev',
  'etc',
  'etc/ssl',
  'etc/ssl/certs',
  'home',
  'home/agent',
  'opt',
  'opt/gantry',
  'proc',
  'root',
  'run',
  'sys',
  'tmp',
  'usr',
  'usr/bin',
  'usr/local',
  'usr/local/bin',
  'var',
]
const TEXTS: Record<string, string> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nagent:x:10001:10001:agent:/home/agent:/bin/sh\n',
  'etc/group': 'root:x:0:\nagent:x:10001:\n',
  'etc/hosts': '127.0.0.1 localhost\n',
}
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

const findBusybox = (path: string | undefined): string => {
  const found = (path ?? '/usr/bin:/bin')
    .split(':')
    .map((folder) => join(folder, 'busybox'))
    .find(existsSync)
  if (found !== undefined) return realpathSync(found)
  throw new GantryError('E_UNAVAILABLE', 'The image cannot be assembled here: busybox is missing.', {
    hint: 'Install it (on Debian and Ubuntu: sudo apt install busybox-static), or let the engine reach a registry.',
  })
}

/** The libraries that a program is linked to, as the loader finds them. */
const librariesOf = async (file: string): Promise<string[]> => {
  try {
    const { stdout } = await run('ldd', [file])
    return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].flatMap(([, path]) => (path === undefined ? [] : [path]))
  } catch {
    // A static program has none.
    return []
  }
}

const fill = async (pack: Pack, { node, scripts, env, report, signal }: AssembleParts) => {
  const busybox = findBusybox(env['PATH'])
  const libraries = [...new Set([...(await librariesOf(node)), ...(await librariesOf(busybox))])]
  const made = new Set<string>()
  const folder = (name: string) => {
    const parts = name.split('/')
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const path = parts.slice(0, depth).join('/')
      if (path === '' || made.has(path)) continue
      made.add(path)
      pack.entry({ name: path, type: 'directory', mode: path === 'tmp' ? 0o1777 : 0o755 })
    }
  }
  /** Node alone is a hundred megabytes: it passes through instead of being held. */
  const program = async (name: string, path: string) => {
    folder(name.split('/').slice(0, -1).join('/'))
    const entry = pack.entry({ name, mode: 0o755, size: statSync(path).size })
    await pipeline(createReadStream(path), entry as unknown as Writable, { signal })
  }
  const file = (name: string, content: Buffer | string, mode = 0o644) => {
    signal.throwIfAborted()
    folder(name.split('/').slice(0, -1).join('/'))
    pack.entry({ name, mode }, content)
  }

  for (const name of FOLDERS) folder(name)
  for (const [name, text] of Object.entries(TEXTS)) file(name, text)
  if (existsSync(CERTIFICATES)) file(CERTIFICATES.slice(1), readFileSync(CERTIFICATES))
  report('Tools', 30)
  await program('bin/busybox', busybox)
  const { stdout } = await run(busybox, ['--list'])
  for (const name of stdout.trim().split('\n')) {
    if (name !== 'busybox') pack.entry({ name: `bin/${name}`, type: 'symlink', linkname: '/bin/busybox' })
  }
  report('Node and its libraries', 50)
  await program('usr/local/bin/node', node)
  for (const path of libraries) await program(path.slice(1), path)
  for (const { name, content } of readScripts(scripts)) file(`opt/gantry/${name}`, content)
  pack.finalize()
}

export const assemble = async (parts: AssembleParts): Promise<void> => {
  const { engine, image, labels, report, signal } = parts
  const pack = createPack()
  const filled = fill(pack, parts).catch((thrown: unknown) => {
    pack.destroy()
    throw thrown
  })
  const [repo = image, tag = 'latest'] = image.split(':')
  const changes = [
    ...Object.entries(labels).map(([name, value]) => `LABEL ${name}=${value}`),
    'ENV PATH=/usr/local/bin:/usr/bin:/bin',
    'USER 10001:10001',
    'WORKDIR /home/agent',
    'CMD ["/usr/local/bin/node", "/opt/gantry/agent.mjs"]',
  ]
  const imported = engine.call(
    'take the image in',
    async (docker) => {
      // The types know one change, the engine takes many.
      const options = { repo, tag, changes: changes as unknown as string }
      const answer = (await docker.importImage(Readable.from(pack), options)) as unknown as Readable
      let said = ''
      for await (const chunk of answer) said = `${said}${String(chunk)}`.slice(-4000)
      if (said.includes('"error"')) throw new Error(said)
    },
    // As long as a hundred megabytes take; whoever waits can call it off.
    'whenever',
    signal,
  )
  const [first] = await Promise.allSettled([filled, imported])
  if (first.status === 'rejected') throw first.reason
  await imported
  report('Taken in by the engine', 80)
}

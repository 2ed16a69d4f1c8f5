// out/, built again only when a source changed.
import { existsSync, rmSync } from 'node:fs'
import { inModules, inRoot, node24 } from './paths.mjs'
import { run } from './processes.mjs'
import { hashOfTree, readStamp, writeStamp } from './stamps.mjs'

const sources = [
  'src',
  'resources',
  'scripts/build-inside.mjs',
  'electron.vite.config.ts',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
]
const stampFile = () => inRoot('out', '.gantry-stamp')
const wanted = () => hashOfTree(sources.map((source) => inRoot(source)))

/** The scripts for boxes, which are no part of the app itself. */
export const buildInside = () => run(node24(), [inRoot('scripts', 'build-inside.mjs')])

/** @returns {import('./steps.mjs').Step} */
export const buildStep = () => ({
  title: 'Build of the app',
  needed: () =>
    readStamp(stampFile()) !== wanted() || !existsSync(inRoot('out', 'main')) || !existsSync(inRoot('out', 'agent')),
  async run(progress) {
    const stamp = wanted()
    rmSync(stampFile(), { force: true })
    await run(node24(), [inModules('electron-vite', 'bin', 'electron-vite.js'), 'build'], {
      onLine: (line) => line.trim() && progress(line.trim()),
    })
    await buildInside()
    writeStamp(stampFile(), stamp)
  },
})

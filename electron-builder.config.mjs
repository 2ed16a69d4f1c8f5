// The package: the Electron at hand with the app in an archive that it checks, and beside it a copy of the app for the
// Node of the command line, which cannot read archives. Electron never loads that copy.
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), 'utf8').trim()
const windows = process.platform === 'win32'

/** Not as extra resources: what is named there is left out of the archive. */
function copyForNode(/** @type {string} */ folder) {
  for (const part of ['out/main', 'out/renderer', 'package.json']) cpSync(part, join(folder, part), { recursive: true })
  const library = 'node_modules/better-sqlite3'
  for (const part of ['package.json', 'lib', 'build', 'prebuilds']) {
    const from = join(library, part)
    if (existsSync(from)) cpSync(from, join(folder, from), { recursive: true })
  }
}

/** @type {import('electron-builder').Configuration} */
export default {
  appId: 'app.gantry.Gantry',
  productName: 'Gantry',
  executableName: 'gantry',
  directories: { output: 'dist' },
  electronDist: 'node_modules/electron/dist',
  electronVersion: read('node_modules/electron/dist/version').replace(/^v/, ''),
  npmRebuild: false,
  nodeGypRebuild: false,
  files: [
    'out/**',
    'resources/icons/*.png',
    'package.json',
    '!out/.gantry-stamp',
    '!out/agent/**',
    '!node_modules/better-sqlite3/{deps,src}/**',
    '!node_modules/node-addon-api/**',
  ],
  asar: true,
  // A native library has to lie on the disk.
  asarUnpack: ['node_modules/better-sqlite3/**/*.node'],
  extraResources: [
    { from: `node_modules/node/bin/${windows ? 'node.exe' : 'node'}`, to: `runtime/${windows ? 'node.exe' : 'node'}` },
    { from: `scripts/package/${windows ? 'gantry.cmd' : 'gantry'}`, to: `bin/${windows ? 'gantry.cmd' : 'gantry'}` },
    // On the disk: boxes are lent these files, and the engine reads recipes.
    { from: 'out/agent', to: 'agent' },
    { from: 'resources/agent-image', to: 'agent-image' },
    { from: 'resources/catalog.json', to: 'catalog.json' },
    { from: 'resources/seccomp.json', to: 'seccomp.json' },
  ],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  },
  afterPack: ({ appOutDir, packager }) => {
    const resources = packager.getResourcesDir(appOutDir)
    // The app that an unpackaged Electron opens has no place in a package.
    rmSync(join(resources, 'default_app.asar'), { force: true })
    copyForNode(join(resources, 'cli'))
  },
  linux: { target: 'dir', category: 'Development', icon: 'resources/icons/icon.png' },
  mac: { target: 'dir', category: 'public.app-category.developer-tools' },
  win: { target: 'dir' },
}

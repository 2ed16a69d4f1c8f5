// The package: the Electron at hand, the built app in an archive, and Node for the command line and its helpers.
// What runs on plain Node stays beside the archive, which only Electron can read.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const read = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), 'utf8').trim()
const windows = process.platform === 'win32'

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
    '!node_modules/better-sqlite3/{deps,src}/**',
    '!node_modules/node-addon-api/**',
  ],
  asar: true,
  asarUnpack: ['out/**', 'node_modules/better-sqlite3/**', 'package.json'],
  extraResources: [
    { from: `node_modules/node/bin/${windows ? 'node.exe' : 'node'}`, to: `runtime/${windows ? 'node.exe' : 'node'}` },
    { from: `scripts/package/${windows ? 'gantry.cmd' : 'gantry'}`, to: `bin/${windows ? 'gantry.cmd' : 'gantry'}` },
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
  // The app that an unpackaged Electron opens has no place in a package.
  afterPack: ({ appOutDir }) => rmSync(join(appOutDir, 'resources', 'default_app.asar'), { force: true }),
  linux: { target: 'dir', category: 'Development', icon: 'resources/icons/icon.png' },
  mac: { target: 'dir', category: 'public.app-category.developer-tools' },
  win: { target: 'dir' },
}

// Run by Node 24: turns the repackaged zip into a folder like Electron's own `dist`. Usage: ZIP TARGET VERSION
import { createRequire } from 'node:module'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createPackage } from '@electron/asar'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'

// The one that Electron's own installer unpacks with.
const fromElectron = createRequire(createRequire(import.meta.url).resolve('electron/package.json'))
const { extract } = await import(pathToFileURL(fromElectron.resolve('@electron-internal/extract-zip')).href)

const [zip, target, version] = process.argv.slice(2)
const unpacked = mkdtempSync(join(dirname(target), 'unpacked-'))
await extract(zip, { dir: unpacked })
rmSync(zip)

console.log('setting it up')
const dist = join(unpacked, 'Cypress')
rmSync(join(dist, 'resources', 'app'), { recursive: true, force: true })
rmSync(join(dist, 'resources', 'app-update.yml'), { force: true })
renameSync(join(dist, 'Cypress'), join(dist, 'electron'))

// Its V8 snapshot belongs to the app that was removed; Playwright attaches through the inspector arguments.
rmSync(join(dist, 'browser_v8_context_snapshot.bin'), { force: true })
await flipFuses(join(dist, 'electron'), {
  version: FuseVersion.V1,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: true,
})

// It lacks the default app that runs a folder given on the command line. A real archive: electron-builder removes it by name.
const defaultApp = fileURLToPath(new URL('default-app', import.meta.url))
await createPackage(defaultApp, join(dist, 'resources', 'default_app.asar'))

writeFileSync(join(dist, 'version'), version)
writeFileSync(join(dist, 'gantry-fallback.json'), `${JSON.stringify({ electron: version })}\n`)
renameSync(dist, target)

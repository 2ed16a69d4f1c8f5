// What Electron's own default app does for `electron DIR`: take the folder's name, version and main file, and run it.
// An ES module, because `ready` then waits for the import below, and calls that must come before ready still can.
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'

const require = createRequire(import.meta.url)

/** @param {string[]} args */
function parse(args) {
  const preload = []
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index]
    if (arg === '-r' || arg === '--require') preload.push(args[(index += 1)])
    else if (!arg.startsWith('-')) return { preload, folder: resolve(arg) }
  }
  return { preload, folder: undefined }
}

const { preload, folder } = parse(process.argv.slice(1))
for (const module of preload) require(resolve(module))

if (folder === undefined) {
  process.stderr.write('Usage: electron [options] DIR\n')
  app.exit(1)
} else {
  const manifest = require(join(folder, 'package.json'))
  process.defaultApp = true
  app.setName(manifest.productName ?? manifest.name)
  app.setVersion(manifest.version)
  app.setAppPath(folder)
  try {
    await import(pathToFileURL(join(folder, manifest.main ?? 'index.js')).href)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    app.exit(1)
  }
}

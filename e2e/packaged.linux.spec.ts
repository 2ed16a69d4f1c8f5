/** The package as it is shipped: built here, its fuses read back, started, and talked to with the command line it brings. */
import { listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ATTACHABLE, attach } from './support/attach.ts'
import { ROOT, ROOT_SWITCHES } from './support/paths.ts'
import { run } from './support/processes.ts'
import { expect, test } from './support/test.ts'
import { type Stage, anyPort, cleanEnv, waitForEndpoint } from './support/stage.ts'
import { SECTIONS, open } from './support/window.ts'
import manifest from '../package.json' with { type: 'json' }

/** As the fuse wire spells it. */
const ON = '1'.codePointAt(0)
const OFF = '0'.codePointAt(0)

const build = async (stage: Stage) => {
  const tool = join(ROOT, 'node_modules', 'electron-builder', 'cli.js')
  const args = [
    '--dir',
    '--config',
    'electron-builder.config.mjs',
    '--publish',
    'never',
    `-c.directories.output=${stage.home}`,
  ]
  const builder = run(process.execPath, [tool, ...args], { cwd: ROOT, env: cleanEnv({ USE_HARD_LINKS: 'false' }) })
  stage.keep('electron-builder', builder)
  expect(await builder.exit).toMatchObject({ code: 0 })
  return join(stage.home, 'linux-unpacked')
}

test('the package is locked, works, and brings its own command line', async ({ stage }) => {
  test.setTimeout(120_000)
  const unpacked = await build(stage)
  const binary = join(unpacked, 'gantry')

  const fuses = await getCurrentFuseWire(binary)
  expect({
    runAsNode: fuses[FuseV1Options.RunAsNode],
    cookieEncryption: fuses[FuseV1Options.EnableCookieEncryption],
    nodeOptions: fuses[FuseV1Options.EnableNodeOptionsEnvironmentVariable],
    inspect: fuses[FuseV1Options.EnableNodeCliInspectArguments],
    asarIntegrity: fuses[FuseV1Options.EnableEmbeddedAsarIntegrityValidation],
    onlyAsar: fuses[FuseV1Options.OnlyLoadAppFromAsar],
    snapshot: fuses[FuseV1Options.LoadBrowserProcessSpecificV8Snapshot],
    fileProtocol: fuses[FuseV1Options.GrantFileProtocolExtraPrivileges],
  }).toEqual({
    runAsNode: OFF,
    cookieEncryption: ON,
    nodeOptions: OFF,
    inspect: OFF,
    asarIntegrity: ON,
    onlyAsar: ON,
    snapshot: OFF,
    fileProtocol: OFF,
  })
  const files = listPackage(join(unpacked, 'resources', 'app.asar'), { isPack: false })
  expect(files, 'the icons of window and tray').toEqual(
    expect.arrayContaining(['/resources/icons/icon.png', '/resources/icons/tray.png', '/resources/icons/tray@2x.png']),
  )
  expect(
    files.filter((file) => /\.(ts|tsx|map)$/.test(file) && !file.startsWith('/node_modules/')),
    'no sources',
  ).toEqual([])
  expect(files, 'the app lies in the archive that is checked').toContain('/out/main/index.js')
  expect(
    existsSync(join(unpacked, 'resources', 'app.asar.unpacked', 'out')),
    'and nowhere that Electron would look first',
  ).toBe(false)
  expect(existsSync(join(unpacked, 'resources', 'default_app.asar')), 'nothing that would run any folder').toBe(false)

  const home = stage.newHome()
  const env = cleanEnv({
    GANTRY_HTTP_PORT: anyPort(),
    ELECTRON_RUN_AS_NODE: '1',
    ELECTRON_RENDERER_URL: 'http://127.0.0.1:1/',
  })
  const app = run(binary, [...ROOT_SWITCHES, '--home', home, ATTACHABLE], { env })
  stage.keep('packaged app', app)
  const { url, pid } = await waitForEndpoint(home, 'window')
  expect(pid).toBe(app.pid)
  expect((await (await fetch(`${url}/health`)).json()) as unknown).toMatchObject({
    status: 'ok',
    version: manifest.version,
  })

  const page = await attach(stage, app)
  expect(await page.evaluate(() => location.origin), 'a development server is not believed').toBe('app://gantry')
  for (const section of SECTIONS) await open(page, section)

  const gantry = async (...args: string[]) => {
    const command = run(join(unpacked, 'resources', 'bin', 'gantry'), [...args], {
      env: cleanEnv({ PATH: '/usr/bin:/bin', GANTRY_HOME: home }),
    })
    stage.keep(`gantry ${args.join(' ')}`, command)
    return { ...(await command.exit), said: command.stdout().trim() }
  }
  expect(await gantry('--version')).toMatchObject({ code: 0, said: manifest.version })
  const health = await gantry('system', 'health', '--json')
  expect(health.code).toBe(0)
  expect(JSON.parse(health.said)).toMatchObject({ status: 'ok' })
  expect(await gantry('system', 'backup', '--json'), 'its own worker thread runs').toMatchObject({ code: 0 })
  expect(await gantry('system', 'stop', '--yes')).toMatchObject({ code: 0 })
  expect(await app.exit).toEqual({ code: 0, signal: null })
})

/** As an ordinary user Chromium's sandbox must run, and nothing may switch it off. Run by root, this becomes such a user. */
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ATTACHABLE, attach } from './support/attach.ts'
import { ROOT, isRoot } from './support/paths.ts'
import { processesNaming, run } from './support/processes.ts'
import { expect, test } from './support/test.ts'
import { type Stage, anyPort, cleanEnv } from './support/stage.ts'
import { createKey, keyRow } from './support/window.ts'

/** nobody: owns nothing, and belongs to no group. */
const NOBODY = 65_534

/** What the app needs, where a user who may not read the checkout can. */
const copyApp = (stage: Stage): string => {
  const folder = stage.newHome()
  for (const part of ['out', 'resources', 'package.json', 'node_modules/electron', 'node_modules/better-sqlite3']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true, dereference: false })
  }
  chmodSync(folder, 0o755)
  return folder
}

const statusOf = (pid: number, field: string) =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s+/) ?? []

test("an ordinary user's window runs in Chromium's sandbox", async ({ stage }) => {
  const folder = isRoot ? copyApp(stage) : ROOT
  const home = join(stage.home, 'data')
  mkdirSync(home)
  if (isRoot) for (const path of [stage.home, home]) chownSync(path, NOBODY, NOBODY)
  const app = run(join(folder, 'node_modules', 'electron', 'dist', 'electron'), ['.', '--home', home, ATTACHABLE], {
    cwd: folder,
    env: cleanEnv({
      HOME: home,
      XDG_RUNTIME_DIR: home,
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      GANTRY_HTTP_PORT: anyPort(),
    }),
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  })
  stage.keep('app', app)

  const page = await attach(stage, app)
  await createKey(page, 'works as usual')
  await expect(keyRow(page, 'works as usual')).toBeVisible()

  const processes = processesNaming(home)
  expect(processes.filter(({ command }) => command.includes('--no-sandbox'))).toEqual([])
  const renderer = processes.find(({ command }) => command.includes('--type=renderer'))
  if (renderer === undefined)
    throw new Error(`No renderer among\n${processes.map(({ command }) => command).join('\n')}`)
  expect(statusOf(renderer.pid, 'Uid')[0]).not.toBe('0')
  expect(statusOf(renderer.pid, 'Seccomp'), 'system calls are filtered').toEqual(['2'])
  expect(statusOf(renderer.pid, 'CapEff')).toEqual(['0000000000000000'])
  expect(statusOf(renderer.pid, 'NSpid').length, 'in a process namespace of its own').toBeGreaterThan(1)
  expect(readlinkSync(`/proc/${renderer.pid}/ns/net`), 'without a network').not.toBe(readlinkSync('/proc/self/ns/net'))

  process.kill(app.pid, 'SIGTERM')
  expect(await app.exit).toEqual({ code: 0, signal: null })
})

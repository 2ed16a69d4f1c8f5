import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { ESCAPES, type EscapeOutcome, escapeProgram } from '../escapes.ts'
import { type OpenOutside, openOutside } from '../outside.ts'
import { INSIDE_NODE } from './bubblewrap.ts'
import { describeSandbox, linesOf, tempFolder, testRuntime, type TestRuntimeOptions } from './testing.ts'
import { viewOf } from './view.ts'

const names = ESCAPES.map(({ name }) => name)

/** One that answers, as an engine's would. */
const engineSocket = async (): Promise<string> => {
  const path = join(tempFolder(), 'engine.sock')
  const server = createServer((socket) => socket.on('error', () => undefined).end())
  server.listen(path)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return path
}

const tryInBox = async (outside: OpenOutside, options: TestRuntimeOptions = {}): Promise<EscapeOutcome[]> => {
  const box = await testRuntime({ ...options, script: escapeProgram(outside) }).open()
  const lines = linesOf(await box.connect())
  const outcomes: EscapeOutcome[] = []
  for (let line = await lines.next(); line !== undefined; line = await lines.next())
    outcomes.push(JSON.parse(line) as EscapeOutcome)
  return outcomes
}

/**
 * The same where nothing is closed but what would do harm: root with all its rights, the machine's processes, network and
 * devices, but mounts and a name of its own.
 */
const tryInTheOpen = async (outside: OpenOutside): Promise<EscapeOutcome[]> => {
  const { links, binds } = viewOf()
  const args = [
    ['--unshare-uts', '--unshare-ipc', '--cap-add', 'ALL', '--die-with-parent'],
    ...binds.map((path) => ['--ro-bind', path, path]),
    ...links.map(({ path, target }) => ['--symlink', target, path]),
    [
      '--ro-bind',
      '/etc',
      '/etc',
      '--ro-bind',
      '/',
      '/host',
      '--bind',
      '/proc',
      '/proc',
      '--bind',
      '/sys',
      '/sys',
      '--dev-bind',
      '/dev',
      '/dev',
    ],
    ['--ro-bind', process.execPath, INSIDE_NODE, '--tmpfs', '/tmp'],
    ['--', INSIDE_NODE, '-e', escapeProgram(outside)],
  ]
  const { stdout } = await promisify(execFile)('bwrap', args.flat(), { cwd: '/' })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EscapeOutcome)
}

describeSandbox('an attempt to get out of a box of the sandbox runtime', () => {
  it.each(['found', 'none'] as const)(
    'is refused, whatever it is (groups: %s)',
    async (groups) => {
      const outside = await openOutside(await engineSocket())
      const outcomes = await tryInBox(outside, { groups })
      expect(outcomes.filter(({ outcome }) => outcome !== 'refused')).toEqual([])
      expect(outcomes.map(({ name }) => name)).toEqual(names)
      expect(outside.isAlive()).toBe(true)
    },
    60_000,
  )

  it.runIf(process.getuid?.() === 0)(
    'would be noticed: where nothing is closed they succeed',
    async () => {
      const outside = await openOutside(await engineSocket())
      const outcomes = await tryInTheOpen(outside)
      const unprovable = [
        ...ESCAPES.filter((escape) => escape.unprovable === true).map(({ name }) => name),
        // bubblewrap takes new privileges from all that it starts; with containers this is shown to succeed.
        'becoming root by a program that lends its rights',
      ]
      const noticed = outcomes.filter(({ outcome }) => outcome === 'escaped').map(({ name }) => name)
      expect(names.filter((name) => !noticed.includes(name) && !unprovable.includes(name))).toEqual([])
      expect(outside.isAlive()).toBe(false)
    },
    60_000,
  )
})

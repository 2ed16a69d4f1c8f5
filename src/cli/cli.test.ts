import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { contract, listOperations } from '../contract/index.ts'
import { endpointFile } from '../core/endpoint/index.ts'
import { claimHome } from '../core/home/index.ts'
import { readEndpoint } from '../core/index.ts'
import {
  CLI,
  NODE,
  type TestCore,
  freePort,
  manualTimer,
  runCli,
  spawnCli,
  startTestCore,
  suiteCleanup,
  tempHome,
  testEnv,
  until,
} from '../core/testing/index.ts'
import { commandWords } from './fields.ts'
import { watchIdle } from './idle.ts'

const cleanup = suiteCleanup()
let shared: TestCore
let env: Record<string, string>
beforeAll(async () => {
  shared = await startTestCore({ cleanup })
  env = testEnv(shared.home, shared.port)
})
const gantry = (...words: string[]) => runCli(words, { env })
/** A folder of its own, whose Gantry is stopped with the test. */
const ownHome = async () => {
  const home = tempHome()
  onTestFinished(
    async () => void (await runCli(['system', 'stop', '--yes'], { env: testEnv(home, 1), cleanup: () => undefined })),
  )
  return { home, env: testEnv(home, await freePort()) }
}

/** Of util-linux: gives a child a terminal. Elsewhere there may be none. */
const TERMINAL = 'script'

const claimed = (home: string): true | undefined => {
  try {
    claimHome(home)()
    return true
  } catch {
    return undefined
  }
}

describe('the command line', () => {
  test('shows tables to people and JSON to programs', async () => {
    const [people, programs] = await Promise.all([gantry('system', 'health'), gantry('system', 'health', '--json')])
    expect(people).toMatchObject({ code: 0, stderr: '' })
    expect(people.stdout).toMatch(/^name +status +detail$/m)
    expect(JSON.parse(programs.stdout)).toMatchObject({ status: 'ok' })
  })

  test('shows its version, its help and that of every group and operation without a Gantry', async () => {
    const home = tempHome()
    const alone = (...words: string[]) => runCli(words, { env: testEnv(home, 1) })
    expect((await alone('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    for (const words of [
      [],
      ['--help'],
      ['help'],
      ['help', 'access'],
      ['access', 'keys'],
      ['serve', '--help'],
      ['mcp', '-h'],
    ]) {
      const { code, stdout } = await alone(...words)
      expect([code, stdout.startsWith('gantry ')], words.join(' ')).toEqual([0, true])
    }
    const some = listOperations(contract).filter((_, index) => index % 5 === 0)
    for (const operation of some)
      expect((await alone(...commandWords(operation), '--help')).stdout).toContain(operation.description)
    expect(existsSync(join(home, 'run'))).toBe(false)
  })

  test.each<[string, string[], number, string]>([
    ['a command that is none', ['nothing', 'here'], 2, 'E_SCHEMA'],
    ['half a command with a word too many', ['access', 'nothing'], 2, 'E_SCHEMA'],
    ['an option that is none', ['system', 'info', '--nothing'], 2, 'E_SCHEMA'],
    ['an option without its value', ['system', 'info', '--home'], 2, 'E_SCHEMA'],
    ['a wrong value', ['audit', 'list', '--limit', '0'], 2, 'E_SCHEMA'],
    ['a word too many for a host command', ['mcp', 'now'], 2, 'E_SCHEMA'],
    ['a shell that is none', ['completion', 'tcsh'], 2, 'E_SCHEMA'],
    ['what is not there', ['access', 'keys', 'revoke', 'nobody', '--yes'], 5, 'E_NOT_FOUND'],
    ['something to lose, not confirmed', ['access', 'keys', 'revoke', 'nobody'], 6, 'E_CONFLICT'],
    ['what the environment overrides', ['settings', 'set', 'http.port', '9'], 6, 'E_CONFLICT'],
    ['a secret on the command line', ['access', 'login', '--code', 'glc_x'], 2, 'E_SCHEMA'],
    ['a secret that nobody pipes in', ['access', 'login'], 2, 'E_SCHEMA'],
  ])('ends at %s with one clear error', async (_what, words, exit, code) => {
    const programs = await gantry(...words, '--json')
    expect([programs.code, programs.stdout]).toEqual([exit, ''])
    const { error } = JSON.parse(programs.stderr) as { error: { code: string; message: string; hint: string } }
    expect(error.code).toBe(code)
    expect([error.message, error.hint]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)])
  })

  test('reads a secret that is piped in', async () => {
    const code = shared.core.access.dashboardLink('').url.split('code=')[1] ?? ''
    const login = (input: string) => runCli(['access', 'login', '--json'], { env, input })
    const { code: exit, stdout } = await login(`${code}\n`)
    expect([exit, JSON.parse(stdout)]).toMatchObject([0, { token: expect.stringMatching(/^gss_/) }])
    expect(JSON.parse((await login('glc_guessed')).stderr)).toMatchObject({ error: { code: 'E_AUTH' } })
  })

  test.runIf(process.platform === 'linux')(
    'asks for a secret at a terminal without showing what is typed',
    async () => {
      const terminal = spawn(TERMINAL, ['-qefc', `"${NODE}" "${CLI}" access login`, '/dev/null'], { env })
      onTestFinished(() => void terminal.kill('SIGKILL'))
      let shown = ''
      const ended = once(terminal, 'close')
      const asked = Promise.withResolvers<void>()
      terminal.stdout.on('data', (text: Buffer) => {
        shown += text.toString()
        if (shown.includes('code: ')) asked.resolve()
      })
      await Promise.race([asked.promise, ended])
      terminal.stdin.write('glc_typed\r')
      const [code] = (await ended) as [number]
      expect(shown).toContain('code: ')
      expect(shown).not.toContain('glc_typed')
      expect(code).toBe(4)
    },
  )

  test('tells people of an error in two lines', async () => {
    expect(await gantry('nothing')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: '✗ There is no command "nothing".\n  See `gantry --help`.\n',
    })
  })

  test('does what would lose something once it is confirmed', async () => {
    const { id } = shared.key('viewer').key
    expect(await gantry('access', 'keys', 'revoke', id, '--yes')).toMatchObject({ code: 0 })
    expect(shared.core.access.keys.isActive(id)).toBe(false)
  })

  test('is the owner, and its calls are audited as the command line’s', async () => {
    await gantry('access', 'keys', 'create', 'from the shell')
    expect(shared.core.access.audit.list({ limit: 1 }).items[0]).toMatchObject({
      actor: 'owner',
      surface: 'cli',
      operation: 'access.keys.create',
    })
  })

  test('writes all of a long answer into a pipe before it ends', async () => {
    for (let count = 0; count < 500; count += 1) {
      shared.core.access.audit.refuse(
        { actor: null, surface: 'rest', operation: 'long', target: { text: 'x'.repeat(300) } },
        'E_AUTH',
      )
    }
    const running = spawnCli(['audit', 'list', '--limit', '500', '--operation', 'long', '--json'], { env })
    running.stdout.pause()
    await once(running.child, 'spawn')
    running.stdout.resume()
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as { items: unknown[] }).items).toHaveLength(500)
  })

  test.runIf(process.platform !== 'win32')('ends quietly when its reader leaves', async () => {
    const first = `| head -n 1`
    const script = `set -o pipefail; "${NODE}" "${CLI}" audit list --limit 500 --operation long ${first}; "${NODE}" "${CLI}" events watch --since 0 ${first}`
    const shell = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    shell.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
    // A stream notices that its reader left when it has something to say.
    const busy = setInterval(() => shared.core.events.emit({ type: 'settings.problem', message: 'again' }), 10)
    onTestFinished(() => clearInterval(busy))
    const [code] = (await once(shell, 'close')) as [number]
    expect([code, stderr]).toEqual([0, ''])
  })

  test('ends a stream at SIGINT and SIGTERM with exit code 0', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const running = spawnCli(['events', 'watch', '--since', '0', '--json'], { env })
      expect(JSON.parse(await running.line())).toHaveProperty('type')
      running.kill(signal)
      expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
    }
  })

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'says of something it reads only that Gantry stopped, after %s',
    async (signal) => {
      const { env: own } = await ownHome()
      const host = spawnCli(['serve', '--json'], { env: own })
      await host.line()
      const running = spawnCli(['events', 'watch', '--since', '0', '--json'], { env: own })
      await running.line()
      host.kill(signal)
      const { code, stderr } = await running.ended
      expect(JSON.parse(stderr)).toMatchObject({
        error: { code: 'E_UNAVAILABLE', message: 'Gantry stopped.', hint: expect.any(String) },
      })
      expect(code).toBe(7)
    },
  )
})

describe('a Gantry that is not there', () => {
  test('is started where it is needed, for itself, and ends when asked', async () => {
    const { home, env: own } = await ownHome()
    const { code, stdout } = await runCli(['system', 'info', '--json'], { env: own })
    const info = JSON.parse(stdout) as { pid: number; mode: string }
    expect([code, info.mode, readEndpoint(home)?.pid]).toEqual([0, 'attached', info.pid])
    expect(await runCli(['system', 'stop', '--yes'], { env: own })).toMatchObject({ code: 0 })
    await until(() => (readEndpoint(home) === undefined ? true : undefined), 'the end of the Gantry that was stopped')
    // Its claim is given up last: then another one can have it.
    await until(() => claimed(home), 'the claim on its folder')
  })

  test('is started once when many commands need it at the same moment', async () => {
    const { env: own } = await ownHome()
    const all = await Promise.all(Array.from({ length: 4 }, () => runCli(['system', 'info', '--json'], { env: own })))
    expect(new Set(all.map(({ stdout }) => (JSON.parse(stdout) as { pid: number }).pid)).size).toBe(1)
  })

  test('is not started only to be stopped', async () => {
    const home = tempHome()
    const { code, stderr } = await runCli(['system', 'stop', '--yes', '--json'], { env: testEnv(home, 1) })
    expect([code, (JSON.parse(stderr) as { error: { code: string } }).error.code]).toEqual([7, 'E_UNAVAILABLE'])
  })

  test('tells why it cannot start', async () => {
    const home = tempHome()
    mkdirSync(join(home, 'data'))
    writeFileSync(join(home, 'data', 'gantry.db'), 'garbage '.repeat(100))
    const { code, stderr } = await runCli(['system', 'info', '--json'], { env: testEnv(home, 1) })
    expect(code).toBe(7)
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'E_UNAVAILABLE', message: expect.stringContaining('is damaged') },
    })
    const setting = await runCli(['system', 'info', '--json'], {
      env: { ...testEnv(tempHome(), 1), GANTRY_HTTP_PORT: 'ninety' },
    })
    expect(JSON.parse(setting.stderr)).toMatchObject({
      error: { code: 'E_SCHEMA', message: expect.stringContaining('GANTRY_HTTP_PORT=ninety') },
    })
  })

  test.each<[string, (file: string) => void, string]>([
    ['holds nonsense', (file) => writeFileSync(file, 'nonsense', { mode: 0o600 }), 'does not hold'],
    ['may be read by others', (file) => chmodSync(file, 0o644), 'others'],
    ['is missing', (file) => rmSync(file), 'not there'],
  ])('is not what is wrong where one runs whose endpoint file %s', async (_what, spoil, problem) => {
    const { home, env: own } = await ownHome()
    const host = spawnCli(['serve', '--json'], { env: own })
    await host.line()
    spoil(endpointFile(home))
    const began = performance.now()
    for (const words of [
      ['system', 'health'],
      ['system', 'stop', '--yes'],
    ]) {
      const { code, stderr } = await runCli([...words, '--json'], { env: own })
      const { error } = JSON.parse(stderr) as { error: { message: string } }
      expect(code).toBe(7)
      expect(error).toMatchObject({ code: 'E_UNAVAILABLE', hint: expect.stringContaining('start it again') })
      expect(error.message).toContain(endpointFile(home))
      expect(error.message).toContain(problem)
    }
    expect(performance.now() - began).toBeLessThan(8000)
    host.kill('SIGTERM')
    await host.ended
  })

  test.each(['nonsense', 'stale'])('is started where the endpoint file holds %j', async (text) => {
    const { home, env: own } = await ownHome()
    mkdirSync(join(home, 'run'))
    const stale = {
      pid: 1,
      startedAt: '',
      version: '',
      mode: 'headless',
      url: null,
      socket: join(home, 'run', 'gantry.sock'),
      token: 'gow_x',
    }
    writeFileSync(join(home, 'run', 'endpoint.json'), text === 'stale' ? JSON.stringify(stale) : text)
    writeFileSync(join(home, 'run', 'gantry.sock'), '')
    expect(await runCli(['system', 'info'], { env: own })).toMatchObject({ code: 0, stderr: '' })
  })

  test('ends by itself when it was alone for long enough, and not before', async () => {
    const timer = manualTimer()
    let connected = 1
    let ended = 0
    const looked = async () => {
      timer.tick(5000)
      await Promise.resolve()
      await Promise.resolve()
    }
    const stop = watchIdle({
      connections: () => Promise.resolve(connected),
      limitMs: 15_000,
      every: timer.every,
      onIdle: () => (ended += 1),
    })
    for (let count = 0; count < 5; count += 1) await looked()
    connected = 0
    await looked()
    await looked()
    connected = 1
    await looked()
    connected = 0
    await looked()
    await looked()
    expect(ended).toBe(0)
    await looked()
    expect(ended).toBe(1)
    stop()
    expect(timer.rhythms()).toEqual([])
  })

  test('that was started for a client really ends then', async () => {
    const host = spawnCli(['serve', '--attached', '--idle-seconds', '0.05'], {
      env: testEnv(tempHome(), await freePort()),
    })
    expect(await host.line()).toBe('ready')
    expect(await host.ended).toMatchObject({ code: 0, stderr: '' })
  })
})

describe.runIf(process.platform !== 'win32')('completion', () => {
  test('works in a real bash', () => {
    const bin = tempHome()
    writeFileSync(join(bin, 'gantry'), `#!/bin/sh\nexec "${NODE}" "${CLI}" "$@"\n`)
    chmodSync(join(bin, 'gantry'), 0o755)
    const script = `
      eval "$(gantry completion bash)"
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _gantry; echo "\${COMPREPLY[*]}" | tr '\\n' ' '; echo; }
      try gantry acc
      try gantry access keys ''
      try gantry access keys create x --role v
      try gantry settings set http.p`
    const stdout = execFileSync('bash', ['-c', script], {
      env: { ...env, PATH: `${bin}${delimiter}${env['PATH']}` },
      encoding: 'utf8',
    })
    expect(stdout.split('\n').map((line) => line.trim())).toEqual([
      'access',
      'create list revoke',
      'viewer',
      'http.port',
      '',
    ])
  })

  test('prints scripts for zsh and fish too', async () => {
    for (const shell of ['zsh', 'fish'])
      expect((await gantry('completion', shell)).stdout).toContain('gantry __complete')
  })
})

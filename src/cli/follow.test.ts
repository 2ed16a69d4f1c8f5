/** Logs on the command line against a real Gantry that goes away and comes back, of a real agent that writes meanwhile. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { CLI, NODE, freePort, runCli, spawnCli, tempHome, testEnv } from '../core/testing/index.ts'

type Env = Record<string, string>

const serve = async (env: Env) => {
  const host = spawnCli(['serve', '--json'], { env })
  await host.line()
  return host
}

const ownEnv = async (): Promise<Env> => {
  const env = { ...testEnv(tempHome(), await freePort()), GANTRY_AGENTS_WARM: 'false' }
  const gantry = (...words: string[]) => runCli([...words, '--yes'], { env, cleanup: () => undefined })
  // Agents outlive their Gantry.
  onTestFinished(async () => {
    await gantry('agents', 'cancel-all', '--grace-seconds=0')
    await gantry('system', 'stop')
  })
  return env
}

const create = async (env: Env, line: string): Promise<string> => {
  const words = ['agents', 'create', 'command', '--runtime=sandbox', '--parameters', `line=${line}`, '--json']
  return (JSON.parse((await runCli(words, { env })).stdout) as { id: string }).id
}

/** Answers each line that it is told, and ends with a line that has no end. */
const ECHO = 'while read x; do echo "got $x"; done; printf "one\\r\\ntwo"'

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'following goes on where it was when Gantry comes back after %s, and ends with the agent',
  async (signal) => {
    const env = await ownEnv()
    const first = await serve(env)
    const id = await create(env, ECHO)
    const follower = spawnCli(['agents', 'logs', id, '-f', '--streams', 'out'], { env })
    await runCli(['agents', 'send-input', id, 'a'], { env })
    expect(await follower.line()).toBe('got a')

    first.kill(signal)
    await first.ended
    await serve(env)
    await runCli(['agents', 'send-input', id, 'b'], { env })
    expect(await follower.line()).toBe('got b')
    await runCli(['agents', 'send-input', id, '--no-newline', '--end'], { env })
    const { code, stdout, stderr } = await follower.ended
    expect([code, stdout]).toEqual([0, 'got a\ngot b\none\r\ntwo'])
    expect(stderr).toBe('Gantry went away; waiting for it to come back.\n')
  },
)

test('waiting ends with 7 when the time is up, and with 0 when the agent has ended', async () => {
  const env = await ownEnv()
  await serve(env)
  const id = await create(env, 'read x')
  const waited = (seconds: string) => runCli(['agents', 'wait', id, '--seconds', seconds, '--json'], { env })
  const early = await waited('0')
  expect([early.code, JSON.parse(early.stdout)]).toMatchObject([7, { timedOut: true, items: [{ id }] }])
  await runCli(['agents', 'send-input', id, 'go'], { env })
  expect(await waited('60')).toMatchObject({ code: 0, stderr: '' })
})

test('logs go into a pipe as they were written, byte for byte, also what is no text', async () => {
  const env = await ownEnv()
  await serve(env)
  const id = await create(env, String.raw`printf "\033[31mred\033[0m\ttab\r\n"; printf "\377\000\376\n"; printf "é"`)
  await runCli(['agents', 'wait', id], { env })
  const { stdout } = await promisify(execFile)(NODE, [CLI, 'agents', 'logs', id, '--streams', 'out'], {
    env,
    encoding: 'buffer',
  })
  const wanted = [Buffer.from('\u001b[31mred\u001b[0m\ttab\r\n'), Buffer.from([0xff, 0, 0xfe, 0x0a]), Buffer.from('é')]
  expect(stdout.toString('hex')).toBe(Buffer.concat(wanted).toString('hex'))
})

test('a task is read from stdin', async () => {
  const env = await ownEnv()
  await serve(env)
  const { code, stdout } = await runCli(['agents', 'create', 'hello', '-', '--runtime=sandbox', '--json'], {
    env,
    input: 'from\nstdin\n',
  })
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { task: 'from\nstdin' }])
})

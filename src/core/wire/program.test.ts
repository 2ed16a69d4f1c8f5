import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NODE, until } from '../testing/index.ts'
import { bytesOf, listen, openBox } from './testing.ts'

const open = () => {
  const box = openBox(onTestFinished)
  return { box, ...listen(box.connect()) }
}

const isGone = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return true
  }
}

/** The environment a program finds, as it finds it. */
const environmentIn = async (change: Parameters<ReturnType<typeof open>['box']['spec']>[1]) => {
  const { box, wire, frames, see } = open()
  await wire.run(box.spec([NODE, '-p', 'JSON.stringify(process.env)'], change))
  await see('exited')
  return JSON.parse(bytesOf(frames, 'out').toString()) as Record<string, string>
}

describe('the end of a program', () => {
  test.each([
    [['true'], { code: 0, signal: null }],
    [['sh', '-c', 'exit 37'], { code: 37, signal: null }],
    [['sh', '-c', 'kill -9 $$'], { code: null, signal: 'SIGKILL' }],
  ])('of %j is told as it was', async (command, expected) => {
    const { box, wire, see } = open()
    await wire.run(box.spec(command))
    expect((await see('exited')).params).toMatchObject(expected)
  })

  test.each([
    [['sh', '-c', 'exit 37'], 37],
    [['sh', '-c', 'kill -9 $$'], 137],
  ])('of %j is also the end of the script, once it is released', async (command, code) => {
    const { box, wire, see, closed } = open()
    await wire.run(box.spec(command))
    await see('exited')
    await wire.release()
    expect(await box.ended).toBe(code)
    expect(await closed).toEqual({ kind: 'ended' })
  })

  test('is enforced by a release, and all it wrote until then is told', async () => {
    const { box, wire, frames, see } = open()
    await wire.run(box.spec(['sh', '-c', 'echo here; sleep 600']))
    await see('log')
    await wire.release()
    expect(await box.ended).toBe(137)
    expect(bytesOf(frames, 'out').toString()).toBe('here\n')
    expect(frames.at(-1)).toMatchObject({ method: 'exited', params: { signal: 'SIGKILL' } })
  })

  test('comes at its deadline, also when nobody is there', async () => {
    const { box, wire, frames } = open()
    await wire.run(box.spec(['sh', '-c', 'trap "" TERM; sleep 600'], { deadline: Date.now() + 300 }))
    expect(await box.ended).toBe(137)
    expect(frames.at(-1)).toMatchObject({ method: 'exited', params: { signal: 'SIGKILL' } })
  })

  test('comes at its deadline also when nobody takes what it writes', async () => {
    const box = openBox(onTestFinished)
    const side = listen(box.connect())
    const command = ['sh', '-c', 'trap "" TERM; while :; do head -c 65536 /dev/zero; done']
    await side.wire.run(box.spec(command, { deadline: Date.now() + 500 }))
    side.wire.close()
    expect(await box.ended).toBe(137)
  })

  test('comes when the wire is cut for good, to the program and its children', async () => {
    const { box, wire, see } = open()
    const { pid } = await wire.run(box.spec(['sh', '-c', 'sleep 600 & echo $! > child; echo ready; wait']))
    await see('log')
    box.child.stdin.end()
    expect(await box.ended).toBe(143)
    const child = Number(readFileSync(join(box.work, 'child'), 'utf8'))
    await until(() => (isGone(pid) && isGone(child)) || undefined, 'the program and its child to be gone')
  })

  test('is asked for with TERM, which the program may answer', async () => {
    const { box, wire, frames, see } = open()
    await wire.run(box.spec(['sh', '-c', 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.01; done']))
    await see('log')
    box.child.kill('SIGTERM')
    expect(await box.ended).toBe(3)
    expect(bytesOf(frames, 'out').toString()).toBe('ready\nbye\n')
  })

  test('of a script that never was given a program is quiet', async () => {
    const { box, see } = open()
    await see('hello')
    box.child.stdin.end()
    expect(await box.ended).toBe(0)
  })
})

describe('a signal', () => {
  test('reaches the program and its children', async () => {
    const { box, wire, see } = open()
    await wire.run(box.spec(['sh', '-c', 'sleep 600 & echo $! > child; echo ready; wait']))
    await see('log')
    await wire.signal('SIGINT')
    expect((await see('exited')).params).toMatchObject({ code: null, signal: 'SIGINT' })
    const child = Number(readFileSync(join(box.work, 'child'), 'utf8'))
    await until(() => isGone(child) || undefined, 'the child to be gone')
  })

  test('that does not exist, or to nobody, is refused', async () => {
    const { box, wire, see } = open()
    await expect(wire.signal('SIGTERM')).rejects.toMatchObject({ code: 'E_CONFLICT' })
    await wire.run(box.spec(['true']))
    await expect(wire.signal('SIGNOTHING')).rejects.toMatchObject({ code: 'E_SCHEMA' })
    await see('exited')
    await expect(wire.signal('SIGTERM')).rejects.toMatchObject({ code: 'E_CONFLICT' })
  })
})

describe('input', () => {
  test('arrives as it was sent, bytes and all, and ends when it is said to', async () => {
    const { box, wire, frames, see } = open()
    await wire.run(box.spec(['cat']))
    await wire.input({ text: 'grüße\n' })
    await wire.input({ base64: Buffer.from([0, 255, 10]).toString('base64') }, true)
    expect((await see('exited')).params.code).toBe(0)
    expect(bytesOf(frames, 'out').equals(Buffer.concat([Buffer.from('grüße\n'), Buffer.from([0, 255, 10])]))).toBe(true)
    await expect(wire.input({ text: 'more' })).rejects.toMatchObject({ code: 'E_CONFLICT' })
  })

  test('is refused when the program does not read what it was given', async () => {
    const { box, wire } = open()
    await wire.run(box.spec(['sleep', '600']))
    const much = { text: 'x'.repeat(600 * 1024) }
    await wire.input(much)
    await wire.input(much)
    await expect(wire.input(much)).rejects.toThrow('does not read its input')
  })
})

describe('a program', () => {
  test('that is not there, may not be run, or has no folder is refused with the reason', async () => {
    const start = (command: string[], change = {}) => {
      const { box, wire } = open()
      return wire.run(box.spec(command, change))
    }
    await expect(start(['no-such-program'])).rejects.toThrow('There is no program "no-such-program" in this box.')
    await expect(start(['/etc/passwd'])).rejects.toThrow('may not be run')
    await expect(start(['true'], { cwd: '/proc/nothing' })).rejects.toThrow('There is no folder /proc/nothing')
  })

  test('is started once', async () => {
    const { box, wire } = open()
    await wire.run(box.spec(['true']))
    await expect(wire.run(box.spec(['true']))).rejects.toMatchObject({ code: 'E_CONFLICT' })
  })

  test('finds where models and tools are, with keys that are none', async () => {
    const env = await environmentIn({ env: { GANTRY_TASK: 'count', LANG: 'de_DE.UTF-8' } })
    const base = env['GANTRY_URL'] ?? ''
    expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(env).toMatchObject({
      GANTRY_MCP_URL: `${base}/mcp`,
      OPENAI_BASE_URL: `${base}/v1`,
      ANTHROPIC_BASE_URL: base,
      OLLAMA_HOST: base,
      GANTRY_TASK: 'count',
      LANG: 'de_DE.UTF-8',
      TMPDIR: '/tmp',
    })
    const keys = Object.entries(env).filter(([name]) => /_(KEY|TOKEN)$/.test(name))
    expect(keys.map(([name]) => name)).toContain('OPENAI_API_KEY')
    for (const [, value] of keys) expect(value).toMatch(/^placeholder/)
    expect(Object.keys(env).filter((name) => /proxy/i.test(name))).toEqual([])
  })

  test('finds a proxy where it may reach the outside', async () => {
    const env = await environmentIn({ egress: true })
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'])
      expect(env[name]).toBe(env['GANTRY_URL'])
    expect(env['NO_PROXY']).toContain('127.0.0.1')
  })

  test('named hello greets, tells the task, and sees no key and no network of its own', async () => {
    const { box, wire, frames, see } = open()
    await wire.run(box.spec(['hello'], { env: { GANTRY_TASK: 'look around', OPENAI_API_KEY: 'sk-real' } }))
    expect((await see('exited')).params.code).toBe(0)
    const text = bytesOf(frames, 'out').toString()
    expect(text).toContain('You asked me: look around')
    // What it says is what it sees: a key that is there is named.
    expect(text).toContain('keys      OPENAI_API_KEY')
  })
})

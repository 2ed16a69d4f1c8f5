import { expect, onTestFinished, test } from 'vitest'
import { CALL_LIMITS, createClient } from './client.ts'
import { makeBox } from './make.ts'
import { HOST, OBEY, SECCOMP, connected, describeDocker, linesOf, specOf, testRuntime, until } from './testing.ts'

/** Writes numbered lines without end: short ones, and long ones that the engine keeps in pieces. */
const COUNTS = `
  let seq = 0
  const go = () => {
    for (let some = 0; some < 50; some++) {
      seq += 1
      const text = seq % 40 === 0 ? 'x'.repeat(16_000 + (seq * 7) % 60_000) : ''
      if (!process.stdout.write(JSON.stringify({ seq, text }) + '\\n')) return void process.stdout.once('drain', go)
    }
    setTimeout(go, 5)
  }
  go()
  process.stdin.on('data', () => process.exit(9))
`

const seqOf = (line: string | undefined): number => (JSON.parse(line ?? '{}') as { seq: number }).seq

describeDocker('a box that is found again', () => {
  test('has told everything, each line whole and once, while it goes on writing', async () => {
    const { open, owner, runtime } = testRuntime({ script: COUNTS })
    const box = await open()
    const before = linesOf(await box.connect())
    for (let seq = 1; seq <= 500; seq += 1) expect(seqOf(await before.next())).toBe(seq)
    await runtime.stop()

    for (let round = 0; round < 3; round += 1) {
      const again = testRuntime({ owner })
      const found = await again.runtime.find(box.boxId)
      const link = await found?.connect()
      if (link === undefined) throw new Error('it was not found')
      const lines = linesOf(link)
      for (let seq = 1; seq <= 2_000 * (round + 1); seq += 1) {
        const line = await lines.next()
        if (seqOf(line) !== seq) throw new Error(`${seq} was expected, not ${line?.slice(0, 100)}`)
      }
      expect(again.warnings).toEqual([])
      await again.runtime.stop()
    }
  }, 60_000)

  test('tells what it wrote to its end, though it ended while nobody was there', async () => {
    const { open, owner, runtime } = testRuntime({ script: COUNTS })
    const box = await open()
    const link = await box.connect()
    const before = linesOf(link)
    for (let seq = 1; seq <= 100; seq += 1) await before.next()
    await link.write('end\n')
    await runtime.stop()

    const again = testRuntime({ owner })
    const found = await again.runtime.find(box.boxId)
    if (found === undefined) throw new Error('it was not found')
    await until(async () => ((await found.state()).status === 'exited' ? true : undefined), 'the end')
    expect(await found.state()).toMatchObject({ status: 'exited', exitCode: 9 })
    const lines = linesOf(await found.connect())
    let last = 0
    for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
      expect(seqOf(line)).toBe(last + 1)
      last += 1
    }
    expect(last).toBeGreaterThanOrEqual(100)
    await expect((await found.connect()).write('x')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
  })

  test('answers at once when it was silent', async () => {
    const { open, owner } = testRuntime()
    const box = await open()
    await (await connected(box)).lines.next()
    const found = await testRuntime({ owner }).runtime.find(box.boxId)
    if (found === undefined) throw new Error('it was not found')
    const { lines, ask } = await connected(found)
    expect(await lines.next()).toContain('hello')
    expect(await ask('say({ here: true })')).toEqual({ here: true })
    expect(await ask('say({ here: 2 })')).toEqual({ here: 2 })
  })

  test('while it is paused tells what it wrote, and goes on when it is woken', async () => {
    const { open, owner } = testRuntime()
    const box = await open()
    await (await connected(box)).lines.next()
    await box.pause()
    const found = await testRuntime({ owner }).runtime.find(box.boxId)
    if (found === undefined) throw new Error('it was not found')
    const { link, lines } = await connected(found)
    expect(await lines.next()).toContain('hello')
    const written = link.write('say({ woken: true })\n')
    await found.resume()
    await written
    expect(await lines.next()).toBe('{"woken":true}')
  })

  test('while it is paused can be ended', async () => {
    const { open, owner } = testRuntime()
    const box = await open()
    await (await connected(box)).lines.next()
    await box.pause()
    const found = await testRuntime({ owner }).runtime.find(box.boxId)
    if (found === undefined) throw new Error('it was not found')
    const { lines } = await connected(found)
    expect(await lines.next()).toContain('hello')
    const [proof, end] = await Promise.all([found.end(0), lines.next()])
    expect(proof.left).toEqual([])
    expect(end).toBeUndefined()
  })

  test('closes its link before when it is connected to anew', async () => {
    const box = await testRuntime().open()
    const first = await connected(box)
    await first.lines.next()
    const second = await connected(box)
    expect(await first.lines.next()).toBeUndefined()
    await expect(first.link.write('say(1)\n')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' })
    expect(await second.lines.next()).toContain('hello')
    expect(await second.ask('say({ n: 1 })')).toEqual({ n: 1 })
  })

  test('and was made but never started by a Gantry that was killed is started', async () => {
    const { owner, open, runtime } = testRuntime()
    const spec = specOf()
    const client = createClient({ host: HOST, why: 'for a test' }, CALL_LIMITS)
    onTestFinished(client.close)
    const engine = { ...client, ...(await client.greet()) }
    const command = ['/usr/local/bin/node', '-e', OBEY]
    await makeBox(engine, owner, { product: 'Docker', spec, command, seccomp: SECCOMP }, new AbortController().signal)
    expect(await runtime.list()).toMatchObject([{ boxId: spec.boxId, status: 'created' }])
    const box = await open(spec)
    expect(await (await connected(box)).lines.next()).toContain('hello')
  })
})

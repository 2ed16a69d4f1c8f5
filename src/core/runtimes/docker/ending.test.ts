import { expect, test } from 'vitest'
import { MIB, connected, describeDocker, specOf, testRuntime, until } from './testing.ts'

const IGNORES_TERM = `process.on('SIGTERM', () => console.log('{"asked":true}')); console.log('{"ready":true}'); setInterval(() => {}, 1e9)`
const GOES_ON_TERM = `process.on('SIGTERM', () => process.exit(5)); console.log('{"ready":true}'); setInterval(() => {}, 1e9)`
const GONE = { gone: ['container', 'processes'], left: [] }

describeDocker('ending a box', () => {
  test('asks first, and proves that it is gone', async () => {
    const { open, events, runtime } = testRuntime({ script: GOES_ON_TERM })
    const box = await open()
    const { lines } = await connected(box)
    await lines.next()
    expect(await box.end(10_000)).toEqual({ steps: ['TERM', 'force remove'], ...GONE })
    expect(await runtime.list()).toEqual([])
    expect(await box.state()).toMatchObject({ status: 'gone', exitCode: 5 })
    expect(events.filter(({ type }) => type === 'ended')).toMatchObject([{ state: { exitCode: 5, status: 'exited' } }])
  })

  test('kills what ignores being asked', async () => {
    const box = await testRuntime({ script: IGNORES_TERM }).open()
    const { lines } = await connected(box)
    await lines.next()
    const proof = box.end(300)
    // It heard, and stayed.
    expect(await lines.next()).toBe('{"asked":true}')
    expect(await proof).toEqual({ steps: ['TERM', 'KILL', 'force remove'], ...GONE })
    expect(await box.state()).toMatchObject({ status: 'gone', exitCode: 137, reason: 'killed by SIGKILL' })
  })

  test('kills at once where no time is given', async () => {
    const box = await testRuntime({ script: IGNORES_TERM }).open()
    expect(await box.end(0)).toEqual({ steps: ['KILL', 'force remove'], ...GONE })
  })

  test.each([
    { graceMs: 0, steps: ['KILL', 'woken', 'force remove'] },
    { graceMs: 10_000, steps: ['TERM', 'woken', 'force remove'] },
  ])('wakes one that is paused, to end it within $graceMs ms', async ({ graceMs, steps }) => {
    const box = await testRuntime({ script: GOES_ON_TERM }).open()
    const { lines } = await connected(box)
    await lines.next()
    await box.pause()
    expect(await box.end(graceMs)).toEqual({ steps, ...GONE })
  })

  test('takes one that has ended by itself', async () => {
    const { open, events } = testRuntime({ script: 'process.exit(3)' })
    const box = await open()
    await until(() => events.find(({ type }) => type === 'ended'), 'the end')
    expect(await box.end(10_000)).toEqual({ steps: ['force remove'], gone: ['container'], left: [] })
    expect(await box.state()).toMatchObject({ status: 'gone', exitCode: 3 })
  })

  test('twice is the same as once, also at the same time', async () => {
    const box = await testRuntime({ script: GOES_ON_TERM }).open()
    const [first, second] = await Promise.all([box.end(5_000), box.end(0)])
    expect(second).toEqual(first)
    expect(await box.end(0)).toEqual({ steps: ['looked for it'], gone: ['container'], left: [] })
  })

  test('one that was never started is removed', async () => {
    const { runtime, owner, plain } = testRuntime()
    const { boxId } = specOf()
    const labels = { 'app.gantry.owner': owner, 'app.gantry.box': boxId }
    await plain.createContainer({
      name: `gantry-${owner.slice(0, 8)}-${boxId}`,
      Image: 'gantry-test/node',
      Labels: labels,
    })
    const box = await runtime.find(boxId)
    expect(await box?.state()).toMatchObject({ status: 'created' })
    expect(await box?.end(5_000)).toEqual({ steps: ['force remove'], gone: ['container'], left: [] })
  })

  test('waits until what it wrote last has been read', async () => {
    const script = `process.on('SIGTERM', () => { process.stdout.write('{"last":"' + 'x'.repeat(4e6) + '"}\\n', () => process.exit(0)) }); console.log('{"ready":true}'); setInterval(() => {}, 1e9)`
    const box = await testRuntime({ script }).open()
    const { lines } = await connected(box)
    await lines.next()
    const ending = box.end(10_000)
    expect((await lines.next())?.length).toBe(4_000_011)
    expect(await lines.next()).toBeUndefined()
    expect((await ending).left).toEqual([])
  })

  test('of one that somebody else removed is told, and its state says gone', async () => {
    const { open, events, plain } = testRuntime()
    const box = await open()
    const { lines } = await connected(box)
    await lines.next()
    await plain.getContainer(box.ref).remove({ force: true })
    await until(() => events.find(({ type }) => type === 'ended'), 'the end')
    expect(await lines.next()).toBeUndefined()
    expect(
      await until(async () => ((await box.state()).status === 'gone' ? box.state() : undefined), 'it to be gone'),
    ).toMatchObject({ status: 'gone', exitCode: 137 })
    await expect(box.isolation()).rejects.toMatchObject({ code: 'E_NOT_FOUND' })
    await expect(box.pause()).rejects.toMatchObject({ code: 'E_CONFLICT' })
  })
})

describeDocker('a hostile load', () => {
  test('of processes stays within its number', async () => {
    const script = `
      const { spawn } = require('node:child_process')
      let refused = 0
      const more = () => { for (let i = 0; i < 20; i++) { try { const child = spawn('/bin/sh', ['-c', 'while :; do /bin/sh -c "sleep 100" & done']); child.on('error', () => refused++); } catch { refused++ } } }
      more()
      setInterval(() => { if (refused > 0) { console.log(JSON.stringify({ refused: true })) } else more() }, 50)
    `
    const { open } = testRuntime({ script })
    const box = await open({ limits: { pids: 48 } })
    const { lines } = await connected(box)
    expect(await lines.next()).toBe('{"refused":true}')
    expect((await box.stats()).pids).toBeLessThanOrEqual(48)
    expect((await box.end(200)).left).toEqual([])
  })

  test('of memory ends the box, and its end says why', async () => {
    const script = `const held = []; for (;;) held.push(Buffer.alloc(8 * 1024 ** 2, 1))`
    const { open, events } = testRuntime({ script })
    const box = await open({ limits: { memoryBytes: 96 * MIB } })
    await until(() => events.find(({ type }) => type === 'ended'), 'the end')
    expect(await box.state()).toMatchObject({ status: 'exited', exitCode: 137, reason: 'out of memory' })
  })

  test.each(['/tmp', '/home/agent', '/run', '/dev/shm'])('of disk fills %s and no more', async (folder) => {
    const box = await testRuntime().open({ limits: { diskBytes: 8 * MIB } })
    const { lines, ask } = await connected(box)
    await lines.next()
    const code = `const fs = require('node:fs'); const file = fs.openSync('${folder}/full', 'w'); let bytes = 0; try { for (;;) bytes += fs.writeSync(file, Buffer.alloc(65536, 1)) } catch (error) { say({ code: error.code, bytes }) }`
    const answer = (await ask(code)) as { code: string; bytes: number }
    expect(answer).toMatchObject({ code: 'ENOSPC' })
    expect(answer.bytes).toBeLessThanOrEqual(folder === '/dev/shm' ? 64 * MIB : 8 * MIB)
  })

  test('of output waits for whoever reads it, and none is lost', async () => {
    const total = 64 * MIB
    const script = `
      const line = Buffer.from('{"' + 'x'.repeat(1017) + '":1}\\n')
      const block = Buffer.concat(Array(64).fill(line))
      let left = ${total} / block.length
      const go = () => { while (left > 0) { left -= 1; if (!process.stdout.write(block)) return void process.stdout.once('drain', go) } process.stdout.end() }
      go()
    `
    const { open, plain } = testRuntime({ script })
    const box = await open()
    const link = await box.connect()
    const source = link.incoming[Symbol.asyncIterator]()
    let bytes = (await source.next()).value?.length ?? 0
    // What the engine has written down grows until the box has to wait, and then stands still.
    const kept = async () => (await plain.getContainer(box.ref).logs({ stdout: true })).length
    let now = 0
    for (let same = 0; same < 5;) {
      const before = now
      now = await kept()
      same = now === before ? same + 1 : 0
    }
    expect(now).toBeLessThan(16 * MIB)
    for (let next = await source.next(); next.done !== true; next = await source.next()) bytes += next.value.length
    expect(bytes).toBe(total)
  })
})

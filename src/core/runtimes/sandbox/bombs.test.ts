import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BOMB, MIB, describeSandbox, connected, linesOf, specOf, testRuntime, until } from './testing.ts'

/** With what the kernel holds together, and without. */
const MODES = ['found', 'none'] as const

const shell = (line: string) => ({ inside: ['/bin/sh', '-c', line] })

const spoolBytes = (home: string, boxId: string): number => {
  const folder = join(home, 'run', 'boxes', boxId, 'spool')
  return readdirSync(folder).reduce(
    (total, name) => total + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

describeSandbox('a box that takes all it can get', () => {
  it.each(MODES)('of processes stays within its number, and is ended with all of them (groups: %s)', async (groups) => {
    const { open } = testRuntime({ groups, script: BOMB })
    const box = await open({ limits: { pids: 48 } })
    const { lines } = await connected(box)
    expect(await lines.next()).toBe('up')
    await until(async () => ((await box.stats()).pids >= 40 ? true : undefined), 'the bomb to go off')
    for (let look = 0; look < 20; look += 1) expect((await box.stats()).pids).toBeLessThanOrEqual(50)
    await box.pause()
    expect(await box.state()).toMatchObject({ status: 'paused' })
    await box.resume()
    expect(await box.end(0)).toMatchObject({ left: [], gone: expect.arrayContaining(['processes']) as string[] })
  })

  it.each(MODES)('of memory is ended, and its state says why (groups: %s)', async (groups) => {
    const script = `process.stdout.write('up\\n'); const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 10)`
    const { ended, open } = testRuntime({ groups, script })
    const spec = specOf({ limits: { memoryBytes: 128 * MIB } })
    const end = ended(spec.boxId)
    await open(spec)
    const state = await end
    expect(state.status).toBe('exited')
    expect(state.reason).toMatch(/^out of memory/)
    expect(state.exitCode).toBe(137)
  })

  it.each(MODES)('of memory by many processes is held to the sum of them (groups: %s)', async (groups) => {
    const hog = `const { spawn } = require('child_process'); process.stdout.write('up\\n'); setInterval(() => {}, 1000)
      for (let i = 0; i < 6; i += 1) spawn(process.execPath, ['-e', 'const b = Buffer.alloc(60e6, 1); setInterval(() => b, 1000)']).on('exit', (code, signal) => process.stdout.write('lost ' + signal + '\\n'))`
    const { ended, open } = testRuntime({ groups, script: hog })
    const spec = specOf({ limits: { memoryBytes: 256 * MIB } })
    const end = ended(spec.boxId)
    const { lines } = await connected(await open(spec))
    expect(await lines.next()).toBe('up')
    // The kernel takes the one that uses most, which need not be the first; the supervisor takes all.
    const lost = (await lines.next()) ?? (await end).reason
    expect(lost).toMatch(/^(lost SIGKILL|out of memory)/)
  })

  it('of its disk finds it full, everywhere it can write, and goes on', async () => {
    const fill =
      'for d in /tmp /run /dev/shm /home/agent; do dd if=/dev/zero of=$d/full bs=1M 2>/dev/null; stat -c %s $d/full; done; echo on; read x'
    const { open } = testRuntime(shell(fill))
    const box = await open({ limits: { diskBytes: 4 * MIB, memoryBytes: 256 * MIB } })
    const { lines } = await connected(box)
    for (let folder = 0; folder < 4; folder += 1) expect(Number(await lines.next())).toBeLessThanOrEqual(4 * MIB)
    expect(await lines.next()).toBe('on')
    expect(await box.state()).toMatchObject({ status: 'running' })
  })

  it('of memory by files is ended where no group counts them', async () => {
    const { ended, open } = testRuntime({
      groups: 'none',
      ...shell('dd if=/dev/zero of=/home/agent/full bs=1M; read x'),
    })
    const spec = specOf({ limits: { diskBytes: 200 * MIB, memoryBytes: 64 * MIB } })
    const end = ended(spec.boxId)
    await open(spec)
    expect((await end).reason).toMatch(/^out of memory/)
  })

  it('of memory by empty files is ended where no group counts them', async () => {
    const many = `const fs = require('fs'); let n = 0; const more = () => { for (let i = 0; i < 2000; i += 1) fs.writeFileSync('/tmp/' + (n += 1), ''); setImmediate(more) }; more()`
    const { ended, open } = testRuntime({ groups: 'none', script: many })
    const spec = specOf({ limits: { memoryBytes: 96 * MIB } })
    const end = ended(spec.boxId)
    await open(spec)
    expect((await end).reason).toMatch(/^out of memory/)
  })
})

describeSandbox('a box that writes without end', () => {
  const FLOOD = `
    let n = 0
    const more = () => { while (process.stdout.write((n += 1) + ' ' + 'x'.repeat(100) + '\\n')); process.stdout.once('drain', more) }
    more()`

  it('is made to wait while nobody takes it, and told whole to whoever does', async () => {
    const { home, open } = testRuntime({ script: FLOOD, spoolBytes: 3 * MIB })
    const box = await open()
    const held = await until(() => {
      const size = spoolBytes(home, box.boxId)
      return size >= 3 * MIB ? size : undefined
    }, 'the spool to be full')
    expect(held).toBeLessThan(3.2 * MIB)
    const before = await box.stats()
    const link = await box.connect()
    const lines = linesOf({
      ...link,
      incoming: (async function* () {
        let taken = 0
        for await (const chunk of link.incoming) {
          taken += chunk.length
          link.taken(taken)
          yield chunk
        }
      })(),
    })
    for (let n = 1; n <= 100_000; n += 1) {
      const line = (await lines.next()) ?? ''
      if (!line.startsWith(`${n} `)) expect(line).toBe(`line ${n}`)
    }
    expect(spoolBytes(home, box.boxId)).toBeLessThan(4.3 * MIB)
    expect(before.memoryBytes).toBeLessThan(200 * MIB)
    link.close()
  })

  it('in a single line is let go on too, once it is longer than any line may be', async () => {
    const script = `const more = () => { while (process.stdout.write('y'.repeat(65536))); process.stdout.once('drain', more) }; more()`
    const { open } = testRuntime({ script, spoolBytes: 9 * MIB })
    const link = await (await open()).connect()
    let total = 0
    for await (const chunk of link.incoming) {
      total += chunk.length
      link.taken(total)
      if (total > 20 * MIB) break
    }
    expect(total).toBeGreaterThan(20 * MIB)
  })

  it('beside the wire is kept at its end only', async () => {
    const script = `let n = 0; const more = () => { for (let i = 0; i < 5000; i += 1) process.stderr.write((n += 1) + ' noise\\n'); n < 200000 ? setImmediate(more) : process.stderr.write('', () => process.exit(1)) }; more()`
    const { ended, open } = testRuntime({ script })
    const spec = specOf()
    const end = ended(spec.boxId)
    const box = await open(spec)
    await end
    const output = await box.lastOutput()
    expect(output.length).toBeLessThanOrEqual(2000)
    expect(output.endsWith('200000 noise')).toBe(true)
  })
})

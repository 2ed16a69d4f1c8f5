import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { BoxLink } from '../types.ts'
import { describeSandbox, linesOf, tempFolder, testRuntime } from './testing.ts'

const isRoot = process.getuid?.() === 0

/** A disk of a few megabytes. Only root can have one made. */
const smallDisk = (): string => {
  const folder = join(tempFolder(), 'disk')
  mkdirSync(folder)
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=0700', 'none', folder])
  onTestFinished(() => void execFileSync('/bin/umount', ['-l', folder]))
  return folder
}

const fill = (folder: string): void => {
  try {
    for (let part = 0; ; part += 1) writeFileSync(join(folder, `filler${part}`), Buffer.alloc(64 * 1024))
  } catch {
    // Full.
  }
}

const empty = (folder: string): void => {
  for (let part = 0; part < 200; part += 1) rmSync(join(folder, `filler${part}`), { force: true })
}

/** What comes is kept elsewhere at once. */
const taking = (link: BoxLink): BoxLink => ({
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

describeSandbox('boxes on a full disk', () => {
  it.runIf(isRoot)('go on, and nothing that they write is lost', async () => {
    const home = smallDisk()
    const script = `
      let n = 0
      const more = () => { while (n < 40000 && process.stdout.write((n += 1) + ' ' + 'x'.repeat(100) + '\\n')); n < 40000 ? process.stdout.once('drain', more) : process.stdout.write('', () => process.exit(5)) }
      process.stdin.once('data', more)`
    const { runtime, deps, ended, open } = testRuntime({ home, script })
    const box = await open()
    const end = ended(box.boxId)
    fill(home)
    const link = await box.connect()
    const lines = linesOf(taking(link))
    await link.write('go\n')
    for (let n = 1; n <= 500; n += 1) expect(await lines.next()).toBe(`${n} ${'x'.repeat(100)}`)
    expect(await box.state()).toMatchObject({ status: 'running' })
    empty(home)
    for (let n = 501; n <= 40_000; n += 1) {
      const line = (await lines.next()) ?? ''
      if (!line.startsWith(`${n} `)) expect(line).toBe(`line ${n}`)
    }
    expect(await lines.next()).toBeUndefined()
    expect(await end).toMatchObject({ exitCode: 5 })
    await runtime.stop()
    const again = testRuntime({ ...deps })
    expect(await again.runtime.list()).toMatchObject([{ status: 'exited', exitCode: 5 }])
  })

  it.runIf(isRoot)('tell how they ended when there is room for it again', async () => {
    const home = smallDisk()
    const { runtime, deps, ended, open } = testRuntime({
      home,
      script: 'process.stdin.once("data", () => process.exit(6))',
    })
    const box = await open()
    const end = ended(box.boxId)
    const link = await box.connect()
    fill(home)
    await link.write('go\n')
    expect(await end).toMatchObject({ status: 'exited', exitCode: 6 })
    await runtime.stop()
    empty(home)
    const again = testRuntime({ ...deps })
    await expect
      .poll(() => again.runtime.list(), { timeout: 5000 })
      .toMatchObject([{ status: 'exited', exitCode: 6, reason: null }])
  })

  it.runIf(isRoot)('are not made, with the reason', async () => {
    const home = smallDisk()
    const { runtime, open } = testRuntime({ home })
    await runtime.status()
    fill(home)
    await expect(open()).rejects.toMatchObject({
      code: 'E_RUNTIME',
      hint: expect.stringContaining('disk is full') as string,
    })
    empty(home)
    expect(await runtime.list()).toEqual([])
    expect(await (await open()).state()).toMatchObject({ status: 'running' })
  })
})

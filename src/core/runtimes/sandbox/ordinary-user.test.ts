/** A Gantry of somebody who may do nothing special on the machine: as most are. */
import { chownSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { BoxState, IsolationCheck, StopProof } from '../types.ts'
import { INSIDE_NODE } from './bubblewrap.ts'
import { isReadableByAll } from './readable.ts'
import { BOMB, ROOT, describeSandbox, endBoxes, sandboxDeps, specOf, tempFolder } from './testing.ts'
import { startHost } from './testing-host.ts'

/** Owns nothing, and is in no list of users. */
const SOMEBODY = 20_001

const isRoot = process.getuid?.() === 0
const canBeSomebody = [process.execPath, join(ROOT, 'package.json')].every(isReadableByAll)
const uid = isRoot ? SOMEBODY : undefined

const setUp = () => {
  const home = tempFolder()
  const deps = sandboxDeps(home)
  onTestFinished(() => endBoxes(deps))
  if (uid !== undefined) for (const folder of [home, join(home, 'run')]) chownSync(folder, uid, uid)
  return { home, deps }
}

const LINES = `
const linesOf = (link) => {
  let rest = ''
  const source = link.incoming[Symbol.asyncIterator]()
  return async () => {
    while (!rest.includes('\\n')) rest += (await source.next()).value.toString()
    const [line] = rest.split('\\n')
    rest = rest.slice(line.length + 1)
    return line
  }
}
`

const suite = () => {
  it('has boxes that are closed in as all are, and says what it cannot limit', async () => {
    const { deps, home } = setUp()
    const script = `${LINES}
      say(await runtime.status())
      const box = await runtime.open(given, { signal })
      const link = await box.connect()
      const next = linesOf(link)
      await next()
      const ask = async (code) => (await link.write(code + '\\n'), JSON.parse(await next()))
      say(await box.isolation())
      say(await ask('await say([process.getuid(), require("os").userInfo().username])'))
      say(await ask(\`try { require('fs').readdirSync(${JSON.stringify(home)}); await say('seen') } catch (error) { await say(error.code) }\`))
      say(await box.stats())
      await box.pause()
      say(await box.state())
      await box.resume()
      say(await box.end(2000))`
    const host = startHost(script, { deps, given: specOf(), uid })
    expect(await host.next()).toMatchObject({
      available: true,
      detail: expect.stringMatching(/watched|control groups/) as string,
    })
    const checks = (await host.next()) as IsolationCheck[]
    expect(checks.filter(({ ok, name }) => !ok && name !== 'Processors')).toEqual([])
    expect(checks).toContainEqual({ name: 'User on the machine', value: String(uid ?? process.getuid?.()), ok: true })
    expect(checks.find(({ name }) => name === 'Processes')?.value).toMatch(/^64,/)
    expect(await host.next()).toEqual([10_001, 'agent'])
    expect(await host.next()).toBe('ENOENT')
    expect(await host.next()).toMatchObject({ pids: expect.any(Number) as number })
    expect(((await host.next()) as BoxState).status).toBe('paused')
    expect((await host.next()) as StopProof).toMatchObject({ steps: ['TERM', 'force remove'], left: [] })
  })

  it('finds its boxes again after it was killed, with what they wrote', async () => {
    const { deps } = setUp()
    const spec = specOf()
    const counting = {
      ...deps,
      inside: ['/bin/sh', '-c', 'i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo $i; done; read x; exit $x'],
    }
    const first = startHost('await runtime.open(given, { signal }); say("open")', { deps: counting, given: spec, uid })
    expect(await first.next()).toBe('open')
    await first.kill()
    const script = `
      const box = await runtime.find(given.boxId)
      const link = await box.connect()
      let text = ''
      runtime.on((event) => say(event))
      await link.write('9\\n')
      for await (const chunk of link.incoming) text += chunk
      say(text)`
    const second = startHost(script, { deps: counting, given: spec, uid })
    const seen = [await second.next(), await second.next()]
    expect(seen).toContain(Array.from({ length: 200 }, (_, index) => `${index + 1}\n`).join(''))
    expect(seen).toContainEqual({
      type: 'ended',
      boxId: spec.boxId,
      state: expect.objectContaining({ status: 'exited', exitCode: 9 }) as BoxState,
    })
    await second.kill()
    const last = startHost('const box = await runtime.find(given.boxId); say(await box.end(0))', {
      deps: counting,
      given: spec,
      uid,
    })
    expect(await last.next()).toMatchObject({ left: [] })
  })

  it('is not brought down by a box that makes processes without end', async () => {
    const { deps } = setUp()
    const script = `
      const box = await runtime.open(given, { signal })
      const link = await box.connect()
      for await (const _ of link.incoming) break
      let most = 0
      for (let look = 0; look < 1000 && most < 28; look += 1) {
        most = Math.max(most, (await box.stats()).pids)
        await sleep(10)
      }
      for (let look = 0; look < 20; look += 1) most = Math.max(most, (await box.stats()).pids)
      say(most)
      say(await box.end(0))`
    const host = startHost(script, {
      deps: { ...deps, inside: [INSIDE_NODE, '-e', BOMB] },
      given: specOf({ limits: { pids: 32 } }),
      uid,
    })
    const most = Number(await host.next())
    expect(most).toBeGreaterThanOrEqual(28)
    expect(most).toBeLessThanOrEqual(34)
    expect(await host.next()).toMatchObject({ left: [] })
  })
}

const sayWhyNot = () =>
  it('cannot be tried from a folder that only root can read', () => {
    expect(isRoot).toBe(true)
  })

describeSandbox('the Gantry of an ordinary user', !isRoot || canBeSomebody ? suite : sayWhyNot)

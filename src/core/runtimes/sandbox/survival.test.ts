import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Facts } from '../../../supervisor/index.ts'
import type { Box, BoxLink } from '../types.ts'
import {
  describeSandbox,
  connected,
  linesOf,
  readAll,
  sandboxDeps,
  specOf,
  tempFolder,
  testRuntime,
  until,
} from './testing.ts'
import { startHost } from './testing-host.ts'

const LINES = 3000

/** Numbered lines of uneven length, a long one among them; waits for a word before the last ones; a code of its own. */
const NUMBERED = `
const pad = (n) => n === 1500 ? 'x'.repeat(700_000) : 'x'.repeat(n % 90)
let n = 0
const write = () => {
  for (let i = 0; i < 10 && n < ${LINES - 100}; i += 1) process.stdout.write((n += 1) + ' ' + pad(n) + '\\n')
  if (n < ${LINES - 100}) setTimeout(write, 1)
}
write()
process.stdin.setEncoding('utf8').once('data', (text) => {
  const finish = () => {
    if (n < ${LINES - 100}) return setTimeout(finish, 5)
    while (n < ${LINES}) process.stdout.write((n += 1) + ' ' + pad(n) + '\\n')
    process.stdout.write('', () => process.exit(Number(text)))
  }
  finish()
})
`

const expected = (from: number, to: number): string => {
  const lines: string[] = []
  for (let n = from; n <= to; n += 1) lines.push(`${n} ${n === 1500 ? 'x'.repeat(700_000) : 'x'.repeat(n % 90)}\n`)
  return lines.join('')
}

const numberOf = (text: string, which: 'first' | 'last'): number => {
  const lines = text.split('\n').filter((line) => line !== '')
  return Number((which === 'first' ? lines[0] : lines.at(-1))?.split(' ')[0])
}

const untilEnd = async (link: BoxLink): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of link.incoming) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const bytesUntil = async (link: BoxLink, size: number): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of link.incoming) {
    chunks.push(chunk)
    total += chunk.length
    if (total >= size) break
  }
  return Buffer.concat(chunks)
}

/** Keeps all that comes in a file before it says that it was taken, and tells how far it got. */
const HOST = `
const boxes = await Promise.all(given.specs.map((spec) => runtime.open(spec, { signal })))
await Promise.all(boxes.map(async (box, index) => {
  const link = await box.connect()
  if (index % 2 === 0) await link.write(String(10 + index) + '\\n')
  let total = 0
  let lines = 0
  for await (const chunk of link.incoming) {
    keep(given.folder + '/' + box.boxId, chunk)
    const end = chunk.lastIndexOf(10)
    if (end !== -1) {
      link.taken(total + end + 1)
      lines += chunk.subarray(0, end + 1).toString().split('\\n').length - 1
      if (lines > 200) say(index)
    }
    total += chunk.length
  }
}))
`

describeSandbox('what a box writes while Gantry is killed', () => {
  it('is told to the next Gantry, each line once, with the true exit code', async () => {
    const COUNT = 20
    const home = tempFolder()
    const folder = tempFolder()
    const specs = Array.from({ length: COUNT }, () => specOf())
    const host = startHost(HOST, { deps: sandboxDeps(home, { script: NUMBERED }), given: { specs, folder } })
    const begun = new Set<unknown>()
    while (begun.size < COUNT) begun.add(await host.next())
    await host.kill()

    const { runtime, events } = testRuntime({ home, script: NUMBERED })
    const starts: number[] = []
    const listed = await runtime.list()
    expect(listed.map(({ boxId }) => boxId).toSorted()).toEqual(specs.map(({ boxId }) => boxId).toSorted())
    await Promise.all(
      specs.map(async ({ boxId }, index) => {
        const box = (await runtime.find(boxId)) as Box
        const link = await box.connect()
        if (index % 2 === 1) await link.write(`${10 + index}\n`)
        const before = readFileSync(join(folder, boxId), 'utf8')
        const rest = await untilEnd(link)
        const first = rest === '' ? LINES + 1 : numberOf(rest, 'first')
        starts.push(first)
        expect(before.startsWith(expected(1, first - 1))).toBe(true)
        expect(rest).toBe(expected(first, LINES))
        link.taken(Buffer.byteLength(rest))
        const state = await until(async () => {
          const seen = await box.state()
          return seen.status === 'exited' ? seen : undefined
        }, 'its end')
        expect(state).toMatchObject({ exitCode: 10 + index, reason: null })
        // All of it was taken: nothing is told any more.
        expect(await readAll(box)).toBe('')
      }),
    )
    // What was taken is not told again, but for what a killed process had no time to say.
    expect(starts.filter((first) => first > 100).length).toBeGreaterThan(COUNT / 2)
    expect(new Set(events.map((event) => (event.type === 'ended' ? event.boxId : ''))).size).toBeGreaterThanOrEqual(
      COUNT / 2,
    )
  }, 60_000)

  it('is told from the oldest line that was not taken, as often as somebody comes', async () => {
    const { open } = testRuntime({ script: NUMBERED })
    const box = await open()
    const first = await box.connect()
    const seen = await bytesUntil(first, 20_000)
    first.close()
    const second = await box.connect()
    const again = await bytesUntil(second, seen.length)
    expect(again.subarray(0, seen.length).equals(seen)).toBe(true)
    // In the middle of a line: it is told from its beginning.
    const middle = seen.lastIndexOf('\n') - 3
    second.taken(middle)
    second.close()
    const third = await box.connect()
    const line = (await linesOf(third).next()) ?? ''
    const start = seen.lastIndexOf('\n', middle - 1) + 1
    expect(line).toBe(seen.subarray(start, seen.lastIndexOf('\n')).toString())
    third.close()
  })

  it('goes to the last who came: the one before is let go of', async () => {
    const { open } = testRuntime()
    const box = await open()
    const first = await connected(box)
    await first.lines.next()
    const second = await connected(box)
    expect(await first.lines.next()).toBeUndefined()
    await second.lines.next()
    expect(await second.ask('await say("here")')).toBe('here')
  })

  it('is read from disk when the box ended and its supervisor went', async () => {
    const { runtime, home, open } = testRuntime({ script: NUMBERED })
    const box = await open()
    const link = await box.connect()
    await link.write('3\n')
    link.close()
    await runtime.stop()
    const facts = await until(() => {
      const seen = JSON.parse(readFileSync(join(home, 'run', 'boxes', box.boxId, 'state.json'), 'utf8')) as Facts
      return seen.status === 'exited' ? seen : undefined
    }, 'its end')
    const next = testRuntime({ home, script: NUMBERED })
    const found = (await next.runtime.find(box.boxId)) as Box
    await until(() => {
      try {
        process.kill(facts.supervisor?.pid ?? 0, 0)
        return undefined
      } catch {
        return true
      }
    }, 'its supervisor to go')
    expect(await found.state()).toMatchObject({ status: 'exited', exitCode: 3 })
    const whole = await readAll(found)
    expect(whole).toBe(expected(1, LINES))
    const half = await found.connect()
    half.taken(Buffer.byteLength(expected(1, 1200)) + 2)
    expect(await readAll(found)).toBe(expected(1201, LINES))
  })

  it('is told to its end when the supervisor is killed', async () => {
    const { home, open } = testRuntime({ script: NUMBERED })
    const box = await open()
    const link = await box.connect()
    const first = await bytesUntil(link, 1000)
    expect(first.length).toBeGreaterThan(0)
    const again = await box.connect()
    const { supervisor } = JSON.parse(
      readFileSync(join(home, 'run', 'boxes', box.boxId, 'state.json'), 'utf8'),
    ) as Facts
    process.kill(supervisor?.pid ?? 0, 'SIGKILL')
    const seen = await untilEnd(again)
    const last = numberOf(seen.slice(0, seen.lastIndexOf('\n')), 'last')
    expect(last).toBeGreaterThan(1)
    expect(seen.startsWith(expected(1, last))).toBe(true)
    const state = await until(async () => {
      const now = await box.state()
      return now.status === 'exited' ? now : undefined
    }, 'its end')
    expect(state).toMatchObject({ exitCode: null, reason: 'its supervisor was killed, and the box with it' })
  })
})

describeSandbox('what is sent to a box', () => {
  it('arrives whole, in order, also when it is much and several write at once', async () => {
    const script = `
      const hash = require('crypto').createHash('sha256')
      let size = 0
      process.stdin.on('data', (chunk) => {
        size += chunk.length
        hash.update(chunk)
        if (chunk.at(-1) === 10 && size >= 5_000_000) process.stdout.write(size + ' ' + hash.digest('hex') + '\\n')
      })`
    const { open } = testRuntime({ script })
    const box = await open()
    const link = await box.connect()
    const hash = createHash('sha256')
    let size = 0
    const parts = Array.from({ length: 5 }, (_, index) => `${String(index).repeat(1_000_000 + index)}\n`)
    for (const part of parts) {
      hash.update(part)
      size += part.length
    }
    await Promise.all(parts.map((part) => link.write(part)))
    expect(await linesOf(link).next()).toBe(`${size} ${hash.digest('hex')}`)
  })

  it('waits where the box does not read, and costs no more than a window', async () => {
    const { open } = testRuntime({ script: 'setInterval(() => {}, 1000); process.stdout.write("up\\n")' })
    const box = await open()
    const { link, lines } = await connected(box)
    await lines.next()
    let isWritten = false
    const writing = link.write(`${'x'.repeat(200_000)}\n`.repeat(40)).then(
      () => (isWritten = true),
      (thrown: unknown) => thrown,
    )
    const before = await box.stats()
    expect(before.memoryBytes).toBeLessThan(200 * 1024 ** 2)
    expect(isWritten).toBe(false)
    await box.end(0)
    expect(await writing).toMatchObject({ code: 'E_CONFLICT' })
  })

  it('is dropped where its sender went in the middle of a line', async () => {
    const { open } = testRuntime()
    const box = await open()
    const first = await connected(box)
    await first.lines.next()
    await first.link.write('this is no code and would')
    expect(await first.ask('nothing; await say("never")').catch(() => 'gone')).toMatchObject({
      error: expect.any(String) as string,
    })
    await first.link.write('and this neither')
    first.link.close()
    const second = await connected(box)
    await second.lines.next()
    await second.lines.next()
    expect(await second.ask('await say("whole")')).toBe('whole')
  })
})

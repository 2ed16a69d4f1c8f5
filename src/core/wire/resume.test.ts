import { describe, expect, onTestFinished, test } from 'vitest'
import { NODE, until } from '../testing/index.ts'
import { bytesOf, listen, memoryLink, openBox } from './testing.ts'

/** Writes numbered lines, waiting for a line of input before each hundred. */
const COUNTING = `
  let at = 0
  process.stdin.on('data', (chunk) => {
    for (const _ of chunk) for (const end = at + 100; at < end; at += 1) process.stdout.write('line ' + at + '\\n')
    if (at >= 1000) process.exit(7)
  })`

const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}\n`).join('')

describe('a Gantry that comes back', () => {
  test('is told all that it had not kept, once, and the rest as it comes', async () => {
    const box = openBox(onTestFinished)
    const first = listen(box.connect())
    const { pid } = await first.wire.run(box.spec([NODE, '-e', COUNTING]))
    await first.wire.input({ text: '..' })
    await until(() => bytesOf(first.frames, 'out').length === lines(200).length || undefined, 'the first lines')
    // Half of what came was kept when it was killed, and it died in the middle of a word.
    const keptFrames = first.frames.slice(0, Math.ceil(first.frames.length / 2))
    first.wire.committed(keptFrames.at(-1)?.seq ?? 0)
    box.child.stdin.write('{"id":77,"method":"inp')
    first.wire.close()
    expect(await first.closed).toEqual({ kind: 'closed' })

    const second = listen(box.connect(), { since: keptFrames.at(-1)?.seq ?? 0 })
    expect(await second.wire.resume()).toEqual({ running: true, pid })
    await second.wire.input({ text: '........' })
    expect((await second.see('exited')).params).toMatchObject({ code: 7 })
    const all = [...keptFrames, ...second.frames]
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, at) => at + 1))
    expect(bytesOf(all, 'out').toString()).toBe(lines(1000))
  })

  test('hears the end that came while it was away', async () => {
    const box = openBox(onTestFinished)
    const first = listen(box.connect())
    await first.wire.run(box.spec(['sh', '-c', 'read line; echo unseen; exit 5']))
    await first.wire.input({ text: '\n' })
    first.wire.close()
    const second = listen(box.connect())
    expect((await second.see('exited')).params).toMatchObject({ code: 5 })
    expect(await second.wire.resume()).toEqual({ running: false, pid: null })
    expect(bytesOf(second.frames, 'out').toString()).toBe('unseen\n')
    await second.wire.release()
    expect(await box.ended).toBe(5)
  })

  test('is asked again what it had not begun to answer; what was in the middle breaks off', async () => {
    const box = openBox(onTestFinished)
    const never = new Promise<never>(() => undefined)
    const asked: string[] = []
    const first = listen(box.connect(), {
      http: async ({ path }) => {
        asked.push(path)
        if (path === '/waiting') return never
        return {
          status: 200,
          headers: {},
          body: (async function* () {
            yield 'the beginning'
            yield await never
          })(),
        }
      },
    })
    const code = `
      const ask = (path) => fetch(process.env.GANTRY_URL + path).then((r) => { console.log(path, 'began'); return r.text() })
      const tell = (path) => ask(path).then((text) => console.log(path, text), () => console.log(path, 'broke off'))
      tell('/waiting'); tell('/begun')`
    await first.wire.run(box.spec([NODE, '-e', code]))
    await until(
      () => (asked.length === 2 && bytesOf(first.frames, 'out').includes('began')) || undefined,
      'both requests',
    )
    first.wire.close()

    const again: string[] = []
    const second = listen(box.connect(), {
      http: ({ path }) => {
        again.push(path)
        return Promise.resolve({ status: 200, headers: {}, body: 'answered' })
      },
    })
    await second.wire.resume()
    await second.see('exited')
    expect(again).toEqual(['/waiting'])
    const out = bytesOf(second.frames, 'out').toString()
    expect(out).toContain('/waiting answered\n')
    expect(out).toContain('/begun broke off\n')
  })
})

describe('what is told again', () => {
  const log = (seq: number, text = `${seq}\n`) => ({ seq, method: 'log', params: { stream: 'out', at: 1, text } })

  test('is handed on from where it was kept, in order, and a gap is left as it is', async () => {
    const inside = memoryLink()
    const { frames, closed } = listen(inside.link, { since: 3 })
    inside.say(log(2), log(3), log(4), log(4), log(5), log(9), log(8), log(10))
    inside.end()
    await closed
    expect(frames.map(({ seq }) => seq)).toEqual([4, 5, 9, 10])
  })

  test('may begin in the middle of a frame, but only the first may', async () => {
    const inside = memoryLink()
    const { frames, closed } = listen(inside.link, { since: 3 })
    inside.sayBytes(Buffer.from('end of a frame"}}\n'))
    inside.say(log(4))
    inside.sayBytes(Buffer.from('end of a frame"}}\n'))
    expect(await closed).toMatchObject({ kind: 'violation' })
    expect(frames.map(({ seq }) => seq)).toEqual([4])
  })

  test('is not asked again, nor answered: that comes after the answer to resume', async () => {
    const inside = memoryLink()
    const asked: string[] = []
    const { wire, closed } = listen(inside.link, {
      since: 1,
      http: ({ path }) => {
        asked.push(path)
        return Promise.resolve({ status: 200, headers: {}, body: '' })
      },
    })
    const ask = (id: number, path: string) => ({
      id,
      method: 'http',
      params: { method: 'GET', path, headers: {}, bytes: 0 },
    })
    const resumed = wire.resume()
    inside.say(ask(1, '/old'), ask(2, '/older'), { method: 'cancel', params: { id: 1 } }, { id: 5, result: {} })
    const frame = await inside.hear((heard) => 'method' in heard && heard.method === 'resume')
    inside.say({ id: 'id' in frame ? frame.id : 0, result: { running: true, pid: 4 } }, ask(3, '/new'))
    await resumed
    await inside.hear((heard) => 'method' in heard && heard.method === 'end')
    inside.end()
    await closed
    expect(asked).toEqual(['/new'])
  })

  test('can be let go of up to the last frame that is kept, requests between them included', async () => {
    const inside = memoryLink()
    const seen: number[] = []
    const { wire, closed } = listen(inside.link, { kept: ({ seq }) => void seen.push(seq) })
    const bytes = (...frames: unknown[]) => Buffer.from(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''))
    const notice = { method: 'cancel', params: { id: 1 } }
    const parts = [bytes(log(1), notice), bytes(log(2)), bytes(notice), bytes(log(3))]
    const ends = parts.map((_, at) => Buffer.concat(parts.slice(0, at + 1)).length)
    const half = bytes(log(4))
    for (const part of parts) inside.sayBytes(part)
    inside.sayBytes(half.subarray(0, 10))
    await until(() => seen.includes(3) || undefined, 'the third frame')
    expect(inside.taken).toEqual([])
    wire.committed(1)
    expect(inside.taken).toEqual([ends[0]])
    wire.committed(2)
    expect(inside.taken).toEqual([ends[0], ends[2]])
    wire.committed(3)
    expect(inside.taken.at(-1)).toBe(ends[3])
    inside.sayBytes(Buffer.concat([half.subarray(10), bytes(notice)]))
    inside.end()
    await closed
    expect(inside.taken.at(-1)).toBe(ends[3])
  })
})

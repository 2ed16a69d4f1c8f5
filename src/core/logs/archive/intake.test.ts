import { describe, expect, test } from 'vitest'
import { type IntakeDeps, createIntake } from './intake.ts'
import type { FromWorker, Item } from './messages.ts'
import { openTestStore, textItem } from './testing.ts'
import { unpack } from './decode.ts'
import { selectionOf } from './pages.ts'

/** A real store that fails when told to, and time that passes when told to. */
const start = (part: Partial<IntakeDeps> = {}) => {
  const store = openTestStore()
  const posted: FromWorker[] = []
  let time = 0
  let timers: { at: number; task: () => void }[] = []
  let failure: Error | undefined
  const intake = createIntake({
    write: (items) => {
      if (failure !== undefined) throw failure
      return store.write(items)
    },
    post: (message) => posted.push(message),
    patienceMs: 30_000,
    heldBytes: 1e6,
    clock: () => time,
    after: (ms, task) => {
      const timer = { at: time + ms, task }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    ...part,
  })
  let id = 0
  return {
    ...intake,
    store,
    posted,
    send: (...items: Item[]) => intake.take({ id: (id += 1), bytes: items.length * 100, items }),
    pass: (ms: number) => {
      const end = time + ms
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
        if (next === undefined) break
        timers = timers.filter((other) => other !== next)
        time = next.at
        next.task()
      }
      time = end
    },
    fail: (thrown: Error | undefined) => (failure = thrown),
    timers: () => timers.length,
    texts: () =>
      unpack(store.read(selectionOf('agent1', {}))).map(({ text, open }) => `${text}${open === true ? '…' : ''}`),
    of: (kind: FromWorker['kind']) => posted.filter((message) => message.kind === kind),
  }
}

const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })

describe('what comes in', () => {
  test('is written a moment later, with what came in meanwhile', () => {
    const { send, pass, posted, texts, timers } = start()
    send(textItem(1, 'one\n'))
    send(textItem(2, 'two\n'))
    expect(posted).toEqual([])
    pass(10)
    expect(posted).toEqual([{ kind: 'kept', kept: [{ agentId: 'agent1', wireSeq: 2, lastSeq: 2 }], upTo: 2 }])
    expect(texts()).toEqual(['one', 'two'])
    expect(timers()).toBe(0)
  })

  test('is written at once when it is much', () => {
    const { take, posted } = start()
    take({ id: 1, bytes: 600_000, items: [textItem(1, 'much\n')] })
    expect(posted).toHaveLength(1)
  })

  test('is written when somebody wants to read', () => {
    const { send, flush, settle, texts } = start()
    send(textItem(1, 'one\ntwo'))
    flush()
    expect(texts()).toEqual(['one'])
    settle(['agent1'])
    expect(texts()).toEqual(['one', 'two…'])
  })

  test('of a line that does not end is written soon after', () => {
    const { send, pass, texts, timers, of } = start()
    send(textItem(1, 'Password: '))
    pass(20)
    expect(texts()).toEqual([])
    pass(100)
    expect(texts()).toEqual(['Password: …'])
    expect(of('kept').at(-1)).toMatchObject({ kept: [{ wireSeq: 1, lastSeq: 1 }] })
    send(textItem(2, '\n'))
    pass(200)
    expect(timers()).toBe(0)
  })

  test('of a line that had not ended when Gantry was ended is written soon after the start', () => {
    const { store, resume, pass, texts } = start()
    store.write([textItem(1, 'begun')])
    resume(store.waiting())
    pass(100)
    expect(texts()).toEqual(['begun…'])
  })

  test('of an agent that is forgotten is not written, and is not waited for', () => {
    const { send, forget, pass, posted, store } = start()
    send(textItem(1, 'one\n'))
    forget('agent1')
    pass(10)
    expect(posted).toEqual([{ kind: 'kept', kept: [], upTo: 1 }])
    expect(store.sizes()).toEqual([])
  })
})

describe('while nothing can be written', () => {
  test('what comes in is held and tried again, and nothing is missing when it can be', () => {
    const { fail, send, pass, of, texts } = start()
    fail(full)
    send(textItem(1, 'one\n'))
    pass(10)
    send(textItem(2, 'two\n'))
    pass(20_000)
    expect(of('problem')).toEqual([{ kind: 'problem', message: 'the disk is full (database or disk is full)' }])
    expect([...of('kept'), ...of('held')]).toEqual([])
    fail(undefined)
    pass(500)
    expect(of('problem').at(-1)).toEqual({ kind: 'problem', message: null })
    expect(of('kept')).toEqual([{ kind: 'kept', kept: [{ agentId: 'agent1', wireSeq: 2, lastSeq: 2 }], upTo: 2 }])
    expect(texts()).toEqual(['one', 'two'])
  })

  test('for longer, agents go on: what they write is counted, and the log says so in its place', () => {
    const { fail, send, pass, of, texts, store } = start()
    fail(full)
    send(textItem(1, 'one\n'))
    pass(31_000)
    expect(of('held').at(-1)).toEqual({ kind: 'held', upTo: 1 })
    send(textItem(2, 'two\ntwo\n'), textItem(3, 'three\n'), { kind: 'advance', agentId: 'agent1', seq: 4 })
    send({ kind: 'note', agentId: 'agent1', at: 0, text: 'not kept' }, textItem(3, 'three\n'))
    expect(of('held').at(-1)).toEqual({ kind: 'held', upTo: 3 })
    expect(store.position('agent1')).toBe(0)
    fail(undefined)
    pass(500)
    send(textItem(5, 'five\n'))
    pass(10)
    expect(texts()).toEqual(['one', '3 lines could not be kept, as nothing could be written to the disk', 'five'])
    expect(store.standing('agent1')).toMatchObject({ cut: 3, last: 3 })
    expect(store.position('agent1')).toBe(5)
  })

  test('no more is held than is allowed, however patient it is', () => {
    const { fail, send, pass, of, texts } = start({ heldBytes: 250 })
    fail(full)
    send(textItem(1, 'one\n'))
    pass(10)
    for (let seq = 2; seq <= 500; seq += 1) send(textItem(seq, `${seq}\n`))
    expect(of('held').at(-1)).toEqual({ kind: 'held', upTo: 500 })
    fail(undefined)
    pass(500)
    expect(texts()).toEqual(['one', '2', '3', '497 lines could not be kept, as nothing could be written to the disk'])
  })

  test('what is wrong is told once, and again when it is something else', () => {
    const { fail, send, pass, of, stop, timers } = start()
    fail(full)
    send(textItem(1, 'one\n'))
    pass(5000)
    fail(new Error('no such place'))
    pass(5000)
    expect(of('problem').map((message) => message.kind === 'problem' && message.message)).toEqual([
      'the disk is full (database or disk is full)',
      'no such place',
    ])
    stop()
    expect(timers()).toBe(0)
  })
})

/** Agents that come and go as long as they are let: every other one ends by itself, the rest are cancelled. */
import type { Rest } from './rest.ts'

export interface Tally {
  made: number
  finished: number
  cancelled: number
  /** What went another way than it should have, in words. */
  problems: string[]
  createMs: number[]
  finishMs: number[]
  cancelMs: number[]
}

const SLEEPER = { template: 'command', parameters: { line: 'sleep 600' } }

const field = (json: unknown, name: string): unknown =>
  typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[name] : undefined

export const startChurn = (rest: Rest, lanes: number) => {
  const tally: Tally = { made: 0, finished: 0, cancelled: 0, problems: [], createMs: [], finishMs: [], cancelMs: [] }
  let going = true

  /** The answer, if it is the one that was hoped for. */
  const ask = async (...call: Parameters<Rest>) => {
    const answer = await rest(...call)
    if (answer.status >= 300) throw new Error(`${call[0]} ${call[1]}: ${answer.status} ${JSON.stringify(answer.json)}`)
    return answer
  }

  const create = async (input: object): Promise<string> => {
    const { json, milliseconds } = await ask('POST', '/agents', input)
    tally.made += 1
    tally.createMs.push(milliseconds)
    return String(field(json, 'id'))
  }

  const finish = async () => {
    const began = performance.now()
    const id = await create({ template: 'hello' })
    const { json } = await ask('GET', `/agents/wait?ids=${id}&seconds=60`)
    const [item] = field(json, 'items') as { state: string; reason: string | null }[]
    if (item?.state !== 'finished') throw new Error(`${id} is ${item?.state ?? 'nowhere'}: ${item?.reason ?? ''}`)
    tally.finishMs.push(performance.now() - began)
    const { json: logs } = await ask('GET', `/agents/${id}/logs?streams=out`)
    if ((field(logs, 'items') as unknown[]).length === 0) throw new Error(`${id} wrote nothing`)
    tally.finished += 1
    await ask('POST', `/agents/${id}/remove`)
  }

  const cancel = async () => {
    const id = await create(SLEEPER)
    const { json, milliseconds } = await ask('DELETE', `/agents/${id}?graceSeconds=0`)
    const left = (field(json, 'proof') as { left: string[] } | null)?.left ?? []
    if (left.length > 0) throw new Error(`${id} left ${left.join(', ')}`)
    tally.cancelMs.push(milliseconds)
    tally.cancelled += 1
    await ask('POST', `/agents/${id}/remove`)
  }

  const lane = async (first: number) => {
    for (let round = first; going; round += 1) {
      try {
        await (round % 2 === 0 ? finish() : cancel())
      } catch (thrown) {
        tally.problems.push(thrown instanceof Error ? thrown.message : String(thrown))
      }
    }
  }

  const running = Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)))
  return {
    tally,
    stop: async () => {
      going = false
      await running
    },
  }
}

/** Waiting for agents to end or to need somebody, fed by events: nothing is asked again and again. */
import type { AgentStatus } from '../../contract/index.ts'
import type { EventBus } from '../events/index.ts'

export interface WaitFor {
  ids: readonly string[]
  until: 'any' | 'all'
  needs: boolean
  seconds: number
}

export interface WaitDeps {
  events: EventBus
  statusOf: (id: string) => AgentStatus
  after: (ms: number, task: () => void) => () => void
}

export const createWait = ({ events, statusOf, after }: WaitDeps) => {
  const isDone = ({ group }: AgentStatus, needs: boolean) => group === 'done' || (needs && group === 'needs-you')

  return async ({ ids, until, needs, seconds }: WaitFor, signal?: AbortSignal) => {
    const look = () => ids.map(statusOf)
    const isEnough = (items: readonly AgentStatus[]) =>
      until === 'any' ? items.some((item) => isDone(item, needs)) : items.every((item) => isDone(item, needs))

    const before = look()
    if (isEnough(before) || seconds === 0) return { timedOut: !isEnough(before), items: before }
    const over = Promise.withResolvers<void>()
    const off = events.on((event) => {
      if (!('agentId' in event) || !ids.includes(event.agentId)) return
      // A removed one is as ended as can be; asking for it says so.
      if (event.type === 'agents.removed' || isEnough(look())) over.resolve()
    })
    const stopTimer = after(seconds * 1000, over.resolve)
    signal?.addEventListener('abort', () => over.resolve(), { once: true })
    try {
      await over.promise
    } finally {
      off()
      stopTimer()
    }
    const items = look()
    return { timedOut: !isEnough(items), items }
  }
}

/** The conversation with an agent, and what it waits to be told. A question outlives a restart: its answer is found again. */
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { createHash } from 'node:crypto'
import { type Actor, type AgentMessage, type AgentNeed, GantryError } from '../../contract/index.ts'
import type { EventBus } from '../events/index.ts'
import { type Store, agentMessages, firstOf, onlyRow } from '../store/index.ts'

type Row = typeof agentMessages.$inferSelect

const MOST_MESSAGES = 2000
const LONGEST = 32_768
const MOST_OPEN = 16

export interface Question {
  kind: 'question' | 'approval'
  text: string
  choices: readonly string[]
  /** Tells one asking from the next, also after a restart: what asks again means the same question. */
  key: string
}

const toMessage = (row: Row): AgentMessage => ({
  seq: row.id,
  at: new Date(row.at).toISOString(),
  from: row.speaker,
  kind: row.kind,
  text: row.text,
  needId: row.needId,
  choices: JSON.parse(row.choices) as string[],
})

const toNeed = (row: Row): AgentNeed => ({
  id: row.needId ?? '',
  kind: row.kind === 'approval' ? 'approval' : 'question',
  text: row.text,
  choices: JSON.parse(row.choices) as string[],
  since: new Date(row.at).toISOString(),
})

const shorten = (text: string) => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`)

export const createNeeds = ({ store, events, now }: { store: Store; events: EventBus; now: () => Date }) => {
  /** Who waits for which answer: more than one may ask the same. */
  const waiting = new Map<string, Set<(answer: string) => void>>()

  const add = (agentId: string, message: Pick<Row, 'speaker' | 'kind' | 'text'> & Partial<Row>): Row => {
    const row = onlyRow(
      store.db
        .insert(agentMessages)
        .values({ choices: '[]', ...message, text: shorten(message.text), agentId, at: now().getTime() })
        .returning(),
    )
    store.db.run(sql`DELETE FROM agent_messages WHERE agent_id = ${agentId} AND need_id IS NULL AND id <= (
      SELECT id FROM agent_messages WHERE agent_id = ${agentId} ORDER BY id DESC LIMIT 1 OFFSET ${MOST_MESSAGES})`)
    events.emit({ type: 'agents.said', agentId, kind: message.kind })
    return row
  }

  const openRows = (agentIds: readonly string[]): Row[] =>
    store.db
      .select()
      .from(agentMessages)
      .where(
        and(
          inArray(agentMessages.agentId, [...agentIds]),
          inArray(agentMessages.kind, ['question', 'approval']),
          isNull(agentMessages.answeredAt),
        ),
      )
      .orderBy(asc(agentMessages.id))
      .all()

  const answerOf = (agentId: string, needId: string): string | undefined =>
    store.db
      .select()
      .from(agentMessages)
      .where(
        and(eq(agentMessages.agentId, agentId), eq(agentMessages.needId, needId), eq(agentMessages.kind, 'answer')),
      )
      .get()?.text

  /** Waits for a person. The signal ends the waiting, not the question. */
  const ask = async (agentId: string, question: Question, signal: AbortSignal): Promise<string> => {
    const needId = createHash('sha256').update(`${agentId} ${question.key}`).digest('hex').slice(0, 12)
    const known = answerOf(agentId, needId)
    if (known !== undefined) return known
    const exists = store.db
      .select()
      .from(agentMessages)
      .where(and(eq(agentMessages.agentId, agentId), eq(agentMessages.needId, needId)))
      .get()
    if (exists === undefined) {
      if (openRows([agentId]).length >= MOST_OPEN) {
        throw new GantryError('E_RATE', 'This agent has too many open questions.', {
          hint: 'Wait until a person has answered some of them.',
        })
      }
      const { kind, text, choices } = question
      add(agentId, { speaker: 'agent', kind, text, needId, choices: JSON.stringify(choices.slice(0, 12).map(shorten)) })
    }
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const giveUp = () => reject(signal.reason instanceof Error ? signal.reason : new Error('given up'))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    const waiters = waiting.get(`${agentId} ${needId}`) ?? new Set()
    waiting.set(`${agentId} ${needId}`, waiters.add(resolve))
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', giveUp)
      waiters.delete(resolve)
      if (waiters.size === 0) waiting.delete(`${agentId} ${needId}`)
    }
  }

  const answer = (agentId: string, text: string, needId: string | undefined, actor: Actor): AgentMessage => {
    const open = openRows([agentId])
    const row = needId === undefined ? open[0] : open.find((one) => one.needId === needId)
    if (row === undefined || row.needId === null) {
      throw new GantryError('E_CONFLICT', 'This question was answered already, or was never asked.', {
        hint: 'Show the agent to see what it waits for.',
      })
    }
    if (row.kind === 'approval' && actor.kind === 'agent') {
      throw new GantryError('E_FORBIDDEN', 'Only a person can approve what an agent is about to do.')
    }
    const { needId: id } = row
    const at = now().getTime()
    const added = store.db.transaction((db) => {
      const first = firstOf(
        db
          .update(agentMessages)
          .set({ answeredAt: at })
          .where(and(eq(agentMessages.id, row.id), isNull(agentMessages.answeredAt)))
          .returning(),
      )
      if (first === undefined) throw new GantryError('E_CONFLICT', 'Somebody else has just answered.')
      return onlyRow(
        db
          .insert(agentMessages)
          .values({ agentId, at, speaker: 'person', kind: 'answer', text: shorten(text), needId: id, choices: '[]' })
          .returning(),
      )
    })
    events.emit({ type: 'agents.said', agentId, kind: 'answer' })
    for (const resolve of waiting.get(`${agentId} ${id}`) ?? []) resolve(text)
    return toMessage(added)
  }

  /** Nobody will answer an agent that has ended. */
  const close = (agentId: string) =>
    void store.db
      .update(agentMessages)
      .set({ answeredAt: now().getTime() })
      .where(
        and(
          eq(agentMessages.agentId, agentId),
          inArray(agentMessages.kind, ['question', 'approval']),
          isNull(agentMessages.answeredAt),
        ),
      )
      .run()

  /** The oldest open question of each. */
  const openOf = (agentIds: readonly string[]): Map<string, AgentNeed> => {
    const needs = new Map<string, AgentNeed>()
    for (const row of agentIds.length === 0 ? [] : openRows(agentIds)) {
      if (!needs.has(row.agentId)) needs.set(row.agentId, toNeed(row))
    }
    return needs
  }

  return {
    ask,
    answer,
    close,
    openOf,
    say: (agentId: string, message: Pick<Row, 'speaker' | 'kind' | 'text'>): AgentMessage =>
      toMessage(add(agentId, message)),
    list: (agentId: string): AgentMessage[] =>
      store.db
        .select()
        .from(agentMessages)
        .where(eq(agentMessages.agentId, agentId))
        .orderBy(asc(agentMessages.id))
        .all()
        .map(toMessage),
  }
}

export type Needs = ReturnType<typeof createNeeds>

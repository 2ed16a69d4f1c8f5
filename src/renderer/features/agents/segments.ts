/** The life of an agent as pieces of a line: what it was, from when to when. */
import type { AgentMessage, AgentNeed, AgentTransition } from '../../../contract/index.ts'
import type { State } from '../../ui/status.tsx'
import { isEnded, stateTone, stateWord } from './agent-state.ts'

export interface Segment {
  from: number
  to: number
  tone: State
  word: string
}

interface Wait {
  from: number
  to: number | null
}

/** While a question is open, a person is waited for. */
export const waitsOf = (messages: readonly AgentMessage[]): readonly Wait[] =>
  messages
    .filter(({ kind, needId }) => (kind === 'question' || kind === 'approval') && needId !== null)
    .map(({ at, needId }) => {
      const answer = messages.find((message) => message.kind === 'answer' && message.needId === needId)
      return { from: Date.parse(at), to: answer === undefined ? null : Date.parse(answer.at) }
    })

export const waitOf = (need: AgentNeed | null): readonly Wait[] =>
  need === null ? [] : [{ from: Date.parse(need.since), to: null }]

/** Cuts a piece where somebody was waited for. */
const withWaits = (segment: Segment, waits: readonly Wait[], end: number): Segment[] => {
  const inside = waits
    .map(({ from, to }) => ({ from: Math.max(from, segment.from), to: Math.min(to ?? end, segment.to) }))
    .filter(({ from, to }) => to > from)
  const pieces: Segment[] = []
  let at = segment.from
  for (const { from, to } of inside.toSorted((a, b) => a.from - b.from)) {
    if (from > at) pieces.push({ ...segment, from: at, to: from })
    if (to > at) pieces.push({ from: Math.max(from, at), to, tone: 'wait', word: 'Needs you' })
    at = Math.max(at, to)
  }
  if (at < segment.to) pieces.push({ ...segment, from: at })
  return pieces
}

export const segmentsOf = (
  timeline: readonly AgentTransition[],
  end: number,
  waits: readonly Wait[] = [],
): readonly Segment[] =>
  timeline.flatMap(({ at, to: state }, index) => {
    if (isEnded(state)) return []
    const next = timeline[index + 1]
    const segment = {
      from: Date.parse(at),
      to: next === undefined ? end : Date.parse(next.at),
      tone: stateTone(state),
      word: stateWord(state),
    }
    return state === 'running' ? withWaits(segment, waits, end) : segment.to > segment.from ? [segment] : []
  })

export interface Placed extends Segment {
  /** In percent of the whole. */
  left: number
  width: number
}

const NARROWEST = 0.5

/** The part of the pieces between two times, placed on a line. */
export const place = (segments: readonly Segment[], from: number, to: number): readonly Placed[] =>
  segments
    .filter((segment) => segment.to > from && segment.from < to)
    .map((segment) => {
      const left = ((Math.max(segment.from, from) - from) / (to - from)) * 100
      const right = ((Math.min(segment.to, to) - from) / (to - from)) * 100
      return { ...segment, left, width: Math.max(right - left, NARROWEST) }
    })

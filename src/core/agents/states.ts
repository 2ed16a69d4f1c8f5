/** The life of an agent as a table. Whatever is not in it does not happen. */
import { type AgentState, GantryError } from '../../contract/index.ts'

const MOVES: Record<AgentState, readonly AgentState[]> = {
  pending: ['starting', 'failed', 'cancelled', 'expired'],
  starting: ['running', 'failed', 'cancelled', 'expired'],
  running: ['paused', 'finished', 'failed', 'cancelled', 'expired'],
  // It may have ended in the moment before it was frozen.
  paused: ['running', 'finished', 'failed', 'cancelled', 'expired'],
  finished: [],
  failed: [],
  cancelled: [],
  expired: [],
}

export const isEnded = (state: AgentState): boolean => MOVES[state].length === 0

export const mayMove = (from: AgentState, to: AgentState): boolean => MOVES[from].includes(to)

export const assertMove = (from: AgentState, to: AgentState): void => {
  if (mayMove(from, to)) return
  throw new GantryError('E_CONFLICT', `An agent that is ${from} cannot become ${to}.`, {
    hint: isEnded(from) ? 'It has ended. Start another one.' : `From ${from} it can become ${MOVES[from].join(', ')}.`,
  })
}

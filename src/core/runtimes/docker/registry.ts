/** What is known of the boxes of this Gantry between two looks at the engine, and who is told when one ends. */
import type { BoxState } from '../types.ts'
import { isOver } from './state.ts'

export interface Known {
  readonly boxId: string
  /** As it was last seen, also after it is gone. */
  state: () => BoxState
  /** Seen with one's own eyes: made, found, looked at, or told by the engine. */
  saw: (state: BoxState) => BoxState
  /** Resolves once it is over. */
  readonly ended: Promise<BoxState>
  /** Resolves when it may have changed: frozen, woken, ended. */
  nextChange: () => Promise<void>
}

export interface Watchers {
  onEnded: (state: BoxState) => void
  onGone: (boxId: string) => void
}

export const createRegistry = ({ onEnded, onGone }: Watchers) => {
  const all = new Map<string, Known>()

  const add = (first: BoxState): Known => {
    const { boxId } = first
    const ended = Promise.withResolvers<BoxState>()
    let change = Promise.withResolvers<void>()
    let state = first
    const known: Known = {
      boxId,
      ended: ended.promise,
      state: () => state,
      nextChange: () => change.promise,
      saw: (seen) => {
        const wasOver = isOver(state)
        // One that is gone says no more how it ended: what was seen before is kept.
        state = wasOver && seen.status === 'gone' ? { ...state, status: 'gone' } : seen
        change.resolve()
        change = Promise.withResolvers()
        const isGone = state.status === 'gone' && all.get(boxId) === known
        if (isGone) all.delete(boxId)
        if (!wasOver && isOver(state)) {
          ended.resolve(state)
          onEnded(state)
        }
        if (isGone) onGone(boxId)
        return state
      },
    }
    if (isOver(first)) ended.resolve(first)
    all.set(boxId, known)
    return known
  }

  return {
    /** The box as it is now, whether it was known before or not. */
    know: (state: BoxState): Known => {
      const known = all.get(state.boxId)
      if (known === undefined) return add(state)
      known.saw(state)
      return known
    },
    get: (boxId: string): Known | undefined => all.get(boxId),
    running: (): Known[] => [...all.values()].filter(({ state }) => !isOver(state())),
    clear: () => all.clear(),
  }
}

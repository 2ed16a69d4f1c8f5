/** What a list of agents is narrowed to. It stands in the address, so that going back finds the same list. */
import type { AgentGroup, AgentState, GantryClient } from '../../../contract/index.ts'
import { GROUPS, GROUP_ORDER, stateWord } from './agent-state.ts'

export interface AgentFilter {
  search?: string
  /** A group or a state. */
  show?: Shown
  template?: string
  label?: string
}

const STATES = [
  'pending',
  'starting',
  'running',
  'paused',
  'finished',
  'failed',
  'cancelled',
  'expired',
] as const satisfies readonly AgentState[]
export type Shown = AgentGroup | AgentState

const isGroup = (value: string): value is AgentGroup => GROUP_ORDER.some((group) => group === value)
const isState = (value: string): value is AgentState => STATES.some((state) => state === value)
const isShown = (value: unknown): value is Shown => typeof value === 'string' && (isGroup(value) || isState(value))

export const SHOWN_GROUPS = GROUP_ORDER.map((value) => ({ value, word: GROUPS[value].word }))
export const SHOWN_STATES = STATES.map((value) => ({ value, word: stateWord(value) }))

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== ''
    ? value.slice(0, 200)
    : typeof value === 'number'
      ? String(value)
      : undefined

/** From the address, where anybody may have written anything. */
export const readFilter = (given: Record<string, unknown>): AgentFilter => {
  const { search, template, label } = {
    search: text(given['search']),
    template: text(given['template']),
    label: text(given['label']),
  }
  return {
    ...(search === undefined ? {} : { search }),
    ...(isShown(given['show']) ? { show: given['show'] } : {}),
    ...(template === undefined ? {} : { template }),
    ...(label === undefined ? {} : { label }),
  }
}

export const isFiltered = (filter: AgentFilter): boolean => Object.keys(filter).length > 0

const MOST = 1000

type ListInput = Parameters<GantryClient['agents']['list']>[0]

export const toListInput = ({ search, show, template, label }: AgentFilter): ListInput => ({
  limit: MOST,
  ...(search?.trim() ? { search: search.trim() } : {}),
  ...(show === undefined ? {} : isGroup(show) ? { groups: [show] } : { states: [show] }),
  ...(template === undefined ? {} : { template }),
  // Half a label is not asked for: it would be refused.
  ...(label !== undefined && /^[^=]+(=.*)?$/.test(label.trim()) ? { label: label.trim() } : {}),
})

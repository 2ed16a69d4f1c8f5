/** How the states of an agent are shown: a shape, a colour and a word each. */
import type { AgentGroup, AgentState, AgentSummary } from '../../../contract/index.ts'
import type { State } from '../../ui/status.tsx'

const ENDED: ReadonlySet<AgentState> = new Set(['finished', 'failed', 'cancelled', 'expired'])

export const isEnded = (state: AgentState): boolean => ENDED.has(state)

const STATES = {
  pending: ['off', 'Pending'],
  starting: ['busy', 'Starting'],
  running: ['busy', 'Working'],
  paused: ['off', 'Paused'],
  finished: ['ok', 'Finished'],
  failed: ['bad', 'Failed'],
  cancelled: ['off', 'Stopped'],
  expired: ['bad', 'Ran out'],
} as const satisfies Record<AgentState, readonly [State, string]>

export const stateWord = (state: AgentState): string => STATES[state][1]
export const stateTone = (state: AgentState): State => STATES[state][0]

/** What is shown of an agent: who waits for a person needs one, whatever else it does. */
export const agentState = ({ state, group }: Pick<AgentSummary, 'state' | 'group'>): readonly [State, string] => {
  if (group === 'needs-you') return ['wait', 'Needs you']
  if (group === 'idle' && state === 'running') return ['off', 'Quiet']
  return STATES[state]
}

export const GROUPS = {
  'needs-you': { word: 'Needs you', tone: 'wait' },
  working: { word: 'Working', tone: 'busy' },
  idle: { word: 'Idle', tone: 'off' },
  done: { word: 'Done', tone: 'ok' },
} as const satisfies Record<AgentGroup, { word: string; tone: State }>

export const GROUP_ORDER = ['needs-you', 'working', 'idle', 'done'] as const satisfies readonly AgentGroup[]

/** The evidence behind the state, for who points at it. */
export const evidenceOf = (
  { state, reason, exitCode, lastActivityAt }: AgentSummary,
  formatTime: (at: string) => string,
) =>
  [
    reason,
    exitCode === null ? null : `Ended with ${exitCode}`,
    isEnded(state) ? null : `Last sign of life at ${formatTime(lastActivityAt)}`,
  ]
    .filter((part) => part !== null)
    .join('\n')

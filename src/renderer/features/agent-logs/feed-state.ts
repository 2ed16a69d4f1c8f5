/** What is known of a log while it is read. */
import type { AgentState } from '../../../contract/index.ts'

export type FeedPhase = 'loading' | 'live' | 'reconnecting' | 'ended' | 'failed'

export interface FeedState {
  phase: FeedPhase
  error: unknown
  agentState: AgentState | null
  /** Changes with every change of the rows. */
  version: number
  following: boolean
  /** Whether the rows reach the oldest and the newest entry there is. */
  atStart: boolean
  atEnd: boolean
  /** Entries of the log that nobody has any more. */
  cut: number
  /** Entries that came since the reader left the end. */
  unread: number
  received: number
  /** Where the reader wants to be taken, once. */
  target: number | null
}

export const NEW_FEED: FeedState = {
  phase: 'loading',
  error: null,
  agentState: null,
  version: 0,
  following: true,
  atStart: false,
  atEnd: false,
  cut: 0,
  unread: 0,
  received: 0,
  target: null,
}

import type { ReactNode } from 'react'

export type State = 'ok' | 'busy' | 'wait' | 'bad' | 'off'

const SHAPES: Record<State, ReactNode> = {
  ok: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  busy: <path d="M6 1a5 5 0 1 1-5 5" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  wait: <path d="M6 .8 11.4 11H.6z" fill="currentColor" />,
  bad: <rect x="1" y="1" width="10" height="10" rx="1.5" fill="currentColor" />,
  off: <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />,
}

const INK: Record<State, string> = {
  ok: 'text-ok',
  busy: 'text-busy',
  wait: 'text-wait',
  bad: 'text-bad',
  off: 'text-off',
}
const GROUND: Record<State, string> = {
  ok: 'bg-ok-bg',
  busy: 'bg-busy-bg',
  wait: 'bg-wait-bg',
  bad: 'bg-bad-bg',
  off: 'bg-panel-2',
}

/** `turning` only where something is under way: an idle window animates nothing. */
export const Shape = ({ state, turning = false }: { state: State; turning?: boolean }) => (
  <svg viewBox="0 0 12 12" aria-hidden="true" className={`size-[11px] flex-none ${turning ? 'animate-spin' : ''}`}>
    {SHAPES[state]}
  </svg>
)

export interface StatusProps {
  state: State
  children: ReactNode
  chip?: boolean
  title?: string | undefined
}

export const Status = ({ state, children, chip = false, title }: StatusProps) => (
  <span
    title={title}
    className={`inline-flex items-center gap-1.5 text-sm font-[550] whitespace-nowrap ${INK[state]} ${chip ? `rounded-full py-0.5 pr-2 pl-[7px] ${GROUND[state]}` : ''}`}
  >
    <Shape state={state} />
    {children}
  </span>
)

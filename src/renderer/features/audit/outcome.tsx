import type { AuditEntry } from '../../../contract/index.ts'
import { Status, type State } from '../../ui/status.tsx'

const OUTCOMES = {
  started: ['busy', 'Started'],
  ok: ['ok', 'Done'],
  failed: ['bad', 'Failed'],
  refused: ['wait', 'Refused'],
} as const satisfies Record<AuditEntry['outcome'], readonly [State, string]>

export const OUTCOME_NAMES = Object.entries(OUTCOMES).map(([value, [, name]]) => ({ value, name }))

export const Outcome = ({ entry }: { entry: AuditEntry }) => {
  const [state, name] = OUTCOMES[entry.outcome]
  return (
    <Status state={state} title={entry.code ?? undefined}>
      {name}
    </Status>
  )
}

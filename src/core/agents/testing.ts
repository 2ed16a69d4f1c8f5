/** What the tests of agents share: a store with rows in it. */
import { AgentLimits } from '../../contract/index.ts'
import { createEventBus } from '../events/index.ts'
import { openStore } from '../store/index.ts'
import { type Cleanup, manualClock, tempHome } from '../testing/index.ts'
import { type NewAgentRow, createRecords } from './records.ts'
import type { AgentSpec } from './spec.ts'

export const TEST_ACTOR = { kind: 'owner', id: 'owner', name: 'owner', role: 'admin' } as const

export const testSpec = (change: Partial<AgentSpec> = {}): AgentSpec => ({
  task: '',
  parameters: {},
  tools: [],
  environment: {},
  limits: AgentLimits.parse({}),
  network: { mode: 'none', allow: [], record: false },
  workspace: { kind: 'none' },
  image: 'gantry/agent:1',
  command: ['hello'],
  variables: {},
  approve: [],
  interactive: false,
  models: [],
  ...change,
})

export const testAgents = (cleanup: Cleanup) => {
  const clock = manualClock()
  const store = openStore({ home: tempHome(cleanup), now: clock.now, keepBackups: () => 1 })
  cleanup(() => store.close())
  const events = createEventBus(clock.now)
  const records = createRecords({ store, events, now: clock.now })
  let made = 0
  const add = (change: Partial<NewAgentRow> = {}) => {
    made += 1
    const at = clock.now().getTime()
    return records.insert(
      {
        id: `agent${String(made).padStart(4, '0')}`,
        name: `agent ${made}`,
        template: 'hello',
        state: 'pending',
        boxId: `box${made}`,
        runtime: 'sandbox',
        labels: '{}',
        budget: '{}',
        spec: JSON.stringify(testSpec()),
        creatorKind: 'owner',
        creatorId: 'owner',
        creatorName: 'owner',
        createdAt: at,
        expiresAt: at + 3_600_000,
        lastActivityAt: at,
        ...change,
      },
      TEST_ACTOR,
    )
  }
  return { clock, store, events, records, add }
}

import { expect, test } from 'vitest'
import { chooseCleared } from './retention.ts'

const sizes = [
  { agentId: 'late', bytes: 4000, lastAt: 30 },
  { agentId: 'early', bytes: 4000, lastAt: 10 },
  { agentId: 'runs', bytes: 4000, lastAt: 5 },
  { agentId: 'nothing', bytes: 200, lastAt: 1 },
]
const isEnded = (agentId: string) => agentId !== 'runs'

test.each([
  [20_000, []],
  [12_199, ['early']],
  [8199, ['early', 'late']],
  [10, ['early', 'late']],
])(
  'of %i bytes that are allowed, the log that was quiet the longest goes first, never one that grows',
  (total, cleared) => {
    expect(chooseCleared(sizes, total, isEnded)).toEqual(cleared)
  },
)

import { describe, expect, it } from 'vitest'
import { GantryEvent, contract, listOperations } from '../contract/index.ts'
import { AFFECTED, operationKey } from './events.ts'

const eventTypes = GantryEvent.options.map((option) => option.shape.type.value)
const reads = new Set(
  listOperations(contract).flatMap(({ name, meta, stream }) => (meta.effect === 'read' && !stream ? [name] : [])),
)

describe('what events make stale', () => {
  it('knows every type of event, and no other', () => {
    expect(Object.keys(AFFECTED).toSorted()).toEqual(eventTypes.toSorted())
  })

  it.each(Object.entries(AFFECTED))('%s names only operations that are read', (_type, names) => {
    for (const name of names === 'everything' ? [] : names) expect(reads).toContain(name)
  })

  it('makes the key that the queries of an operation begin with', () => {
    expect(operationKey('access.keys.list')).toEqual([['access', 'keys', 'list']])
  })
})

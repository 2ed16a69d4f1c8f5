import { describe, expect, it } from 'vitest'
import { cellText, tableOf } from './result-table.ts'

describe('tableOf', () => {
  it('finds the list in an answer and takes the columns that the contract names', () => {
    expect(tableOf({ items: [{ id: 1, name: 'a', more: true }] }, ['id', 'name'])).toEqual({
      columns: ['id', 'name'],
      rows: [{ id: 1, name: 'a', more: true }],
    })
  })

  it('takes the columns of the first row where none are named, and is no table for one thing', () => {
    expect(tableOf({ items: [{ id: 1 }] })?.columns).toEqual(['id'])
    expect(tableOf({ id: 1 })).toBeUndefined()
    expect(tableOf('text')).toBeUndefined()
  })

  it('writes what a cell can hold', () => {
    expect([cellText(null), cellText(0), cellText({ a: 1 })]).toEqual(['', '0', '{"a":1}'])
  })
})

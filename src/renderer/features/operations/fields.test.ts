import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract, inputJsonSchema, listOperations } from '../../../contract/index.ts'
import { fieldsOf, initialValues, labelOf, toInput } from './fields.ts'

const schemaOf = (shape: z.ZodRawShape) => z.toJSONSchema(z.object(shape), { io: 'input' }) as Record<string, unknown>
const Level = z.enum(['low', 'high']).meta({ id: 'TestLevel' })

describe('the fields of a form', () => {
  it('take their kind from the schema', () => {
    const fields = fieldsOf(
      schemaOf({
        name: z.string(),
        count: z.int().optional(),
        share: z.number().optional(),
        on: z.boolean().default(true),
        level: Level.default('low'),
        tags: z.array(z.string()).optional(),
        value: z.union([z.string(), z.number()]),
      }),
    )
    expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ['name', 'text', true],
      ['count', 'integer', false],
      ['share', 'number', false],
      ['on', 'boolean', false],
      ['level', 'choice', false],
      ['tags', 'texts', false],
      ['value', 'json', true],
    ])
    expect(fields[4]?.options).toEqual(['low', 'high'])
  })

  it('start from the defaults, and a choice that must be made from its first option', () => {
    const fields = fieldsOf(
      schemaOf({ on: z.boolean().default(true), level: Level, other: Level.optional(), name: z.string() }),
    )
    expect(initialValues(fields)).toEqual({ on: true, level: 'low', other: '', name: '' })
  })

  it('send numbers as numbers, leave out what is empty, and leave nonsense to the schema', () => {
    const fields = fieldsOf(
      schemaOf({
        count: z.int(),
        size: z.int().optional(),
        text: z.string().optional(),
        tags: z.array(z.string()).optional(),
      }),
    )
    expect(toInput(fields, { count: '12', size: '', text: '', tags: [] })).toEqual({ count: 12 })
    expect(toInput(fields, { count: 'many', tags: ['a'] })).toEqual({ count: 'many', tags: ['a'] })
  })

  it('read a value of several kinds as JSON where it is, else as text', () => {
    const fields = fieldsOf(schemaOf({ value: z.union([z.string(), z.number(), z.boolean(), z.null()]) }))
    const read = (value: string) => toInput(fields, { value })['value']
    expect([read('9191'), read('true'), read('null'), read('["a"]'), read('dark')]).toEqual([
      9191,
      true,
      null,
      ['a'],
      'dark',
    ])
  })

  it.each(listOperations(contract).map((operation) => [operation.name, operation] as const))(
    'exist for every field of %s',
    (_name, operation) => {
      const fields = fieldsOf(inputJsonSchema(operation))
      expect(fields.map((field) => field.name)).toEqual(Object.keys(operation.input.shape))
      expect(fields.filter((field) => field.kind === 'choice' && field.options.length === 0)).toEqual([])
    },
  )

  it('are labelled in words', () => {
    expect(labelOf('expiresInDays')).toBe('Expires in days')
  })
})

import { expect, test } from 'vitest'
import { z } from 'zod'
import { inputFields } from './json-schema.ts'

const fieldsOf = (shape: z.ZodRawShape) => inputFields(z.toJSONSchema(z.object(shape), { io: 'input' }))
const Level = z.enum(['low', 'high']).meta({ id: 'FieldsTestLevel', description: 'How much' })
const Tag = z.string().meta({ id: 'FieldsTestTag' })

test('a field that refers to a named schema has its type, choices and description', () => {
  expect(fieldsOf({ level: Level.default('low') })).toEqual([
    {
      name: 'level',
      type: 'choice',
      choices: ['low', 'high'],
      of: [],
      required: false,
      description: 'How much',
      fallback: 'low',
      example: undefined,
    },
  ])
})

test('what a field says itself goes before what the schema it refers to says', () => {
  expect(fieldsOf({ level: Level.describe('How loud') })[0]).toMatchObject({ type: 'choice', description: 'How loud' })
})

test('a list says what is in it, and a field of several types which ones', () => {
  const fields = fieldsOf({ tags: z.array(Tag), value: z.union([z.string(), z.array(Tag), z.null()]) })
  expect(fields.map(({ type, of }) => [type, of])).toEqual([
    ['array', ['string']],
    ['any', ['string', 'array', 'any']],
  ])
})

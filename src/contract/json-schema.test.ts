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
  const fields = fieldsOf({
    tags: z.array(Tag),
    levels: z.array(Level),
    value: z.union([z.string(), z.array(Tag), z.null()]),
    plain: z.union([z.string(), z.number()]),
    word: z.literal('a').or(z.literal('b')),
  })
  expect(fields).toMatchObject([
    { type: 'array', item: { type: 'string' } },
    { type: 'array', item: { type: 'choice', choices: ['low', 'high'] } },
    { type: 'any', of: ['string', 'array', 'null'] },
    { type: 'any', of: ['string', 'number'] },
    { type: 'choice', choices: ['a', 'b'] },
  ])
})

test('an object says its fields, a record what its values are, several forms what tells them apart', () => {
  const Form = z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('none') }),
      z.object({ kind: z.literal('copy'), path: z.string().describe('From where') }),
    ])
    .meta({ id: 'FieldsTestForm' })
  const fields = fieldsOf({
    limits: z.object({ cpus: z.number().default(2) }).default({ cpus: 2 }),
    labels: z.record(z.string(), z.int()),
    form: Form.default({ kind: 'none' }),
    either: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
    open: z.looseObject({}),
    long: z.string().max(10_000),
  })
  expect(fields).toMatchObject([
    { type: 'object', fields: [{ name: 'cpus', type: 'number', fallback: 2 }] },
    { type: 'record', value: { type: 'integer' } },
    {
      type: 'variants',
      tag: 'kind',
      fallback: { kind: 'none' },
      variants: [
        { name: 'none', fields: [] },
        { name: 'copy', fields: [{ name: 'path', required: true, description: 'From where' }] },
      ],
    },
    { type: 'any', of: ['object'] },
    { type: 'object', fields: [] },
    { type: 'string', long: true },
  ])
})

test('a schema that refers to itself ends somewhere', () => {
  interface Tree {
    children: Tree[]
  }
  const Tree: z.ZodType<Tree> = z.object({ children: z.lazy(() => z.array(Tree)) }).meta({ id: 'FieldsTestTree' })
  expect(fieldsOf({ tree: Tree })).toMatchObject([{ type: 'object', fields: [{ type: 'array' }] }])
})

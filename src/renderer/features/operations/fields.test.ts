import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract, inputJsonSchema, listOperations } from '../../../contract/index.ts'
import { fieldsOf, hasProblemBelow, inWords, initialValues, labelOf, problemAt, toInput } from './fields.ts'

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
    expect(fields[4]).toMatchObject({ options: ['low', 'high'] })
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
    const fields = fieldsOf(
      schemaOf({ value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]) }),
    )
    const read = (value: string) => toInput(fields, { value })['value']
    expect(['9191', 'true', 'null', '["a"]', 'dark', '1.10', '{"a":1}'].map(read)).toEqual([
      9191,
      true,
      null,
      ['a'],
      'dark',
      '1.10',
      '{"a":1}',
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

  const nested = fieldsOf(
    schemaOf({
      limits: z
        .object({ memoryMb: z.int().default(512), cpus: z.number().optional(), shared: z.boolean().default(true) })
        .default({ memoryMb: 512, shared: true }),
      labels: z.record(z.string(), z.string()).default({}),
      parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      workspace: z
        .discriminatedUnion('kind', [
          z.object({ kind: z.literal('none') }),
          z.object({ kind: z.literal('copy'), path: z.string() }),
          z.object({ kind: z.literal('git'), path: z.string(), ref: z.string().optional() }),
        ])
        .default({ kind: 'none' }),
      states: z.array(Level).optional(),
      task: z.string().max(10_000).default(''),
    }),
  )

  it('go into objects, names with values, and one of several forms', () => {
    expect(nested).toMatchObject([
      {
        name: 'limits',
        kind: 'group',
        fields: [{ name: 'memoryMb', kind: 'integer', fallback: '512' }, { name: 'cpus' }, { kind: 'boolean' }],
      },
      { name: 'labels', kind: 'pairs', value: { kind: 'text' } },
      { name: 'parameters', kind: 'pairs', value: { kind: 'json', types: ['string', 'number', 'boolean'] } },
      {
        name: 'workspace',
        kind: 'variants',
        tag: 'kind',
        fallback: 'none',
        variants: [
          { name: 'none', fields: [] },
          { name: 'copy', fields: [{ name: 'path', required: true }] },
          { name: 'git', fields: [{ name: 'path' }, { name: 'ref', required: false }] },
        ],
      },
      { name: 'states', kind: 'choices', options: ['low', 'high'] },
      { name: 'task', kind: 'long-text' },
    ])
  })

  it('send nothing of what was left as it is', () => {
    expect(toInput(nested, initialValues(nested))).toEqual({ workspace: { kind: 'none' } })
  })

  it('send what was filled in where it belongs, and of one form only its own fields', () => {
    const values = {
      ...initialValues(nested),
      limits: { memoryMb: '64', cpus: 'half', shared: false },
      labels: [
        { name: ' team ', value: 'docs' },
        { name: '', value: 'lost' },
      ],
      parameters: [
        { name: 'steps', value: '3' },
        { name: 'version', value: '1.10' },
        { name: 'empty', value: '' },
      ],
      workspace: { kind: 'copy', path: '/src', ref: 'left over' },
      states: ['low'],
    }
    expect(toInput(nested, values)).toEqual({
      limits: { memoryMb: 64, cpus: 'half', shared: false },
      labels: { team: 'docs' },
      parameters: { steps: 3, version: '1.10', empty: '' },
      workspace: { kind: 'copy', path: '/src' },
      states: ['low'],
    })
  })

  it('show a problem at the field that it is about, or at the one that has no field of its own for it', () => {
    const issues = [
      { path: ['limits', 'cpus'], message: 'no number' },
      { path: ['labels', 'x y'], message: 'no name' },
      { path: ['workspace'], message: 'none of these' },
    ]
    const at = (name: string, ...path: string[]) => {
      const field = nested.find((candidate) => candidate.name === name)
      if (field === undefined) throw new Error(`no ${name}`)
      return [problemAt(issues, [name, ...path], field), hasProblemBelow(issues, [name, ...path])]
    }
    expect([at('limits'), at('labels'), at('workspace'), at('task')]).toEqual([
      [undefined, true],
      ['no name', true],
      ['none of these', true],
      [undefined, false],
    ])
  })

  it('say of what was left out that it is needed, and of what is wrong why', () => {
    const schema = z.object({ name: z.string(), box: z.object({ size: z.int() }), tags: z.array(z.string()) })
    const input = { box: {}, tags: ['a', 7] }
    expect(inWords(schema.safeParse(input).error?.issues ?? [], input)).toEqual([
      { path: ['name'], message: 'This is needed' },
      { path: ['box', 'size'], message: 'This is needed' },
      { path: ['tags', 1], message: expect.stringContaining('string') },
    ])
  })

  it('are labelled in words', () => {
    expect(labelOf('expiresInDays')).toBe('Expires in days')
  })
})

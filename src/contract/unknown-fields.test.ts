import { expect, test } from 'vitest'
import { z } from 'zod'
import { toJsonSchema } from './catalogue.ts'
import { unknownFields } from './unknown-fields.ts'

const Named = z.object({ mode: z.string().optional() }).meta({ id: 'UnknownTestNamed' })
const Tree: z.ZodType<{ children?: unknown }> = z
  .object({ children: z.lazy(() => z.array(Tree)).optional() })
  .meta({ id: 'UnknownTestTree' })
const schema = toJsonSchema(
  z.object({
    name: z.string().optional(),
    network: Named.optional(),
    list: z.array(z.object({ a: z.string() })).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    entries: z.record(z.string(), z.object({ a: z.int() })).optional(),
    form: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('none') }),
        z.object({ kind: z.literal('copy'), path: z.string() }),
      ])
      .optional(),
    either: z.union([z.object({ a: z.string() }), z.object({ b: z.string(), c: z.string() })]).optional(),
    open: z.looseObject({}).optional(),
    anything: z.unknown(),
    tree: Tree.optional(),
  }),
  'input',
)

test.each<[string, object, string[]]>([
  ['nothing', {}, []],
  ['what there is', { name: 'x', network: { mode: 'y' }, labels: { any: 'z' }, form: { kind: 'none' } }, []],
  ['what is not there', { nmae: 'x', name: 'x' }, ['nmae']],
  ['what is not there inside', { network: { mod: 'x' }, list: [{ a: 'x' }, { b: 'x' }] }, ['network.mod', 'list.1.b']],
  ['what a record holds', { entries: { first: { a: 1, b: 2 } } }, ['entries.first.b']],
  ['what another form has', { form: { kind: 'none', path: '/' } }, ['form.path']],
  ['a form that is none', { form: { kind: 'nothing', path: '/' } }, []],
  ['either of two', { either: { b: 'x', c: 'x' } }, []],
  ['most of one of two', { either: { b: 'x', c: 'x', d: 'x' } }, ['either.d']],
  ['what is open', { open: { x: 1 }, anything: { x: { y: 1 } } }, []],
  ['what refers to itself', { tree: { children: [{ children: [] }, { x: 1 }] } }, ['tree.children.1.x']],
  ['a name that all objects have', JSON.parse('{"__proto__": {}, "constructor": 1}'), ['__proto__', 'constructor']],
  ['a value that was left out', { nmae: undefined }, []],
])('of %s finds what is no field', (_what, value, unknown) => {
  expect(unknownFields(value, schema)).toEqual(unknown)
})

test('does not look deeper than the schema goes', () => {
  let deep: unknown = {}
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]
  expect(unknownFields({ name: deep, anything: deep }, schema)).toEqual([])
})

import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { inputJsonSchema, listOperations, operation } from '../../../contract/index.ts'
import { type FormValues, fieldsOf, initialValues } from './fields.ts'
import { FormFields, type FormFieldsProps } from './form-fields.tsx'

const [made] = listOperations({
  boxes: {
    make: operation(
      'Make a box',
      { method: 'POST', path: '/boxes', description: 'Makes a box.' },
      { permission: 'system:read', effect: 'write' },
    )
      .input(
        z.object({
          name: z.string().describe('What it is called'),
          task: z.string().max(10_000).default(''),
          limits: z.object({ memoryMb: z.int().default(512).describe('How much') }).default({ memoryMb: 512 }),
          labels: z.record(z.string(), z.string()).default({}),
          states: z.array(z.enum(['on', 'off'])).optional(),
          workspace: z
            .discriminatedUnion('kind', [
              z.object({ kind: z.literal('none') }),
              z.object({ kind: z.literal('copy'), path: z.string() }),
            ])
            .default({ kind: 'none' }),
          code: z.string().max(10_000).optional(),
        }),
      )
      .output(z.object({})),
  },
})
if (made === undefined) throw new Error('nothing was made')
const fields = fieldsOf(inputJsonSchema(made))

const shown = (values: FormValues = {}, props: Partial<FormFieldsProps> = {}) =>
  renderToStaticMarkup(
    <FormFields
      fields={fields}
      values={{ ...initialValues(fields), ...values }}
      issues={[]}
      secret={['code']}
      onChange={() => undefined}
      {...props}
    />,
  )

/** Each `for` and `id` pair, so that a click on a label reaches its control. */
const unlabelled = (html: string) => {
  const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  return [...html.matchAll(/<label for="([^"]+)"/g)].map(([, id]) => id).filter((id) => !ids.has(id))
}

describe('a form with objects inside', () => {
  it('has a control for each field, labelled, and folds away what need not be filled in', () => {
    const html = shown()
    expect(unlabelled(html)).toEqual([])
    for (const label of ['Name', 'Task', 'Memory mb', 'Labels', 'States', 'Kind']) expect(html).toContain(label)
    expect(html.match(/<details/g)).toHaveLength(2)
    expect(html).not.toContain('<details open')
    expect(html).toContain('placeholder="512"')
    expect(html).toContain('<textarea')
    expect(html.match(/type="checkbox"/g)).toHaveLength(2)
    expect(html).toContain('aria-label="Labels: name 1"')
  })

  it('asks for the fields of the form that is chosen, and for no other', () => {
    expect(shown()).not.toContain('>Path')
    const html = shown({ workspace: { kind: 'copy', path: '/src' } })
    expect(html).toContain('>Path')
    expect(html).toContain('value="/src"')
  })

  it('opens where something is wrong, and says it there', () => {
    const html = shown({}, { issues: [{ path: ['limits', 'memoryMb'], message: 'too much' }] })
    expect(html).toMatch(/<details open.*Limits.*role="alert".*too much/s)
    expect(html.match(/too much/g)).toHaveLength(1)
    expect(shown({}, { issues: [{ path: ['labels', 'x y'], message: 'no such name' }] })).toContain('no such name')
    expect(shown({}, { issues: [{ path: ['workspace', 'kind'], message: 'choose one' }] })).toContain('choose one')
  })

  it('never shows what is a secret', () => {
    expect(shown({ code: 'hush' })).toMatch(/type="password"[^>]*value="hush"/)
  })
})

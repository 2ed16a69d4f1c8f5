import { Validator } from '@seriousme/openapi-schema-validator'
import type { JsonSchemaType } from '@modelcontextprotocol/sdk/validation'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { contract, inputJsonSchema, listOperations, operation } from '../../contract/index.ts'
import { startTestCore } from '../testing/index.ts'
import { describeApi } from './openapi.ts'

const document = await describeApi('0.1.0', 'http://127.0.0.1:9090')
const operations = listOperations(contract)

// oxlint-disable-next-line typescript/no-explicit-any
const describedOf = (route: string, method: string): any => (document.paths as any)[route]?.[method.toLowerCase()]

test('is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(JSON.parse(JSON.stringify(document)))
  expect(result.errors).toBeUndefined()
  expect(result.valid).toBe(true)
  expect(document.openapi).toMatch(/^3\.1\./)
})

test('describes every operation, and nothing else', () => {
  const described = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item ?? {}).map((method) => `${method} ${path}`),
  )
  expect(described.toSorted()).toEqual(
    operations.map(({ method, route }) => `${method.toLowerCase()} ${route}`).toSorted(),
  )
})

test.each(operations)(
  '$name is named, explained, and says which key it needs',
  ({ name, route, method, meta, summary }) => {
    const described = describedOf(route, method)
    expect(described).toMatchObject({ operationId: name, summary, tags: [name.split('.')[0]] })
    expect(described.description.length).toBeGreaterThan(20)
    expect(described.security).toEqual(meta.permission === 'public' ? [] : [{ bearer: [] }, { apiKey: [] }])
    expect(described.responses.default).toEqual({ $ref: '#/components/responses/Error' })
  },
)

test.each(operations)(
  '$name shows an example of its answer that is a possible answer',
  ({ route, method, meta, stream, output }) => {
    const { responses } = describedOf(route, method)
    const status = Object.keys(responses).find((code) => code.startsWith('2')) ?? ''
    const contents = Object.entries<{ schema: unknown; example: unknown }>(responses[status].content)
    expect(contents.length).toBeGreaterThan(0)
    for (const [mediaType, { schema, example }] of contents) {
      expect(schema).toBeDefined()
      expect(example).toBeDefined()
      if (stream) {
        expect(mediaType).toBe('text/event-stream')
        output.parse(JSON.parse(/^data: (.*)$/m.exec(String(example))?.[1] ?? ''))
      } else if (typeof meta.text?.mediaType !== 'string') output.parse(example)
      else expect(example).toMatch(/^# HELP /)
    }
  },
)

test('every example that a schema gives is valid by it', () => {
  const validator = new AjvJsonSchemaValidator()
  const root = JSON.parse(JSON.stringify(document)) as { components: object }
  let examples = 0
  const visit = (node: unknown, path: string) => {
    if (typeof node !== 'object' || node === null) return
    const given = (node as { examples?: unknown }).examples
    if (Array.isArray(given)) {
      const validate = validator.getValidator({ ...node, components: root.components } as JsonSchemaType)
      for (const example of given) {
        examples += 1
        expect(validate(example), path).toMatchObject({ valid: true })
      }
    }
    for (const [key, child] of Object.entries(node)) {
      if (key !== 'examples' && key !== 'example') visit(child, `${path}/${key}`)
    }
  }
  visit(root, '')
  expect(examples).toBeGreaterThan(operations.length)
})

test('every input field says what it is or shows it', () => {
  for (const operation of operations) {
    const { name } = operation
    const { properties = {} } = inputJsonSchema(operation) as {
      properties?: Record<string, Record<string, unknown>>
    }
    for (const [field, schema] of Object.entries(properties)) {
      expect(
        ['description', 'examples', 'enum', 'default', 'allOf', '$ref'].some((key) => key in schema),
        `${name} ${field}`,
      ).toBe(true)
    }
  }
})

test('is sent to whoever has a key, with the address it was asked at', async () => {
  const core = await startTestCore()
  const { status, json } = await core.rest('GET', '/openapi.json', { key: core.key('client').secret })
  expect(status).toBe(200)
  expect(json.servers).toEqual([{ url: core.url() }])
  expect(json.info).toMatchObject({ title: 'Gantry', version: '0.1.0-test' })
})

test('describes an operation that was only just declared', async () => {
  const extended = {
    ...contract,
    greetings: {
      say: operation(
        'Say hello',
        { method: 'POST', path: '/greetings/{name}', description: 'Greets somebody by name.' },
        { permission: 'system:read', effect: 'write' },
      )
        .input(z.object({ name: z.string().meta({ examples: ['Ada'] }) }))
        .output(z.object({ text: z.string().meta({ examples: ['Hello Ada'] }) })),
    },
  }
  const { paths } = await describeApi('1', 'http://127.0.0.1:1', extended)
  expect(paths?.['/greetings/{name}']?.post).toMatchObject({
    operationId: 'greetings.say',
    security: [{ bearer: [] }, { apiKey: [] }],
    responses: { 200: { content: { 'application/json': { example: { text: 'Hello Ada' } } } } },
  })
})

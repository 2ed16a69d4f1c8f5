import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { AgentTemplate, GantryError, type TemplateParameter } from '../../contract/index.ts'
import { type Given, fill } from './fill.ts'

const template = (more: object = {}) =>
  AgentTemplate.parse({ id: 'x', title: 'X', description: '', command: ['run', '{task}'], ...more })

const given = (more: Partial<Given> = {}): Given => ({ task: '', model: '', parameters: {}, ...more })

const parameter = (more: Partial<TemplateParameter>) => ({ name: 'a', title: 'A', type: 'text', ...more })

const refusal = (step: () => unknown): GantryError => {
  try {
    step()
  } catch (thrown) {
    if (thrown instanceof GantryError) return thrown
    throw thrown
  }
  throw new Error('it was not refused')
}

describe('a word of a command', () => {
  test.each([
    'plain',
    'two words',
    '"; rm -rf / #',
    '$(id) `id` $HOME',
    "it's \\ here",
    'line\nbreak',
    '--help',
    '{model} {task} {a}',
    '$& $1 $$',
    'ünï → 🎉',
  ])('stays one argument with %j in it', (task) => {
    const { command } = fill(template({ command: ['node', '-e', 'x', 'say:{task}!'] }), given({ task }))
    expect(command).toEqual(['node', '-e', 'x', `say:${task}!`])
    const [, ...rest] = command
    const seen = execFileSync(process.execPath, ['-p', 'JSON.stringify(process.argv.slice(1))', '--', ...rest], {
      encoding: 'utf8',
    })
    expect(JSON.parse(seen)).toEqual(rest)
  })

  test('takes task, model and parameters, several in one, and none that is not given', () => {
    const { command } = fill(
      template({
        command: ['{task}', '--model={model}', '{a}/{count}/{on}', '{b}'],
        parameters: [
          parameter({}),
          parameter({ name: 'count', type: 'number' }),
          parameter({ name: 'on', type: 'boolean' }),
          parameter({ name: 'b' }),
        ],
      }),
      given({ task: 't', model: 'm', parameters: { a: 'x y', count: 3, on: false } }),
    )
    expect(command).toEqual(['t', '--model=m', 'x y/3/false', ''])
  })

  test('keeps braces that are no placeholder, and the letters of one that is written twice', () => {
    const command = ['awk', '{ print $1 }', '{{task}}', '{"a":{"b":1}}', '${HOME}', '{}', 'x{task}']
    expect(fill(template({ command }), given({ task: 'T' })).command).toEqual([
      'awk',
      '{ print $1 }',
      '{task}',
      '{"a":{"b":1}}',
      '$',
      '{}',
      'xT',
    ])
  })

  test('cannot hold a zero byte, which would cut it off', () => {
    const error = refusal(() => fill(template(), given({ task: 'a\0b' })))
    expect(error).toMatchObject({ code: 'E_SCHEMA', details: [{ path: 'task' }] })
  })
})

test('the environment of a template is filled in as its command is', () => {
  const { environment } = fill(
    template({ environment: { MODEL: '{model}', NOTE: 'about {task}' } }),
    given({ task: 'a b', model: 'm' }),
  )
  expect(environment).toEqual({ MODEL: 'm', NOTE: 'about a b' })
})

describe('a parameter', () => {
  const one = (definition: Partial<TemplateParameter>, parameters: Given['parameters']) =>
    fill(template({ parameters: [parameter(definition)] }), given({ parameters })).parameters

  test.each<[Partial<TemplateParameter>, Given['parameters'], object]>([
    [{ type: 'text' }, { a: 'x' }, { a: 'x' }],
    [{ type: 'text' }, { a: 7 }, { a: '7' }],
    [{ type: 'lines' }, { a: 'x\ny' }, { a: 'x\ny' }],
    [{ type: 'number' }, { a: 1.5 }, { a: 1.5 }],
    [{ type: 'number' }, { a: '20' }, { a: 20 }],
    [{ type: 'boolean' }, { a: true }, { a: true }],
    [{ type: 'boolean' }, { a: 'false' }, { a: false }],
    [{ type: 'choice', choices: ['x', '2'] }, { a: 2 }, { a: '2' }],
    [{ type: 'number', default: 3 }, {}, { a: 3 }],
    [{ type: 'number', default: 3 }, { a: 4 }, { a: 4 }],
    [{ type: 'text' }, {}, {}],
  ])('%j takes %j', (definition, parameters, result) => {
    expect(one(definition, parameters)).toEqual(result)
  })

  test.each<[Partial<TemplateParameter>, Given['parameters'], string, string]>([
    [{ required: true }, {}, 'parameters.a', 'is needed'],
    [{ required: true }, { a: '  ' }, 'parameters.a', 'is needed'],
    [{ type: 'text' }, { a: true }, 'parameters.a', 'must be a text'],
    [{ type: 'number' }, { a: 'many' }, 'parameters.a', 'must be a number'],
    [{ type: 'number' }, { a: '' }, 'parameters.a', 'must be a number'],
    [{ type: 'number' }, { a: true }, 'parameters.a', 'must be a number'],
    [{ type: 'number' }, { a: Number.POSITIVE_INFINITY }, 'parameters.a', 'must be a number'],
    [{ type: 'boolean' }, { a: 'yes' }, 'parameters.a', 'must be true or false'],
    [{ type: 'boolean' }, { a: 1 }, 'parameters.a', 'must be true or false'],
    [{ type: 'choice', choices: ['x', 'y'] }, { a: 'z' }, 'parameters.a', 'must be one of x, y'],
    [{ type: 'text' }, { a: 'x\0' }, 'parameters.a', 'must not hold a zero byte'],
    [{ type: 'text' }, { b: 1 }, 'parameters.b', 'there is no such parameter'],
    [{ type: 'text' }, { constructor: 'x' }, 'parameters.constructor', 'there is no such parameter'],
  ])('%j refuses %j at its place', (definition, parameters, path, message) => {
    const error = refusal(() => one(definition, parameters))
    expect(error).toMatchObject({ code: 'E_SCHEMA', details: [{ path, message }] })
    expect(error.message).toContain(`${path}: ${message}`)
    expect(error.hint).toContain('are a.')
  })

  test('that is wrong is told together with all others', () => {
    const error = refusal(() =>
      fill(
        template({ parameters: [parameter({ type: 'number' }), parameter({ name: 'b', required: true })] }),
        given({ parameters: { a: 'x', c: 1 } }),
      ),
    )
    expect(error.details).toHaveLength(3)
  })
})

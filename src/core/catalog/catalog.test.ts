import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AgentCreate, AgentLimits, CatalogView, GantryError } from '../../contract/index.ts'
import { tempHome } from '../testing/index.ts'
import { type CatalogAvailability, openCatalog } from './index.ts'

const BUILT_IN = join(import.meta.dirname, '..', '..', '..', 'resources', 'catalog.json')

const open = ({
  text,
  availability = { hasSecret: () => false },
  file = BUILT_IN,
}: { text?: unknown; availability?: CatalogAvailability; file?: string } = {}) => {
  const home = tempHome()
  const overlay = join(home, 'catalog.json')
  const asText = (content: unknown) => (typeof content === 'string' ? content : JSON.stringify(content))
  if (text !== undefined) writeFileSync(overlay, asText(text))
  const told: CatalogView['problems'][] = []
  let changes = 0
  let wake = Promise.withResolvers<void>()
  const tell = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  const catalog = openCatalog({
    file,
    overlay,
    availability,
    onChange: () => {
      changes += 1
      tell()
    },
    onProblem: (problems) => {
      told.push(problems)
      tell()
    },
  })
  onTestFinished(catalog.stop)
  /** What an editor does: writes a new file and puts it in the place of the old one. */
  const edit = (content: unknown) => {
    const heard = wake.promise
    writeFileSync(`${overlay}.new`, asText(content))
    renameSync(`${overlay}.new`, overlay)
    return heard
  }
  const mistakes = () => catalog.view().problems.map(({ path, message }) => `${path}: ${message}`)
  return { catalog, overlay, told, edit, mistakes, heard: () => wake.promise, changes: () => changes }
}

const failure = (step: () => unknown): GantryError => {
  try {
    step()
  } catch (thrown) {
    if (thrown instanceof GantryError) return thrown
    throw thrown
  }
  throw new Error('it did not fail')
}

const MODEL = {
  id: 'mine',
  title: 'Mine',
  provider: 'ollama',
  name: 'mine:1b',
  context: 1000,
  inputPrice: 0,
  outputPrice: 0,
}
const TEMPLATE = { id: 'lint', title: 'Lint', description: 'Looks for mistakes.', command: ['lint', '{task}'] }

describe('our own catalogue', () => {
  test('is right in itself, and is what the contract says', () => {
    const { catalog, told } = open()
    const view = catalog.view()
    expect(CatalogView.parse(view)).toEqual(view)
    expect(view.problems).toEqual([])
    expect(told).toEqual([])
    expect(view.templates.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['hello', 'command', 'assistant', 'claude-code', 'codex', 'gemini-cli', 'aider']),
    )
    expect(view.providers.map(({ kind }) => kind).toSorted()).toEqual([
      'anthropic',
      'demo',
      'ollama',
      'openai',
      'openai-compatible',
    ])
  })

  test('has something that works without any key', () => {
    const { catalog } = open()
    for (const id of ['hello', 'command', 'assistant']) expect(catalog.whyNot('template', id), id).toBeNull()
    expect(catalog.whyNot('model', catalog.template('assistant').model ?? '')).toBeNull()
  })

  test('gives every template limits that an agent can have, with the defaults where it gives none', () => {
    const { catalog } = open()
    for (const { limits } of catalog.view().templates) {
      expect(AgentLimits.parse(limits)).toMatchObject({ memoryMb: limits.memoryMb ?? 4096 })
    }
    expect(catalog.template('hello').limits).toEqual({ ttlSeconds: 600 })
    expect(AgentCreate.parse({ template: 'hello', limits: { cpus: 1 } }).limits).toEqual({ cpus: 1 })
  })

  test('that is damaged or missing stops the start', () => {
    const file = join(tempHome(), 'built-in.json')
    expect(failure(() => open({ file }))).toMatchObject({ code: 'E_INTERNAL' })
    writeFileSync(file, JSON.stringify({ models: [MODEL] }))
    expect(failure(() => open({ file })).message).toContain('$.models[0].provider: There is no provider "ollama".')
  })
})

describe('the user’s file', () => {
  test('replaces an entry in its place, hides one, and adds one', () => {
    const { catalog, mistakes } = open({
      text: {
        models: [{ ...catalogModel('gpt-5'), inputPrice: 7 }, { id: 'gpt-5-nano', remove: true }, MODEL],
      },
    })
    expect(mistakes()).toEqual([])
    expect(catalog.model('gpt-5').inputPrice).toBe(7)
    expect(catalog.model('mine')).toMatchObject({ name: 'mine:1b', fallbacks: [] })
    expect(() => catalog.model('gpt-5-nano')).toThrow('There is no model named "gpt-5-nano"')
    const ids = catalog.view().models.map(({ id }) => id)
    expect(ids.at(-1)).toBe('mine')
    expect(ids.indexOf('gpt-5')).toBe(
      open()
        .catalog.view()
        .models.findIndex(({ id }) => id === 'gpt-5'),
    )
  })

  test('that hides a provider hides its models, and takes them out of what remains', () => {
    const { catalog, mistakes } = open({
      text: {
        providers: [{ id: 'anthropic', remove: true }],
        models: [{ id: 'gpt-6.1-terra', remove: true }],
        tools: [{ id: 'gantry-agents', remove: true }],
      },
    })
    expect(mistakes()).toEqual([])
    expect(catalog.view().models.some(({ provider }) => provider === 'anthropic')).toBe(false)
    expect(catalog.template('claude-code').model).toBeUndefined()
    expect(catalog.model('gpt-6.1-sol').fallbacks).toEqual([])
    expect(catalog.template('assistant').tools).toEqual(['gantry-read'])
  })

  test('may hide what is not there: an older Gantry had it', () => {
    expect(open({ text: { models: [{ id: 'gpt-2', remove: true }] } }).mistakes()).toEqual([])
  })

  test('may name its own schema, for editors', () => {
    expect(open({ text: { $schema: 'x' } }).mistakes()).toEqual([])
  })

  test.each<[string, unknown, string]>([
    ['no JSON', '{"models": [', '$: This is not JSON'],
    ['no object', '[]', '$: This must be an object with the lists'],
    ['an unknown list', { modles: [] }, '$.modles: There are only the lists'],
    ['no list', { models: {} }, '$.models: This must be a list.'],
    ['no entry', { models: [7] }, '$.models[0]: Invalid input: expected object'],
    ['a wrong type', { models: [MODEL, { ...MODEL, id: 'b', context: '128k' }] }, '$.models[1].context: Invalid input'],
    ['a negative price', { models: [{ ...MODEL, inputPrice: -1 }] }, '$.models[0].inputPrice: Too small'],
    ['a missing field', { models: [{ ...MODEL, name: undefined }] }, '$.models[0].name: Invalid input'],
    ['a misspelt field', { models: [{ ...MODEL, inputprice: 1 }] }, '$.models[0].inputprice: There is no such field.'],
    ['a misspelt limit', { templates: [{ ...TEMPLATE, limits: { cpu: 1 } }] }, '$.templates[0].limits.cpu: There is'],
    ['an id twice', { models: [MODEL, MODEL] }, '$.models[1].id: "mine" is in this list already.'],
    [
      'a removal that says more',
      { models: [{ id: 'gpt-5', remove: true, title: 'x' }] },
      '$.models[0].title: There is no such field.',
    ],
    ['remove: false', { models: [{ id: 'gpt-5', remove: false }] }, '$.models[0].remove: Invalid input'],
    ['an odd key', { templates: [{ ...TEMPLATE, environment: { 'a b': 1 } }] }, '$.templates[0].environment["a b"]:'],
    [
      'an unknown provider',
      { models: [{ ...MODEL, provider: 'olama' }] },
      '$.models[0].provider: There is no provider "olama". Did you mean "ollama"?',
    ],
    [
      'an unknown fallback',
      { models: [{ ...MODEL, fallbacks: ['demo', 'gpt-55'] }] },
      '$.models[0].fallbacks[1]: There is no model "gpt-55". Did you mean "gpt-5"',
    ],
    [
      'itself as fallback',
      { models: [{ ...MODEL, fallbacks: ['mine'] }] },
      '$.models[0].fallbacks: These go round in a circle: mine → mine.',
    ],
    [
      'a circle through ours',
      { models: [{ ...MODEL, id: 'gpt-6.1-terra', fallbacks: ['gpt-6-astra'] }] },
      '$.models[0].fallbacks: These go round in a circle: gpt-6.1-terra → gpt-6-astra → gpt-6.1-sol → gpt-6.1-terra.',
    ],
    [
      'a model of a hidden provider',
      { providers: [{ id: 'ollama', remove: true }], models: [MODEL] },
      '$.models[0].provider: There is no provider "ollama".',
    ],
    [
      'an address that is none',
      { providers: [{ id: 'p', title: 'P', kind: 'openai', baseUrl: 'here' }] },
      '$.providers[0].baseUrl: Invalid URL',
    ],
    [
      'an address of a file',
      { providers: [{ id: 'p', title: 'P', kind: 'openai', baseUrl: 'file:///etc' }] },
      '$.providers[0].baseUrl: must begin with https://',
    ],
    [
      'a key in an address',
      { providers: [{ id: 'p', title: 'P', kind: 'openai', baseUrl: 'https://me:pw@a.example' }] },
      '$.providers[0].baseUrl: No name and no password',
    ],
    [
      'no address',
      { providers: [{ id: 'p', title: 'P', kind: 'openai-compatible' }] },
      '$.providers[0].baseUrl: A provider of this kind needs',
    ],
    [
      'a key as the name of a secret',
      { providers: [{ id: 'p', title: 'P', kind: 'openai', secret: 'my key!' }] },
      '$.providers[0].secret: must be the name of a secret',
    ],
    [
      'an unknown operation',
      { tools: [{ id: 't', title: 'T', description: '', operations: ['agent_list'] }] },
      '$.tools[0].operations[0]: No operation is named like that. Did you mean "agents_list"',
    ],
    [
      'an unknown tool',
      { templates: [{ ...TEMPLATE, tools: ['gantry-reed'] }] },
      '$.templates[0].tools[0]: There is no tool "gantry-reed". Did you mean "gantry-read"',
    ],
    ['an unknown model', { templates: [{ ...TEMPLATE, model: 'x' }] }, '$.templates[0].model: There is no model "x".'],
    [
      'nowhere to run',
      { templates: [{ ...TEMPLATE, runtimes: [] }] },
      '$.templates[0].runtimes: It has to run somewhere.',
    ],
    [
      'a recipe elsewhere',
      { templates: [{ ...TEMPLATE, recipe: '../../x' }] },
      '$.templates[0].recipe: must be the name of a file',
    ],
    [
      'an unknown placeholder',
      { templates: [{ ...TEMPLATE, command: ['a', '{lime}'] }] },
      '$.templates[0].command[1]: There is no parameter for {lime}',
    ],
    [
      'a task it does not take',
      { templates: [{ ...TEMPLATE, task: 'none' }] },
      '$.templates[0].command[1]: It takes no task',
    ],
    [
      'a parameter twice',
      {
        templates: [
          {
            ...TEMPLATE,
            parameters: [
              { name: 'a', title: '', type: 'text' },
              { name: 'a', title: '', type: 'text' },
            ],
          },
        ],
      },
      '$.templates[0].parameters[1].name: "a" is there already.',
    ],
    [
      'a parameter named task',
      { templates: [{ ...TEMPLATE, parameters: [{ name: 'task', title: '', type: 'text' }] }] },
      '$.templates[0].parameters[0].name: {task} has a meaning',
    ],
    [
      'a default of another type',
      { templates: [{ ...TEMPLATE, parameters: [{ name: 'a', title: '', type: 'number', default: 'x' }] }] },
      '$.templates[0].parameters[0].default: must be a number',
    ],
    [
      'a choice of nothing',
      { templates: [{ ...TEMPLATE, parameters: [{ name: 'a', title: '', type: 'choice' }] }] },
      '$.templates[0].parameters[0].choices: A choice needs',
    ],
    [
      'a secret for the box',
      { templates: [{ ...TEMPLATE, environment: { DB_PASSWORD: 'hunter2' } }] },
      '$.templates[0].environment["DB_PASSWORD"]: This looks like a secret',
    ],
  ])('with %s is told by its place, and does not apply', (_what, text, words) => {
    const { mistakes, catalog, told, overlay } = open({ text })
    expect(mistakes()).toHaveLength(1)
    expect(mistakes()[0]).toContain(words)
    expect(catalog.view().problems[0]?.file).toBe(overlay)
    expect(catalog.lists()).toEqual(open().catalog.lists())
    expect(told).toEqual([catalog.view().problems])
  })

  test('tells every mistake at once', () => {
    const { mistakes } = open({
      text: { models: [{ ...MODEL, context: 0 }, MODEL], providers: [{ id: '-' }], extra: 1 },
    })
    expect(mistakes().map((words) => words.split(':')[0])).toEqual([
      '$.extra',
      '$.providers[0].id',
      '$.providers[0].title',
      '$.providers[0].kind',
      '$.models[0].context',
    ])
  })

  test('is not waited for where it is a pipe', () => {
    const home = tempHome()
    execFileSync('mkfifo', [join(home, 'catalog.json')])
    const problems: string[] = []
    const catalog = openCatalog({
      file: BUILT_IN,
      overlay: join(home, 'catalog.json'),
      availability: { hasSecret: () => false },
      onChange: () => undefined,
      onProblem: (told) => problems.push(...told.map(({ message }) => message)),
    })
    onTestFinished(catalog.stop)
    expect(problems).toEqual(['This is not a file.'])
  })
})

/** One of ours as a file would have it. */
const catalogModel = (id: string) => open().catalog.model(id)

describe('an edit of the user’s file', () => {
  test('applies while Gantry runs, also where the editor replaces the file', async () => {
    const { catalog, edit, changes, told } = open()
    await edit({ models: [MODEL] })
    expect(catalog.model('mine').context).toBe(1000)
    await edit({ models: [{ ...MODEL, context: 2000 }] })
    expect(catalog.model('mine').context).toBe(2000)
    expect(changes()).toBe(2)
    expect(told).toEqual([])
  })

  test('with a mistake leaves the last good one in force, and is told again when it is mended', async () => {
    const { catalog, edit, told, changes } = open({ text: { models: [MODEL] } })
    await edit({ models: [{ ...MODEL, context: 'much' }] })
    expect(catalog.model('mine').context).toBe(1000)
    expect(told).toMatchObject([[{ path: '$.models[0].context' }]])
    await edit({ models: [MODEL] })
    expect(told).toHaveLength(2)
    expect(told[1]).toEqual([])
    expect(changes()).toBe(0)
  })

  test('that takes the file away brings ours back', async () => {
    const { catalog, overlay, heard } = open({ text: { models: [{ id: 'demo', remove: true }] } })
    expect(() => catalog.model('demo')).toThrow('There is no model')
    const next = heard()
    rmSync(overlay)
    await next
    expect(catalog.model('demo').provider).toBe('demo')
  })

  test('that puts a folder in its place is a mistake like any other', async () => {
    const { catalog, overlay, told, heard } = open({ text: { models: [MODEL] } })
    const next = heard()
    rmSync(overlay)
    mkdirSync(overlay)
    await next
    expect(told.at(-1)).toMatchObject([{ path: '$', message: 'This is not a file.' }])
    expect(catalog.model('mine').context).toBe(1000)
  })
})

describe('what can be used here', () => {
  test('is told with the reason, of providers, their models, and templates', () => {
    const { catalog } = open({
      availability: {
        hasSecret: (name) => name === 'anthropic',
        provider: ({ id }) => (id === 'ollama' ? 'Ollama does not answer at 127.0.0.1:11434.' : null),
        template: ({ id, image }) => (id === 'codex' ? `Build ${image} first.` : null),
      },
    })
    const view = catalog.view()
    const reasons = (items: readonly { id: string; available: boolean; reason: string | null }[]) =>
      Object.fromEntries(items.flatMap(({ id, available, reason }) => (available ? [] : [[id, reason]])))
    expect(reasons(view.providers)).toEqual({
      openai: 'No key yet: gantry secrets set openai',
      openrouter: 'No key yet: gantry secrets set openrouter',
      ollama: 'Ollama does not answer at 127.0.0.1:11434.',
    })
    expect(reasons(view.models)).toMatchObject({
      'gpt-5': 'No key yet: gantry secrets set openai',
      'qwen3:8b': 'Ollama does not answer at 127.0.0.1:11434.',
    })
    expect(Object.keys(reasons(view.models))).not.toContain('claude-sonnet-5-5')
    expect(reasons(view.templates)).toEqual({ codex: 'Build gantry/codex:1 first.' })
    expect(catalog.whyNot('template', 'codex')).toBe('Build gantry/codex:1 first.')
    expect(catalog.whyNot('provider', 'anthropic')).toBeNull()
  })

  test('follows the secrets without being opened again', () => {
    const secrets = new Set<string>()
    const { catalog } = open({ availability: { hasSecret: (name) => secrets.has(name) } })
    expect(catalog.whyNot('model', 'gpt-5')).not.toBeNull()
    secrets.add('openai')
    expect(catalog.whyNot('model', 'gpt-5')).toBeNull()
  })
})

test('what is not there is told with what may have been meant', () => {
  const { catalog } = open()
  expect(failure(() => catalog.template('helo'))).toMatchObject({
    code: 'E_NOT_FOUND',
    message: 'There is no template named "helo". Did you mean "hello"?',
  })
  expect(failure(() => catalog.template('helo')).hint).toContain('assistant')
  expect(failure(() => catalog.model('sonnet')).message).toContain('Did you mean "claude-sonnet-5-5"?')
  expect(failure(() => catalog.provider('OpenAi')).message).toContain('"openai"')
  expect(failure(() => catalog.tool('zzz')).message).toBe('There is no tool named "zzz".')
})

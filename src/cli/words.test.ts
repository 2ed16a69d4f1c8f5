import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { GantryError, contract, listOperations, operation } from '../contract/index.ts'
import { parseWords } from './arguments.ts'
import { complete, completionScript } from './completion.ts'
import { commandWords } from './fields.ts'
import { takeGlobals } from './globals.ts'
import { commandHelp, overview } from './help.ts'
import { formsOf } from '../renderer/features/reference/forms.ts'
import { renderError, renderItem, renderOutput } from './output.ts'

const operations = listOperations(contract)
const GROUPS = [...new Set(operations.map(({ path }) => path[0] ?? ''))]
const named = (name: string) => {
  const found = operations.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
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
// oxlint-disable-next-line no-control-regex
const plain = (text: string) => text.replaceAll(/\u001b\[\d+m/g, '')

const [sample, ...others] = listOperations({
  sample: {
    tryAll: operation(
      'Try all',
      { method: 'POST', path: '/sample', description: 'Takes one of each.' },
      {
        permission: 'system:read',
        effect: 'destructive',
        cli: { positional: ['first', 'second'] },
        secret: ['passWord'],
      },
    )
      .input(
        z.object({
          first: z.string(),
          second: z.int().optional(),
          howMany: z.int().default(3).describe('How many there are'),
          ratio: z.number().optional(),
          loud: z.boolean().default(false),
          color: z.enum(['red', 'green']).optional(),
          tags: z.array(z.string()).optional(),
          any: z.union([z.string(), z.array(z.string()), z.null()]).optional(),
          needed: z.string(),
          passWord: z.string().describe('Known to you alone'),
        }),
      )
      .output(z.object({ done: z.boolean() })),
  },
})
if (sample === undefined || others.length > 0) throw new Error('one operation was declared')

describe('the words of a command', () => {
  test.each<[string, string[], object]>([
    ['takes words by position', ['a', '7', '--needed', 'x'], { first: 'a', second: 7, needed: 'x' }],
    [
      'takes options with = and without',
      ['a', '--needed=x=y', '--how-many', '5'],
      { first: 'a', needed: 'x=y', howMany: 5 },
    ],
    ['takes options before positions', ['--needed', 'x', 'a'], { first: 'a', needed: 'x' }],
    ['takes switches on and off', ['a', '--needed', 'x', '--loud'], { first: 'a', needed: 'x', loud: true }],
    ['takes --no- for off', ['a', '--needed', 'x', '--no-loud'], { first: 'a', needed: 'x', loud: false }],
    ['takes a switch with a value', ['a', '--needed', 'x', '--loud=false'], { first: 'a', needed: 'x', loud: false }],
    [
      'collects what is repeated',
      ['a', '--needed', 'x', '--tags', 'b', '--tags=c'],
      { first: 'a', needed: 'x', tags: ['b', 'c'] },
    ],
    ['takes everything after -- as it is', ['--needed', 'x', '--', '--loud'], { first: '--loud', needed: 'x' }],
    ['takes a second -- as a word', ['--needed', 'x', '--', '--'], { first: '--', needed: 'x' }],
    [
      'takes numbers below zero and parts',
      ['a', '-3', '--needed', 'x', '--ratio', '-0.5'],
      { first: 'a', second: -3, needed: 'x', ratio: -0.5 },
    ],
    ['takes one of the choices', ['a', '--needed', 'x', '--color', 'red'], { first: 'a', needed: 'x', color: 'red' }],
    ['takes an empty text', ['', '--needed='], { first: '', needed: '' }],
    [
      'reads what may be several types as JSON',
      ['a', '--needed', 'x', '--any', 'null'],
      { first: 'a', needed: 'x', any: null },
    ],
    ['or as a word', ['a', '--needed', 'x', '--any', 'nul'], { first: 'a', needed: 'x', any: 'nul' }],
  ])('%s', (_what, words, input) => {
    expect(parseWords(sample, words).input).toEqual(input)
  })

  test.each<[string, string[], string]>([
    ['a word too many', ['a', '1', 'b', '--needed', 'x'], '"b" is one word too many'],
    ['an option that is none', ['a', '--nothing'], 'There is no option --nothing'],
    ['a no- option that is none', ['a', '--no-needed'], 'There is no option --no-needed'],
    ['an option without its value', ['a', '--needed'], '--needed needs a value'],
    ['an option given twice', ['a', '--needed', 'x', '--needed', 'y'], '--needed was given twice'],
    ['no number', ['a', '--how-many', 'many'], '--how-many takes a number, not "many"'],
    ['an empty number', ['a', '--how-many='], '--how-many takes a number, not ""'],
    ['no switch', ['a', '--loud=maybe'], '--loud is true or false, not "maybe"'],
    ['none of the choices', ['a', '--color', 'blue'], '--color is one of red, green; not "blue"'],
    ['nothing where something is needed', [], 'Missing: first, --needed'],
    ['a bare --', ['--'], 'Missing: first, --needed'],
    ['an option without a name', ['--=x'], 'There is no option --'],
    ['a switch that is off and on', ['a', '--needed', 'x', '--no-loud=true'], '--no-loud takes no value'],
  ])('with %s are refused in words', (_what, words, message) => {
    const error = failure(() => parseWords(sample, words))
    expect(error).toMatchObject({ code: 'E_SCHEMA', hint: 'See `gantry sample try-all --help`.' })
    expect(error.message).toContain(message)
  })
})

/** As a shell splits a line, which here has words and single quotes only. */
const shellWords = (line: string) =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')

test.each(operations)('of $name are understood as the reference shows them', (candidate) => {
  const [gantry, ...words] = shellWords(formsOf(candidate, 'http://127.0.0.1:9090').cli)
  expect([gantry, ...words.slice(0, candidate.path.length)]).toEqual(['gantry', ...commandWords(candidate)])
  const { input } = parseWords(candidate, words.slice(candidate.path.length))
  const secrets = Object.fromEntries((candidate.meta.secret ?? []).map((name) => [name, 'x']))
  expect(candidate.input.safeParse({ ...input, ...secrets }).error?.issues ?? []).toEqual([])
})

test('a secret is refused among the words of a command, where others can read it', () => {
  for (const words of [['--pass-word', 'gky_1'], ['--pass-word=gky_1']]) {
    const error = failure(() => parseWords(sample, ['a', '--needed', 'x', ...words]))
    expect(error).toMatchObject({ code: 'E_SCHEMA', hint: expect.stringContaining('pipe it in') })
    expect(error.message).not.toContain('gky_1')
  }
})

describe('the options of every command', () => {
  test('are taken from anywhere before a --', () => {
    const { globals, rest } = takeGlobals([
      '--json',
      'audit',
      '--home',
      '/h',
      'list',
      '-y',
      '--idle-seconds=2',
      '--',
      '--json',
    ])
    expect(globals).toEqual({
      home: '/h',
      json: true,
      yes: true,
      help: false,
      version: false,
      attached: false,
      idleSeconds: 2,
    })
    expect(rest).toEqual(['audit', 'list', '--', '--json'])
  })

  test.each([
    [['--home']],
    [['--home=']],
    [['--home', '--json']],
    [['--idle-seconds', '0']],
    [['--idle-seconds', 'x']],
  ])('%j is refused', (words) => {
    expect(failure(() => takeGlobals(words))).toMatchObject({ code: 'E_SCHEMA', hint: expect.any(String) })
  })
})

describe('help', () => {
  test('lists every operation and host command', () => {
    const text = overview(operations)
    for (const candidate of operations) expect(text).toContain(`${commandWords(candidate).join(' ')} `)
    for (const word of ['serve', 'mcp', 'completion', '--home', '--json', '--yes']) expect(text).toContain(word)
  })

  test('of a group lists the group', () => {
    const text = overview(operations, ['access', 'keys'])
    expect(text).toContain('access keys create')
    expect(text).not.toContain('audit list')
  })

  test.each(operations)('of $name says what it does and takes', (candidate) => {
    const text = commandHelp(candidate)
    expect(text).toContain(`gantry ${commandWords(candidate).join(' ')}`)
    expect(text).toContain(candidate.description)
    for (const field of Object.keys(candidate.input.shape)) {
      expect(text.toLowerCase()).toContain(field.toLowerCase().slice(0, 4))
    }
  })

  test('is there for an operation that was only just declared', () => {
    expect(commandHelp(sample)).toBe(
      [
        'gantry sample try-all <first> <second> [options]',
        'Try all\nTakes one of each.',
        [
          'Input',
          '  <first>',
          '  <second>',
          '  --how-many <integer>  How many there are (default 3)',
          '  --ratio <number>',
          '  --[no-]loud           (default false)',
          '  --color <red|green>',
          '  --tags <string>       (may be repeated)',
          '  --any <value>         (a list as JSON: \'["a","b"]\')',
          '  --needed <string>     (required)',
          '  passWord              Known to you alone (secret: piped in, or asked for)',
        ].join('\n'),
        [
          'Options',
          '  --home <folder>  The data folder (else GANTRY_HOME, else the platform’s place for data)',
          '  --json           Print JSON for programs; streams print a line of JSON an item',
          '  --yes            Do not ask before something is lost',
        ].join('\n'),
      ].join('\n\n'),
    )
    expect(overview([...operations, sample])).toContain('sample try-all')
    expect(complete([...operations, sample], ['sample', 'try-all'])).not.toContain('--pass-word')
    expect(complete([...operations, sample], ['sample'])).toEqual(['try-all'])
  })
})

describe('completion', () => {
  test.each<[string[], string[]]>([
    [[], ['serve', 'mcp', 'completion', 'help', ...GROUPS]],
    [
      ['access', 'keys'],
      ['create', 'list', 'revoke'],
    ],
    [['nothing'], []],
    [['completion'], ['bash', 'zsh', 'fish']],
    [['help'], GROUPS],
    [
      ['help', 'access', 'keys'],
      ['create', 'list', 'revoke'],
    ],
    [
      ['access', 'keys', 'create', 'x', '--role'],
      ['admin', 'operator', 'viewer', 'client'],
    ],
    [
      ['access', 'keys', 'create'],
      ['--role', '--expires-in-days', '--json', '--help'],
    ],
  ])('after %j offers what may come', (words, candidates) => {
    expect(complete(operations, words)).toEqual(candidates)
  })

  test('offers a group inside a group once, beside the verbs', () => {
    const next = complete(operations, ['access'])
    expect(next.filter((word) => word === 'keys')).toHaveLength(1)
    expect(next).toContain('whoami')
  })

  test('offers the keys of settings by position', () => {
    expect(complete(operations, ['settings', 'set'])).toContain('http.port')
    expect(complete(operations, ['settings', 'set', 'http.port'])).not.toContain('http.port')
  })

  test('is there for three shells, and says so for others', () => {
    for (const shell of ['bash', 'zsh', 'fish']) expect(completionScript(shell)).toContain('gantry __complete')
    for (const shell of ['tcsh', undefined])
      expect(failure(() => completionScript(shell))).toMatchObject({
        code: 'E_SCHEMA',
        message: expect.stringContaining('bash, zsh, fish'),
      })
  })
})

describe('answers for people', () => {
  const show = (name: string, output: unknown) => plain(renderOutput(named(name), output))

  test('are a table where there are items', () => {
    const items = [
      { name: 'a', status: 'ok', detail: 'short' },
      { name: 'longer', status: 'failed', detail: null },
    ]
    expect(show('system.health', { status: 'failed', checks: items })).toBe(
      ['status  failed', '', 'name    status  detail', 'a       ok      short', 'longer  failed  –'].join('\n'),
    )
    expect(show('access.keys.list', { items: [] })).toBe('None yet.')
  })

  test('show records inside under their names, not as JSON', () => {
    expect(show('access.keys.create', { key: { id: '1', name: 'cron' }, secret: 'gky_…' })).toBe(
      ['secret  gky_…', '', 'key', '  id    1', '  name  cron'].join('\n'),
    )
  })

  test('are the thing itself where it is no record', () => {
    expect(show('system.info', 'text')).toBe('text')
  })

  test('cannot be made to look like other rows, or to speak to the terminal', () => {
    const name = 'cron\nadmin  \u001b[2Jcleared\u0007'
    const text = renderOutput(named('access.keys.list'), { items: [{ id: '1', name }] })
    expect(text.split('\n')).toHaveLength(2)
    expect(plain(text)).not.toMatch(/[^\P{Cc}\n]/u)
  })

  test('show what turns or hides the text after it as a mark, also inside JSON and in errors', () => {
    const name = 'cron\u202E\u200B\u009B2J\u2028admin'
    const shown = [
      renderOutput(named('access.keys.list'), { items: [{ id: '1', name: [name] }] }),
      renderOutput(named('access.keys.create'), { key: { name } }),
      renderItem({ at: 'now', type: name, keys: [name] }),
      renderError({ code: 'E_CONFLICT', message: `There is a key "${name}".`, hint: name }),
    ]
    for (const text of shown) {
      expect(text).toContain('cron')
      expect(plain(text)).not.toMatch(/[\p{Cf}\p{Zl}]|[^\P{Cc}\n]/u)
    }
  })

  test('of a stream are one line an item', () => {
    expect(plain(renderItem({ id: 1, at: 'now', type: 'settings.changed', keys: ['a'] }))).toBe(
      'now  settings.changed  id=1  keys=["a"]',
    )
    expect(renderItem('text')).toBe('text')
  })

  test('of an error are the message and the hint', () => {
    expect(plain(renderError({ code: 'E_AUTH', message: 'No.', hint: 'Try this.' }))).toBe('✗ No.\n  Try this.')
    expect(plain(renderError({ code: 'E_AUTH', message: 'No.' }))).toBe('✗ No.')
  })
})

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { GantryError, listOperations, operation, textForm } from '../contract/index.ts'
import { parseWords, withAbsolutePaths } from './arguments.ts'
import { complete } from './completion.ts'
import { checkFollow, streamOf, takeFollow } from './follow.ts'
import { commandHelp } from './help.ts'

const Page = z.object({ items: z.array(z.string()) })
const about = (path: `/${string}`) => ({ method: 'POST' as const, path, description: 'Made up for this test.' })

const operations = listOperations({
  boxes: {
    make: operation('Make a box', about('/boxes'), {
      permission: 'system:read',
      effect: 'write',
      cli: { positional: ['template', 'task'], paths: ['workspace.path', 'nothing.here'] },
    })
      .input(
        z.object({
          template: z.string(),
          task: z.string().max(10_000).default('').describe('What it is to do'),
          labels: z.record(z.string(), z.string()).default({}),
          parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
          counts: z.record(z.string(), z.int()).optional(),
          limits: z
            .object({ memoryMb: z.int().default(512), wallSeconds: z.int().optional().describe('At work') })
            .default({ memoryMb: 512 }),
          network: z
            .object({
              mode: z.enum(['none', 'egress']).default('none'),
              allow: z.array(z.string()).default([]),
              record: z.boolean().default(false),
            })
            .prefault({})
            .describe('The way out'),
          workspace: z
            .discriminatedUnion('kind', [
              z.object({ kind: z.literal('none') }),
              z.object({ kind: z.literal('copy'), path: z.string().describe('A folder') }),
              z.object({ kind: z.literal('git'), path: z.string(), ref: z.string().optional() }),
            ])
            .default({ kind: 'none' }),
          steps: z.array(z.object({ run: z.string() })).optional(),
          ports: z.array(z.int()).optional(),
        }),
      )
      .output(z.object({ id: z.string() })),

    wait: operation('Wait for boxes', about('/boxes/wait'), {
      permission: 'system:read',
      effect: 'read',
      cli: { positional: ['ids'] },
    })
      .input(
        z.object({
          ids: z.array(z.string()).min(1),
          seconds: z.number().default(60),
          states: z.array(z.enum(['on', 'off'])).optional(),
        }),
      )
      .output(Page),

    read: operation('Read a box', about('/boxes/read'), {
      permission: 'system:read',
      effect: 'read',
      cli: { positional: ['id'], follow: 'boxes.stream' },
      text: textForm(Page, null, ({ items }) => items.join('')),
    })
      .input(z.object({ id: z.string(), tail: z.int().optional(), grep: z.string().optional() }))
      .output(Page),

    stream: operation('Follow a box', about('/boxes/stream'), {
      permission: 'system:read',
      effect: 'read',
      cli: { positional: ['id'] },
    })
      .input(z.object({ id: z.string(), tail: z.int().optional() }))
      .output(Page),

    unlock: operation('Unlock a box', about('/boxes/unlock'), {
      permission: 'system:read',
      effect: 'write',
      secret: ['code'],
    })
      .input(z.object({ note: z.string().optional(), code: z.string() }))
      .output(Page),
  },
})
const named = (name: string) => {
  const found = operations.find((candidate) => candidate.name === `boxes.${name}`)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}
const inputOf = (name: string, ...words: string[]) => parseWords(named(name), words).input
const refusal = (step: () => unknown): GantryError => {
  try {
    step()
  } catch (thrown) {
    if (thrown instanceof GantryError) return thrown
    throw thrown
  }
  throw new Error('it did not fail')
}

describe('the words of a command', () => {
  test.each<[string, string[], object]>([
    [
      'go into objects',
      ['--limits.memory-mb', '64', '--limits.wall-seconds=5'],
      { limits: { memoryMb: 64, wallSeconds: 5 } },
    ],
    [
      'go into lists and switches of objects',
      ['--network.mode', 'egress', '--network.allow', 'a.com', '--network.allow=b.com', '--network.record'],
      { network: { mode: 'egress', allow: ['a.com', 'b.com'], record: true } },
    ],
    ['switch off inside objects', ['--no-network.record'], { network: { record: false } }],
    ['give an object as JSON', ['--limits', '{"memoryMb":64}'], { limits: { memoryMb: 64 } }],
    ['give records name by name', ['--labels', 'team=docs', '--labels=a=b=c'], { labels: { team: 'docs', a: 'b=c' } }],
    ['give an empty value', ['--labels', 'team='], { labels: { team: '' } }],
    ['give a record as JSON', ['--labels', '{"team":"docs"}', '--labels', 'x=y'], { labels: { team: 'docs', x: 'y' } }],
    [
      'give values the type that they read as, where that loses nothing',
      [
        'steps=3',
        'line=echo hi',
        'on=true',
        'version=1.10',
        'quoted="3"',
        'json={"a":1}',
        'long=12345678901234567890',
      ].flatMap((pair) => ['--parameters', pair]),
      {
        parameters: {
          steps: 3,
          line: 'echo hi',
          on: true,
          version: '1.10',
          quoted: '3',
          json: '{"a":1}',
          long: '12345678901234567890',
        },
      },
    ],
    ['give numbers where only numbers go', ['--counts', 'a=1.0'], { counts: { a: 1 } }],
    [
      'choose a form',
      ['--workspace.kind', 'copy', '--workspace.path', '.'],
      { workspace: { kind: 'copy', path: '.' } },
    ],
    ['give a form as JSON', ['--workspace', '{"kind":"none"}'], { workspace: { kind: 'none' } }],
    [
      'give objects of a list as JSON',
      ['--steps', '{"run":"a"}', '--steps', '{"run":"b"}'],
      { steps: [{ run: 'a' }, { run: 'b' }] },
    ],
    ['give numbers of a list', ['--ports', '1', '--ports', '2'], { ports: [1, 2] }],
    [
      'are not taken for names that all objects have',
      ['--labels', '__proto__=x'],
      { labels: JSON.parse('{"__proto__":"x"}') },
    ],
  ])('%s', (_what, words, input) => {
    expect(inputOf('make', 'hello', ...words)).toEqual({ template: 'hello', ...input })
  })

  test('that are left go into a list', () => {
    expect(inputOf('wait', 'a', 'b', '--seconds', '5', 'c', '--', '--d')).toEqual({
      ids: ['a', 'b', 'c', '--d'],
      seconds: 5,
    })
  })

  test.each<[string, string[], string, string]>([
    [
      'a field that an object does not have',
      ['--limits.memory', '1'],
      'There is no option --limits.memory.',
      '--limits.memory-mb, --limits.wall-seconds',
    ],
    [
      'a field of no object',
      ['--limit.memory', '1'],
      'There is no option --limit.memory.',
      'See `gantry boxes make --help`',
    ],
    [
      'a record taken for an object',
      ['--labels.team', 'docs'],
      'There is no option --labels.team.',
      '--labels takes name=value',
    ],
    ['an object in words', ['--limits', 'much'], '--limits takes an object as JSON', 'See `'],
    ['a list for an object', ['--limits', '[1]'], '--limits takes an object as JSON', 'See `'],
    ['a record without a name', ['--labels', 'docs'], '--labels takes name=value, not "docs".', 'See `'],
    ['a record with an empty name', ['--labels', '=docs'], '--labels takes name=value, not "=docs".', 'See `'],
    ['no number in a record', ['--counts', 'a=many'], '--counts takes a number, not "many".', 'See `'],
    [
      'no number in an object',
      ['--limits.memory-mb', 'much'],
      '--limits.memory-mb takes a number, not "much".',
      'See `',
    ],
    [
      'none of the forms',
      ['--workspace.kind', 'zip'],
      '--workspace.kind is one of none, copy, git; not "zip".',
      'See `',
    ],
    ['a name given twice', ['--labels', 'a=1', '--labels', 'a=2'], '--labels was given twice for "a".', 'See `'],
    [
      'a field of an object given twice',
      ['--limits.memory-mb', '1', '--limits.memory-mb', '2'],
      '--limits.memory-mb was given twice.',
      'See `',
    ],
    [
      'an object as a whole and in parts',
      ['--limits', '{}', '--limits.memory-mb', '2'],
      '--limits was given as a whole and in parts.',
      'See `',
    ],
    [
      'an object in parts and as a whole',
      ['--limits.memory-mb', '2', '--limits', '{}'],
      '--limits was given as a whole and in parts.',
      'See `',
    ],
  ])('with %s are refused in words', (_what, words, message, hint) => {
    const error = refusal(() => inputOf('make', 'hello', ...words))
    expect(error.code).toBe('E_SCHEMA')
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
  })

  test('say with - which text is read from stdin', () => {
    expect(parseWords(named('make'), ['hello', '-']).piped?.path).toEqual(['task'])
    expect(parseWords(named('make'), ['hello', '--workspace.path', '-']).piped?.path).toEqual(['workspace', 'path'])
    expect(parseWords(named('make'), ['hello', '--', '-'])).toEqual({
      input: { template: 'hello', task: '-' },
      piped: undefined,
    })
    expect(parseWords(named('wait'), ['-'])).toEqual({ input: { ids: ['-'] }, piped: undefined })
    expect(refusal(() => inputOf('make', '-', '-')).message).toContain('Only one thing')
    expect(refusal(() => inputOf('unlock', '--note', '-')).message).toContain('Stdin is for the secret')
  })
})

test('a relative path is meant from where the caller stands', () => {
  const absolute = (path: string) =>
    withAbsolutePaths(named('make'), inputOf('make', 'x', '--workspace.path', path), '/places/here')
  expect(absolute('.')).toMatchObject({ workspace: { path: '/places/here' } })
  expect(absolute('../there')).toMatchObject({ workspace: { path: '/places/there' } })
  expect(absolute('/else')).toMatchObject({ workspace: { path: '/else' } })
  expect(withAbsolutePaths(named('make'), { template: 'x' }, '/places/here')).toEqual({ template: 'x' })
})

describe('--follow', () => {
  test('is taken from anywhere before a --', () => {
    expect(takeFollow(['a', '-f', '--tail', '3'])).toEqual({ follow: true, rest: ['a', '--tail', '3'] })
    expect(takeFollow(['a', '--follow'])).toEqual({ follow: true, rest: ['a'] })
    expect(takeFollow(['a', '--', '-f'])).toEqual({ follow: false, rest: ['a', '--', '-f'] })
  })

  test('leads to the stream that the operation names, and nowhere for others', () => {
    expect(streamOf(named('read'), operations)?.name).toBe('boxes.stream')
    expect(streamOf(named('wait'), operations)).toBeUndefined()
  })

  test('does not go with what the stream does not take', () => {
    checkFollow(named('read'), named('stream'), { id: 'a', tail: 3 })
    expect(refusal(() => checkFollow(named('read'), named('stream'), { id: 'a', grep: 'x' })).message).toBe(
      '--grep does not go with --follow.',
    )
  })
})

describe('help', () => {
  test('lists what is inside objects, records and forms', () => {
    const text = commandHelp(named('make'))
    const lines = text.slice(text.indexOf('Input'), text.indexOf('\n\nOptions')).split('\n')
    expect(lines.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))).toEqual([
      'Input',
      '<template>',
      '<task> | What it is to do (- reads it from stdin)',
      '--labels <name=string> | (may be repeated)',
      '--parameters <name=value> | (may be repeated)',
      '--counts <name=integer> | (may be repeated)',
      '--limits <json> | (or its fields:)',
      '--limits.memory-mb <integer> | (default 512)',
      '--limits.wall-seconds <integer> | At work',
      '--network <json> | The way out (or its fields:)',
      '--network.mode <none|egress> | (default "none")',
      '--network.allow <string> | (may be repeated)',
      '--[no-]network.record | (default false)',
      '--workspace <json> | (or its fields:)',
      '--workspace.kind <none|copy|git> | (default "none")',
      '--workspace.path <string> | A folder (with copy, git)',
      '--workspace.ref <string> | (with git)',
      '--steps <json> | (may be repeated)',
      '--ports <integer> | (may be repeated)',
    ])
  })

  test('says which stream --follow leads to, and that a list takes many words', () => {
    expect(commandHelp(named('read'), named('stream'))).toMatch(
      /--follow, -f +Go on with what comes; goes with --tail\n/,
    )
    expect(commandHelp(named('wait'))).toContain('gantry boxes wait <ids>… [options]')
    expect(commandHelp(named('wait'))).toContain('--states <on|off>')
  })
})

test.each<[string[], string[]]>([
  [
    ['boxes', 'make', 'x'],
    ['--limits', '--limits.memory-mb', '--network.mode', '--workspace.kind', '--labels'],
  ],
  [
    ['boxes', 'make', 'x', '--network.mode'],
    ['none', 'egress'],
  ],
  [
    ['boxes', 'make', 'x', '--workspace.kind'],
    ['none', 'copy', 'git'],
  ],
  [
    ['boxes', 'wait', 'a', '--states'],
    ['on', 'off'],
  ],
  [
    ['boxes', 'read', 'a'],
    ['--follow', '--tail'],
  ],
])('completion after %j offers %j', (words, candidates) => {
  expect(complete(operations, words)).toEqual(expect.arrayContaining(candidates))
})

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GantryError, SETTINGS, SETTING_KEYS, type SettingKey, envName } from '../../contract/index.ts'
import { tempHome } from '../testing/index.ts'
import { openSettings } from './index.ts'

const open = ({ text, env = {} }: { text?: string; env?: Record<string, string> } = {}) => {
  const file = join(tempHome(), 'settings.json')
  if (text !== undefined) writeFileSync(file, text)
  const changes: SettingKey[][] = []
  const problems: (string | null)[] = []
  let wake = Promise.withResolvers<void>()
  const told = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  const settings = openSettings({
    file,
    env,
    onChange: (keys) => {
      changes.push(keys)
      told()
    },
    onProblem: (message) => {
      problems.push(message)
      told()
    },
  })
  onTestFinished(settings.stop)
  /** What an editor does: writes a new file and puts it in the place of the old one. */
  const edit = (next: string) => {
    const heard = wake.promise
    writeFileSync(`${file}.new`, next)
    renameSync(`${file}.new`, file)
    return heard
  }
  return { settings, file, changes, problems, edit, saved: () => JSON.parse(readFileSync(file, 'utf8')) as unknown }
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

const itemOf = (settings: ReturnType<typeof open>['settings'], key: SettingKey) =>
  settings.view().items.find((item) => item.key === key)

describe('values', () => {
  test('are the defaults where nothing says otherwise, and no file is written for them', () => {
    const { settings, file } = open()
    for (const key of SETTING_KEYS) expect(settings.get(key)).toEqual(SETTINGS[key].default)
    expect(settings.view()).toMatchObject({ file, problem: null })
    expect(settings.view().items.map(({ source }) => source)).toEqual(SETTING_KEYS.map(() => 'default'))
    expect(() => readFileSync(file)).toThrow('ENOENT')
  })

  test('every default is valid and is described by a JSON schema', () => {
    for (const item of open().settings.view().items) {
      expect(SETTINGS[item.key].schema.safeParse(item.default).success).toBe(true)
      expect(item.schema).not.toEqual({})
      expect(item.title.length * item.help.length).toBeGreaterThan(0)
    }
  })

  test('come from the file', () => {
    const { settings } = open({ text: '{"http.port": 9191}' })
    expect(itemOf(settings, 'http.port')).toMatchObject({ value: 9191, default: 9090, source: 'file' })
  })
})

describe('the environment', () => {
  test.each<[SettingKey, string, unknown]>([
    ['http.port', '9191', 9191],
    ['http.enabled', 'false', false],
    ['log.level', 'debug', 'debug'],
    ['http.host', '::1', '::1'],
    ['http.allowedOrigins', 'http://a:1, http://b:2', ['http://a:1', 'http://b:2']],
    ['http.allowedOrigins', '["http://a:1"]', ['http://a:1']],
    ['http.allowedOrigins', '[]', []],
  ])('overrides %s by %s', (key, text, value) => {
    const { settings } = open({ text: '{"http.port": 1}', env: { [envName(key)]: text } })
    expect(itemOf(settings, key)).toMatchObject({ value, source: 'environment', env: envName(key) })
  })

  test('spells names with more than one word', () => {
    expect(envName('http.allowedOrigins')).toBe('GANTRY_HTTP_ALLOWED_ORIGINS')
  })

  test.each([
    ['GANTRY_HTTP_PORT', 'ninety'],
    ['GANTRY_HTTP_PORT', '70000'],
    ['GANTRY_HTTP_ENABLED', 'maybe'],
    ['GANTRY_HTTP_HOST', '0.0.0.0'],
    ['GANTRY_HTTP_ALLOWED_ORIGINS', 'not an origin'],
  ])('with %s=%s stops the start and says what is wrong', (name, text) => {
    const error = failure(() => open({ env: { [name]: text } }))
    expect(error).toMatchObject({ code: 'E_SCHEMA' })
    expect(error.message).toContain(`${name}=${text}`)
    expect(error.hint).not.toBe('')
  })

  test('counts as absent where it is empty', () => {
    expect(open({ env: { GANTRY_HTTP_PORT: '' } }).settings.get('http.port')).toBe(9090)
  })
})

describe('set', () => {
  test('applies at once, tells what changed, and keeps it in an owner-only file', () => {
    const { settings, saved, changes } = open()
    const view = settings.set('http.port', 9191)
    expect(view.items.find(({ key }) => key === 'http.port')).toMatchObject({ value: 9191, source: 'file' })
    expect(saved()).toEqual({ 'http.port': 9191 })
    expect(changes).toEqual([['http.port']])
  })

  test('takes a list also as people write one of two', () => {
    const { settings } = open()
    settings.set('http.allowedOrigins', 'http://a:1, http://b:2')
    expect(settings.get('http.allowedOrigins')).toEqual(['http://a:1', 'http://b:2'])
    expect(() => settings.set('http.allowedOrigins', 'nonsense')).toThrow('cannot be the value')
  })

  test('goes back to the default with null', () => {
    const { settings, saved } = open({ text: '{"http.port": 9191, "log.level": "debug"}' })
    settings.set('http.port', null)
    expect(settings.get('http.port')).toBe(9090)
    expect(saved()).toEqual({ 'log.level': 'debug' })
  })

  test.each<[SettingKey, unknown]>([
    ['http.port', 0],
    ['http.port', '9191'],
    ['http.host', '0.0.0.0'],
    ['http.allowedOrigins', ['ftp://a']],
    ['http.enabled', 'yes'],
  ])('refuses %s = %j, says why, and changes nothing', (key, value) => {
    const { settings, file, changes } = open()
    const error = failure(() => settings.set(key, value))
    expect(error).toMatchObject({ code: 'E_SCHEMA' })
    expect(error.message).toContain(key)
    expect(error.hint).not.toBe('')
    expect(settings.get(key)).toEqual(SETTINGS[key].default)
    expect(changes).toEqual([])
    expect(() => readFileSync(file)).toThrow('ENOENT')
  })

  test('refuses what the environment overrides, and says by which variable', () => {
    const { settings } = open({ env: { GANTRY_HTTP_PORT: '9191' } })
    const error = failure(() => settings.set('http.port', 9292))
    expect(error).toMatchObject({ code: 'E_CONFLICT' })
    expect(error.hint).toContain('GANTRY_HTTP_PORT')
  })

  test('keeps keys that this Gantry does not know', () => {
    const { settings, saved } = open({ text: '{"from.the.future": {"a": 1}, "http.port": 9191}' })
    settings.set('log.level', 'warn')
    expect(saved()).toEqual({ 'from.the.future': { a: 1 }, 'http.port': 9191, 'log.level': 'warn' })
  })

  test('says of them that they have no effect, though they are no mistake', async () => {
    const { settings, problems, file, edit } = open({ text: '{"http.prot": 9191, "from.the.future": 1}' })
    const remark = `${file}: there is no setting "http.prot", "from.the.future"; what stands there has no effect.`
    expect(problems).toEqual([remark])
    expect(settings.view()).toMatchObject({ problem: remark, usable: true })
    expect(settings.problem()).toBeNull()
    settings.set('log.level', 'warn')
    expect(settings.view().problem).toBe(remark)
    await edit('{"http.port": 9191}')
    expect(problems).toEqual([remark, null])
  })

  test('keeps an edit of the file that nobody has told of yet', () => {
    const { settings, file, saved } = open({ text: '{}' })
    writeFileSync(file, '{"log.level": "debug"}')
    settings.set('http.port', 9191)
    expect(saved()).toEqual({ 'log.level': 'debug', 'http.port': 9191 })
    expect(settings.get('log.level')).toBe('debug')
  })

  test('does not write over a file with a mistake in it', () => {
    const text = '{"http.port": 9191,}'
    const { settings, file } = open({ text })
    const error = failure(() => settings.set('log.level', 'warn'))
    expect(error).toMatchObject({ code: 'E_CONFLICT' })
    expect(error.hint).toContain(file)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })
})

describe('an edit of the file', () => {
  test('applies while Gantry runs', async () => {
    const { settings, edit, changes } = open({ text: '{"http.port": 9191}' })
    await edit('{"http.port": 9292}')
    expect(settings.get('http.port')).toBe(9292)
    expect(changes).toEqual([['http.port']])
  })

  test.each([
    ['no JSON', '{"http.port": 9292,}', 'is not JSON'],
    ['a wrong value', '{"http.port": "x", "log.level": "debug"}', 'http.port:'],
    ['no object', '[1]', 'must hold a JSON object'],
  ])('with %s keeps the last good values and says where it is wrong', async (_what, text, words) => {
    const { settings, edit, problems, file, changes } = open({ text: '{"http.port": 9191}' })
    await edit(text)
    expect(settings.get('http.port')).toBe(9191)
    expect(settings.get('log.level')).toBe('info')
    expect(changes).toEqual([])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(words)
    expect(problems[0]).toContain(file)
    expect(settings.view()).toMatchObject({ problem: problems[0], usable: false })

    await edit('{"http.port": 9393}')
    expect(settings.problem()).toBeNull()
    expect(settings.get('http.port')).toBe(9393)
  })

  test('that is taken back is told of, though no value changed', async () => {
    const { edit, problems, changes } = open({ text: '{"http.port": 9191}' })
    await edit('{')
    await edit('{"http.port": 9191}')
    expect(problems).toEqual([expect.stringContaining('is not JSON'), null])
    expect(changes).toEqual([])
  })

  test('that puts a folder in its place is a mistake like any other', async () => {
    const { settings, file, problems, edit } = open({ text: '{"http.port": 9191}' })
    rmSync(file)
    mkdirSync(file)
    expect(failure(() => settings.set('log.level', 'warn'))).toMatchObject({ code: 'E_CONFLICT' })
    expect(problems[0]).toContain('cannot be read')
    expect(settings.get('http.port')).toBe(9191)
    rmSync(file, { recursive: true })
    await edit('{}')
    expect(settings.get('http.port')).toBe(9090)
  })
})

test('a file that was wrong from the start is told of at the start', () => {
  const { settings, problems } = open({ text: 'nonsense' })
  expect(problems).toEqual([settings.problem()])
  expect(settings.get('http.port')).toBe(9090)
})

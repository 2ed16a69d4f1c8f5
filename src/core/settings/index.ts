/**
 * Owns the settings file and the GANTRY_* overrides.
 * Promises valid values at any time: a bad edit keeps the last good ones and says where it is wrong.
 * Never drops what it does not know from the file: a newer Gantry may have written it.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import {
  GantryError,
  SETTINGS,
  SETTING_KEYS,
  type SettingKey,
  type SettingValue,
  type SettingValues,
  type SettingsView,
  envName,
} from '../../contract/index.ts'
import { replaceFile, watchFile } from '../files/index.ts'
import { type ParsedFile, parseOverride, parseSettingsFile, asList } from './parse.ts'

export interface SettingsOptions {
  file: string
  env: Record<string, string | undefined>
  /** Called after values changed, with the keys that did. */
  onChange: (keys: SettingKey[]) => void
  /** Called with what is to be said of the file, and with null when there is nothing any more. */
  onProblem: (message: string | null) => void
}

export interface Settings {
  get: <K extends SettingKey>(key: K) => SettingValue<K>
  set: (key: SettingKey, value: unknown) => SettingsView
  view: () => SettingsView
  /** What is wrong with the file, if anything; keys that nobody knows are not. */
  problem: () => string | null
  stop: () => void
}

const NO_FILE = {}

export const openSettings = ({ file, env, onChange, onProblem }: SettingsOptions): Settings => {
  const overrides = readOverrides(env)
  let raw: Record<string, unknown> = NO_FILE
  let inFile: Partial<SettingValues> = {}
  let mistake: string | null = null
  let remark: string | null = null

  const valueOf = <K extends SettingKey>(key: K): SettingValue<K> =>
    (overrides[key] ?? inFile[key] ?? SETTINGS[key].default) as SettingValue<K>

  const snapshot = () => new Map(SETTING_KEYS.map((key) => [key, JSON.stringify(valueOf(key))]))

  const announce = (before: Map<SettingKey, string>) => {
    const changed = SETTING_KEYS.filter((key) => before.get(key) !== JSON.stringify(valueOf(key)))
    if (changed.length > 0) onChange(changed)
  }

  const load = () => {
    const result = readFile(file)
    mistake = result.mistake
    if (result.mistake !== null) return
    remark = result.remark
    raw = result.raw
    inFile = result.values
  }

  const problem = () => mistake ?? remark

  const reload = () => {
    const before = snapshot()
    const was = problem()
    load()
    if (problem() !== was) onProblem(problem())
    announce(before)
  }

  const save = (next: Record<string, unknown>) => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    replaceFile(file, `${JSON.stringify(next, null, 2)}\n`)
  }

  const set = (key: SettingKey, value: unknown): SettingsView => {
    if (overrides[key] !== undefined) {
      throw new GantryError('E_CONFLICT', `${key} is set by the environment variable ${envName(key)}.`, {
        hint: `Unset ${envName(key)} and start Gantry again to change it here.`,
      })
    }
    // An edit that the watcher has not told of yet must not be written over.
    reload()
    if (mistake !== null) {
      throw new GantryError('E_CONFLICT', `The settings file has a mistake: ${mistake}`, {
        hint: `Mend or remove ${file} first; it is not overwritten, so that nothing in it is lost.`,
      })
    }
    const { [key]: _, ...others } = raw
    const next = value === null ? others : { ...others, [key]: checked(key, value) }
    const before = snapshot()
    save(next)
    load()
    announce(before)
    return view()
  }

  const view = (): SettingsView => ({
    file,
    problem: problem(),
    usable: mistake === null,
    items: SETTING_KEYS.map((key) => {
      const { schema, group, title, help, default: fallback } = SETTINGS[key]
      const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema)
      const source = overrides[key] !== undefined ? 'environment' : inFile[key] !== undefined ? 'file' : 'default'
      return {
        key,
        value: valueOf(key),
        default: fallback,
        source,
        env: envName(key),
        group,
        title,
        help,
        schema: jsonSchema,
      }
    }),
  })

  load()
  if (problem() !== null) onProblem(problem())
  const watcher = watchFile(file, reload)
  return { get: valueOf, set, view, problem: () => mistake, stop: () => watcher.close() }
}

const readFile = (file: string): ParsedFile => {
  try {
    return parseSettingsFile(readFileSync(file, 'utf8'), file)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    return code === 'ENOENT' ? parseSettingsFile('{}', file) : { mistake: `${file} cannot be read: ${message}` }
  }
}

const checked = (key: SettingKey, value: unknown): unknown => {
  const { schema } = SETTINGS[key]
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const list = typeof value === 'string' ? schema.safeParse(asList(value)) : result
  if (list.success) return list.data
  throw new GantryError('E_SCHEMA', `${JSON.stringify(value)} cannot be the value of ${key}.`, {
    hint: result.error.issues.map((issue) => issue.message).join('; '),
  })
}

/** A bad override stops the start: running with another value than the one asked for would be worse. */
const readOverrides = (env: Record<string, string | undefined>): Partial<Record<SettingKey, unknown>> =>
  Object.fromEntries(
    SETTING_KEYS.flatMap((key) => {
      const text = env[envName(key)]
      return text === undefined || text === '' ? [] : [[key, parseOverride(key, text)]]
    }),
  )

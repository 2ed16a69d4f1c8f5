/** From text to settings, with every mistake named by its place. */
import {
  GantryError,
  SETTINGS,
  SETTING_KEYS,
  type SettingKey,
  type SettingValues,
  envName,
} from '../../contract/index.ts'

export type ParsedFile =
  | {
      mistake: null
      /** What is said of keys that are no settings; they may be of a newer Gantry, so they are no mistake. */
      remark: string | null
      raw: Record<string, unknown>
      values: Partial<SettingValues>
    }
  | { mistake: string }

const isKey = (key: string): key is SettingKey => (SETTING_KEYS as string[]).includes(key)

export const parseSettingsFile = (text: string, file: string): ParsedFile => {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    return { mistake: `${file} is not JSON: ${(cause as Error).message}` }
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { mistake: `${file} must hold a JSON object with a setting on each line.` }
  }
  const values: Record<string, unknown> = {}
  const mistakes: string[] = []
  for (const [key, value] of Object.entries(raw)) {
    if (!isKey(key)) continue
    const result = SETTINGS[key].schema.safeParse(value)
    if (result.success) values[key] = result.data
    else mistakes.push(`${key}: ${result.error.issues.map((issue) => issue.message).join('; ')}`)
  }
  if (mistakes.length > 0) return { mistake: `${file}: ${mistakes.join(' · ')}` }
  return {
    mistake: null,
    remark: remarkOn(
      Object.keys(raw).filter((key) => !isKey(key)),
      file,
    ),
    raw: raw as Record<string, unknown>,
    values: values as Partial<SettingValues>,
  }
}

const remarkOn = (strangers: readonly string[], file: string): string | null =>
  strangers.length === 0
    ? null
    : `${file}: there is no setting ${strangers.map((key) => `"${key}"`).join(', ')}; what stands there has no effect.`

/** `9191`, `true` and `["http://a:1"]` as JSON; a word as itself; a list also as `a,b`. */
export const parseOverride = (key: SettingKey, text: string): unknown => {
  const { schema } = SETTINGS[key]
  for (const candidate of [asJson(text), text, asList(text)]) {
    const result = schema.safeParse(candidate)
    if (result.success) return result.data
  }
  const issues = schema.safeParse(asJson(text)).error?.issues ?? []
  throw new GantryError('E_SCHEMA', `${envName(key)}=${text} cannot be the value of ${key}.`, {
    hint: issues.map((issue) => issue.message).join('; '),
  })
}

/** People write a list of one or two as they would say it. */
export const asList = (text: string): string[] => text.split(',').map((part) => part.trim())

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * Whether a value is probably a secret: by its own form, or by a name that says so together with a form that could be.
 * Meant to stop mistakes, so it would rather ask once too often than let a key into a box.
 */
import { SECRET_PREFIXES } from '../logs/index.ts'

const startsWord = '(?<![A-Za-z0-9])'
const word = (pattern: string) => new RegExp(`${startsWord}(?:${pattern})`)

/** Forms that services give their keys, so that they are known wherever they stand. No repeat is without bound: time is not either. */
const KNOWN_FORMS: readonly RegExp[] = [
  word(`(?:${SECRET_PREFIXES.join('|')})[\\w-]{8}`),
  // OpenAI, Anthropic, OpenRouter and others. A digit, or it is a chain of words.
  word('sk-(?=[\\w-]{0,128}\\d)[\\w-]{16}'),
  word('gh[pousr]_[A-Za-z0-9]{16}'),
  word('github_pat_\\w{20}'),
  word('gl(?:pat|ptt|rt|dt|cbt|soat)-[\\w-]{16}'),
  word('xox[a-z]-[\\w-]{8}'),
  word('xapp-\\d-[\\w-]{8}'),
  word('(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])'),
  word('AIza[\\w-]{30}'),
  word('ya29\\.[\\w-]{20}'),
  word('GOCSPX-[\\w-]{16}'),
  word('(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16}'),
  word('whsec_[A-Za-z0-9+/=]{16}'),
  word(
    '(?:hf|gsk|r8|npm|dop_v1|doo_v1|shpat|shpss|lin_api|ntn|nvapi|pplx|xai|tvly|fw|csk|glsa)[_-](?=\\w{0,128}\\d)[\\w-]{20}',
  ),
  word('SG\\.[\\w-]{16,64}\\.[\\w-]{16}'),
  word('pypi-[\\w-]{32}'),
  word('AGE-SECRET-KEY-1[0-9A-Z]{40}'),
  word('eyJ[\\w-]{8,1024}\\.eyJ[\\w-]{8}'),
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/,
  /\b(?:Bearer|Basic)\s{1,4}(?=\S{0,128}\d)[\w.~+/=-]{16}/i,
  // A password in an address; `${…}` and `<…>` stand for one.
  /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,256}:(?![<$])[^\s/@]{1,512}@/i,
]

const SECRET_WORDS = new Set([
  'KEY',
  'KEYS',
  'APIKEY',
  'TOKEN',
  'TOKENS',
  'SECRET',
  'SECRETS',
  'CREDENTIAL',
  'CREDENTIALS',
  'AUTH',
  'PAT',
])
const PASSWORD_WORDS = new Set(['PASSWORD', 'PASSWD', 'PASSPHRASE', 'PASS', 'PWD', 'PASSCODE'])
/** With one of these last, a name speaks of something beside the secret itself. */
const ABOUT_WORDS = new Set(
  'FILE FILENAME PATH DIR FOLDER NAME ID URL URI TYPE KIND LENGTH SIZE COUNT LIMIT MAX MIN TTL EXPIRY HEADER PROMPT FORMAT ALGORITHM POLICY BUDGET PREFIX SOCK VERSION REGION ENABLED'.split(
    ' ',
  ),
)
/** Keys of tables, caches and the like open nothing. */
const HARMLESS_KEYS = new Set(
  'CACHE IDEMPOTENCY PRIMARY SORT PARTITION FOREIGN PUBLIC HOT GROUP ROUTING ROW'.split(' '),
)

const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z]+/)
    .filter((part) => part !== '')

type Hint = 'password' | 'secret' | 'key' | 'none'

const hintOf = (name: string): Hint => {
  const words = wordsOf(name)
  const last = words.at(-1) ?? ''
  if (ABOUT_WORDS.has(last)) return 'none'
  // PWD alone is the folder one is in.
  if (PASSWORD_WORDS.has(last) && words.length + last.length > 4) return 'password'
  if (!words.some((part) => SECRET_WORDS.has(part))) return 'none'
  if (last !== 'KEY' && last !== 'KEYS') return 'secret'
  const before = words.at(-2) ?? ''
  if (HARMLESS_KEYS.has(before)) return 'none'
  return before === 'API' || words.some((part) => part !== last && SECRET_WORDS.has(part)) ? 'secret' : 'key'
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const isPath = (text: string): boolean =>
  /^(?:[/~.]|[A-Za-z]:[\\/]|\w{1,20}:\/\/)/.test(text) || (/[\\/]/.test(text) && /\.[A-Za-z]{1,5}$/.test(text))
const PLACEHOLDER =
  /^(?:secret:.*|\$\{\w+\}|\$[A-Z_]\w*|<.*>|\{\{.*\}\}|[x*•.]+)$|^(?:true|false|yes|no|none|null|undefined|disabled|enabled|\d+)$/i

/** Bits a character: low for what repeats itself. */
const entropy = (text: string): number => {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0)
}

/** Made of parts that people read: `claude-sonnet-4-5-20250929`, `eu-central-1.prod.cluster`. */
const isReadable = (text: string): boolean =>
  text
    .split(/[-_.:/@+=]+/)
    .every(
      (part) =>
        part.length <= 3 ||
        /^\d{1,12}$/.test(part) ||
        /^[A-Za-z]?[a-z]{1,19}$/.test(part) ||
        /^[A-Z]{1,19}$/.test(part),
    )

const MIN_RANDOM_LENGTH = 16
const MIN_ENTROPY = 3

const looksRandom = (text: string): boolean =>
  text.length >= MIN_RANDOM_LENGTH &&
  /^[\w.~+/=:@!#$%^&*-]+$/.test(text) &&
  !isReadable(text) &&
  entropy(text) >= MIN_ENTROPY

const MIN_PASSWORD_LENGTH = 6

const BY_HINT: Record<Hint, (text: string) => boolean> = {
  password: (text) => text.length >= MIN_PASSWORD_LENGTH && text.split(/\s+/).length <= 2,
  secret: (text) => UUID.test(text) || looksRandom(text),
  key: (text) => !UUID.test(text) && looksRandom(text),
  none: () => false,
}

export const looksLikeSecret = (value: string, name: string): boolean => {
  if (KNOWN_FORMS.some((form) => form.test(value))) return true
  const text = value.trim()
  if (PLACEHOLDER.test(text) || isPath(text)) return false
  return BY_HINT[hintOf(name)](text)
}

/** About how many tokens a text is, for providers that do not say and for streams that are still running. */
import { isJson } from './json.ts'

const BYTES_PER_TOKEN = 4
/** What the usual models count for a picture, about. */
const PICTURE_TOKENS = 1000
const LONG = 4096
const BASE64 = /^(data:[^,]*,)?[A-Za-z0-9+/=_-]+$/

export const tokensOfText = (text: string): number => Buffer.byteLength(text) / BYTES_PER_TOKEN

const isPicture = (text: string): boolean => text.length > LONG && BASE64.test(text)

/** Of everything that is said in a request: texts, names, schemas; pictures as such, not by their bytes. */
export const tokensOfRequest = (value: unknown): number => {
  if (typeof value === 'string') return isPicture(value) ? PICTURE_TOKENS : tokensOfText(value)
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + tokensOfRequest(item), 0)
  if (!isJson(value)) return 0
  return Object.entries(value).reduce((sum, [name, item]) => sum + tokensOfText(name) / 2 + tokensOfRequest(item), 0)
}

/** Making and comparing secrets. All are long and random, so a plain SHA-256 keeps them: there is nothing to guess. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { SECRET_PREFIXES } from '../logs/index.ts'

export type SecretPrefix = (typeof SECRET_PREFIXES)[number]

export const randomId = (bytes = 8): string => randomBytes(bytes).toString('hex')
export const newSecret = (prefix: SecretPrefix): string => prefix + randomBytes(32).toString('base64url')

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Takes the same time wherever the two differ; hashing first makes their lengths equal. */
export const matchesHash = (secret: string, hash: string): boolean => {
  const given = Buffer.from(hashSecret(secret), 'hex')
  const known = Buffer.from(hash, 'hex')
  return given.length === known.length && timingSafeEqual(given, known)
}

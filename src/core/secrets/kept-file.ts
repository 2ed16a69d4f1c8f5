/** The file that secrets are kept in: what it looks like, and what is done about one that is damaged. */
import { chmodSync, copyFileSync, readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { SecretName, isRecord } from '../../contract/index.ts'
import { removeLeftovers, replaceFile } from '../files/index.ts'

/** Sealed by the keychain, or as it is in a file that only its owner can read. */
const KeptSecret = z.union([
  z.strictObject({ sealed: z.base64().min(1), updatedAt: z.iso.datetime() }),
  z.strictObject({ value: z.string().min(1), updatedAt: z.iso.datetime() }),
])
export type KeptSecret = z.infer<typeof KeptSecret>

export interface LoadedSecrets {
  kept: Map<string, KeptSecret>
  /** What was wrong with the file and what became of it. Never a value. */
  problem: string | null
}

const isMissing = (cause: unknown) => (cause as NodeJS.ErrnoException).code === 'ENOENT'

const parse = (text: string): { kept: Map<string, KeptSecret>; damaged: boolean } => {
  const kept = new Map<string, KeptSecret>()
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return { kept, damaged: true }
  }
  const entries = isRecord(raw) ? raw['secrets'] : undefined
  if (!isRecord(entries)) return { kept, damaged: true }
  let damaged = false
  for (const [name, entry] of Object.entries(entries)) {
    const secret = KeptSecret.safeParse(entry)
    if (secret.success && SecretName.safeParse(name).success) kept.set(name, secret.data)
    else damaged = true
  }
  return { kept, damaged }
}

/** Others may have been able to read what was not ours alone: it is closed, and said. */
const closeToOthers = (file: string): boolean => {
  if (process.platform === 'win32' || (statSync(file).mode & 0o077) === 0) return false
  chmodSync(file, 0o600)
  return true
}

/** A copy of its own for each time: an older one may be the better one. */
const putAside = (file: string, now: Date): string => {
  const aside = `${file}.damaged-${now.toISOString().replaceAll(/[:.]/g, '-')}`
  copyFileSync(file, aside)
  chmodSync(aside, 0o600)
  return aside
}

export const loadSecrets = (file: string, now: Date): LoadedSecrets => {
  let text: string
  let wasOpen: boolean
  try {
    removeLeftovers(file)
    wasOpen = closeToOthers(file)
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return { kept: new Map(), problem: null }
    throw cause
  }
  const { kept, damaged } = parse(text)
  if (damaged) {
    const aside = putAside(file, now)
    saveSecrets(file, kept)
    const left =
      kept.size === 0 ? 'No secret in it could be read' : `The others in it are fine: ${[...kept.keys()].join(', ')}`
    return { kept, problem: `${file} was damaged and is kept as ${aside}. ${left}; set what is missing again.` }
  }
  return {
    kept,
    problem: wasOpen
      ? `Others could read ${file}. It is closed to them now; change the secrets that were in it.`
      : null,
  }
}

export const saveSecrets = (file: string, kept: ReadonlyMap<string, KeptSecret>): void =>
  replaceFile(file, `${JSON.stringify({ version: 1, secrets: Object.fromEntries(kept) }, null, 2)}\n`)

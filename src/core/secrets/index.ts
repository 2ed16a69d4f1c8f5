/**
 * Owns the keys of others that models and servers need: in the OS keychain, an owner-only file, or our own environment.
 * Promises that a value is handed to the host's own code only, and that no kill loses what was kept.
 * Never shows, logs or puts into an error what a secret is.
 */
import { join } from 'node:path'
import { GantryError, type SecretInfo } from '../../contract/index.ts'
import { type KeptSecret, loadSecrets, saveSecrets } from './kept-file.ts'

export { looksLikeSecret } from './looks-like-secret.ts'

/** What seals values so that only this user on this machine can open them. */
export interface Vault {
  available: () => boolean
  seal: (text: string) => Buffer
  open: (sealed: Buffer) => string
}

export interface SecretsOptions {
  home: string
  env: Record<string, string | undefined>
  vault?: Vault | undefined
  now: () => Date
  onChange: (name: string) => void
  /** What was wrong with the file, without a value. */
  onProblem?: (message: string) => void
}

/** The names under which the usual variables are found. */
const FROM_ENVIRONMENT: Readonly<Record<string, string>> = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  openrouter: 'OPENROUTER_API_KEY',
  gemini: 'GEMINI_API_KEY',
  mistral: 'MISTRAL_API_KEY',
  groq: 'GROQ_API_KEY',
  deepseek: 'DEEPSEEK_API_KEY',
  xai: 'XAI_API_KEY',
}

const cannotOpen = (name: string, cause?: unknown) =>
  new GantryError('E_UNAVAILABLE', `The secret "${name}" cannot be opened here.`, {
    hint: `It was sealed by the keychain of another session or machine. Keep it again: gantry secrets set ${name}`,
    cause,
  })

export const openSecrets = ({ home, env, vault, now, onChange, onProblem }: SecretsOptions) => {
  const file = join(home, 'secrets.json')
  const { kept, problem } = loadSecrets(file, now())
  if (problem !== null) onProblem?.(problem)

  const environment = new Map<string, string>(
    Object.entries(FROM_ENVIRONMENT).flatMap(([name, variable]) => {
      const value = env[variable]?.trim() ?? ''
      return value === '' ? [] : [[name, value] as const]
    }),
  )

  const openKept = (name: string, secret: KeptSecret): string => {
    if ('value' in secret) return secret.value
    if (vault === undefined || !vault.available()) throw cannotOpen(name)
    try {
      return vault.open(Buffer.from(secret.sealed, 'base64'))
    } catch (cause) {
      throw cannotOpen(name, cause)
    }
  }

  const seal = (value: string): KeptSecret => {
    const updatedAt = now().toISOString()
    if (vault === undefined || !vault.available()) return { value, updatedAt }
    try {
      return { sealed: vault.seal(value).toString('base64'), updatedAt }
    } catch (cause) {
      throw new GantryError('E_UNAVAILABLE', 'The keychain of this system does not take the secret.', {
        hint: 'Unlock it and try again. Nothing was changed.',
        cause,
      })
    }
  }

  /** Those that were opened once: a keychain may ask its owner each time. */
  const opened = new WeakSet<KeptSecret>()
  const isOpenable = (name: string, secret: KeptSecret): boolean => {
    if ('value' in secret || opened.has(secret)) return true
    try {
      openKept(name, secret)
      opened.add(secret)
      return true
    } catch {
      return false
    }
  }

  /** Puts what is on the disk first: what cannot be written is not believed to be kept. */
  const change = (next: Map<string, KeptSecret>, name: string) => {
    saveSecrets(file, next)
    kept.clear()
    for (const [key, secret] of next) kept.set(key, secret)
    onChange(name)
  }

  const infoOf = (name: string): SecretInfo | undefined => {
    const secret = kept.get(name)
    if (secret !== undefined) {
      return {
        name,
        kept: 'value' in secret ? 'file' : 'keychain',
        usable: isOpenable(name, secret),
        updatedAt: secret.updatedAt,
      }
    }
    return environment.has(name) ? { name, kept: 'environment', usable: true, updatedAt: null } : undefined
  }

  return {
    /** For the host's own use. Throws where there is one that cannot be opened. */
    get: (name: string): string | undefined => {
      const secret = kept.get(name)
      return secret === undefined ? environment.get(name) : openKept(name, secret)
    },

    has: (name: string): boolean => infoOf(name)?.usable ?? false,

    list: (): SecretInfo[] =>
      [...new Set([...kept.keys(), ...environment.keys()])].toSorted().flatMap((name) => infoOf(name) ?? []),

    set: (name: string, value: string): SecretInfo => {
      // Piped in, it comes with the end of its line.
      const text = value.replace(/[\r\n]+$/, '')
      if (text.trim() === '') {
        throw new GantryError('E_SCHEMA', 'A secret needs a value.', {
          details: [{ path: 'value', message: 'is empty' }],
          hint: `To forget one: gantry secrets remove ${name}`,
        })
      }
      const secret = seal(text)
      change(new Map(kept).set(name, secret), name)
      opened.add(secret)
      return { name, kept: 'value' in secret ? 'file' : 'keychain', usable: true, updatedAt: secret.updatedAt }
    },

    remove: (name: string): { removed: string } => {
      if (!kept.has(name)) {
        const variable = FROM_ENVIRONMENT[name]
        if (environment.has(name)) {
          throw new GantryError('E_CONFLICT', `"${name}" comes from the environment variable ${variable ?? ''}.`, {
            hint: `Unset ${variable ?? 'it'} and start Gantry again.`,
          })
        }
        throw new GantryError('E_NOT_FOUND', `There is no secret named "${name}".`, {
          hint: 'List the secrets to see their names.',
        })
      }
      const next = new Map(kept)
      next.delete(name)
      change(next, name)
      return { removed: name }
    },
  }
}

export type Secrets = ReturnType<typeof openSecrets>

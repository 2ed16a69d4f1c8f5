/** What goes wrong between us and the engine, in the user's words. */
import { GantryError } from '../../../contract/index.ts'

interface Trouble {
  message: string
  hint: string
}

/** By what the operating system says when the engine cannot be reached. */
const UNREACHABLE: Record<string, Trouble> = {
  ENOENT: { message: 'nothing listens there', hint: 'Start Docker or Podman, or install one of them.' },
  ECONNREFUSED: { message: 'nothing answers there', hint: 'Start Docker or Podman.' },
  ENOTFOUND: { message: 'there is no such host', hint: 'Check DOCKER_HOST and the chosen Docker context.' },
  EAI_AGAIN: { message: 'its name cannot be looked up', hint: 'Check DOCKER_HOST and the network.' },
  EHOSTUNREACH: { message: 'its host cannot be reached', hint: 'Check DOCKER_HOST and the network.' },
  ETIMEDOUT: { message: 'it does not answer', hint: 'Check DOCKER_HOST and the network.' },
  EACCES: {
    message: 'you may not use its socket',
    hint: 'Become a member of the group that owns the socket (often "docker"), then log in again.',
  },
  EPERM: { message: 'you may not use its socket', hint: 'Check who may use the socket of the engine.' },
  ECONNRESET: { message: 'it broke off the connection', hint: 'Start Docker or Podman again.' },
  EPIPE: { message: 'it broke off the connection', hint: 'Start Docker or Podman again.' },
}

const codeOf = (thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : ''
}

/** What the engine answered with, where it answered. */
export const statusOf = (thrown: unknown): number | undefined => {
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

/** In the engine's own words, without what the client library wraps around them. */
export const wordsOf = (thrown: unknown): string => {
  const json = thrown instanceof Error && 'json' in thrown ? thrown.json : undefined
  if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message)
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim()
}

export const unreachable = (thrown: unknown): Trouble =>
  UNREACHABLE[codeOf(thrown)] ?? { message: wordsOf(thrown), hint: 'Look at the log of the engine.' }

/** An answer of the engine that refuses is E_RUNTIME; no answer is E_UNAVAILABLE. */
export const explain = (what: string, thrown: unknown): GantryError => {
  if (thrown instanceof GantryError) return thrown
  if (statusOf(thrown) !== undefined) {
    return new GantryError('E_RUNTIME', `The engine could not ${what}: ${wordsOf(thrown)}.`.replace(/\.\.$/, '.'), {
      hint: 'The log of the engine may say more.',
      cause: thrown,
    })
  }
  const { message, hint } = unreachable(thrown)
  return new GantryError('E_UNAVAILABLE', `The container engine is not there to ${what}: ${message}.`, {
    hint,
    cause: thrown,
  })
}

export const tooSlow = (what: string, ms: number): GantryError =>
  new GantryError('E_UNAVAILABLE', `The container engine did not ${what} within ${ms / 1000} s.`, {
    hint: 'It may hang or be very busy. Start Docker or Podman again if it stays so.',
  })

/** The engine that is used: looked for when it is first needed, then kept until it is let go. */
import { GantryError } from '../../../contract/index.ts'
import { type CallLimits, type Client, type Greeting, createClient } from './client.ts'
import { unreachable } from './errors.ts'
import { type EnginePlace, type Surroundings, findPlaces } from './places.ts'

export type Engine = Client & Greeting

export interface EngineDeps {
  around: Surroundings
  limits: CallLimits
  /** Called once for each engine that was found. */
  onFound: (engine: Engine) => void
}

interface Miss {
  place: EnginePlace
  message: string
  hint: string
}

export const createEngineFinder = ({ around, limits, onFound }: EngineDeps) => {
  let found: Engine | undefined
  let looking: Promise<Engine> | undefined

  const probe = async (place: EnginePlace): Promise<Engine | Miss> => {
    let client: Client | undefined
    try {
      client = createClient(place, limits)
      return { ...client, ...(await client.greet()) }
    } catch (thrown) {
      client?.close()
      return { place, ...missOf(thrown) }
    }
  }

  const look = async (): Promise<Engine> => {
    const places = listPlaces(around)
    const misses: Miss[] = []
    for (const place of places.chosen ? [places.place] : places.places) {
      const answer = await probe(place)
      if ('call' in answer) {
        found = answer
        onFound(answer)
        return answer
      }
      misses.push(answer)
    }
    throw nothingFound(places.chosen, misses)
  }

  return {
    /** Throws E_UNAVAILABLE with the reason where there is none. */
    get: (): Promise<Engine> => {
      if (found !== undefined) return Promise.resolve(found)
      looking ??= look().finally(() => (looking = undefined))
      return looking
    },
    current: () => found,
    close: async () => {
      await looking?.catch(() => undefined)
      found?.close()
      found = undefined
    },
  }
}

const listPlaces = (around: Surroundings) => {
  try {
    return findPlaces(around)
  } catch (thrown) {
    throw new GantryError('E_UNAVAILABLE', `No container engine: ${(thrown as Error).message}.`, {
      hint: 'Choose another one with `docker context use`, or set DOCKER_HOST.',
      cause: thrown,
    })
  }
}

/** What a slow engine and an unreachable one are called alike. */
const missOf = (thrown: unknown): Pick<Miss, 'message' | 'hint'> => {
  if (!(thrown instanceof GantryError)) return unreachable(thrown)
  if (thrown.cause !== undefined) return unreachable(thrown.cause)
  return { message: 'it does not answer', hint: thrown.hint ?? '' }
}

const nothingFound = (chosen: boolean, misses: readonly Miss[]): GantryError => {
  // One that is there and cannot be used says more than all the places where nothing is.
  const there = misses.filter(({ message }) => message !== unreachable(noFile).message)
  const shown = chosen ? misses : there
  const reasons = shown.map(({ place, message }) => `${place.host} (${place.why}): ${message}`)
  const message = reasons.length === 0 ? 'No container engine was found' : `No container engine: ${reasons.join('; ')}`
  const hint = shown[0]?.hint ?? 'Install Docker or Podman and start it, or set DOCKER_HOST.'
  return new GantryError('E_UNAVAILABLE', `${message}.`, { hint })
}

const noFile = Object.assign(new Error('no such file'), { code: 'ENOENT' })

/**
 * Where an engine may be listening. What the user chose comes first and is final: a chosen engine that does not answer is
 * not replaced by another one that does.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

export interface EnginePlace {
  /** As DOCKER_HOST is written. */
  host: string
  /** Why it is looked for there, to be put after the host. */
  why: string
  tls?: EngineTls
}

export interface EngineTls {
  ca?: string
  cert?: string
  key?: string
  /** Whether the engine's certificate is checked. */
  verify: boolean
}

export interface Surroundings {
  env: Record<string, string | undefined>
  /** The user's home folder. */
  homeFolder: string
  platform: NodeJS.Platform
  /** Of the user, where users have numbers. */
  uid: number | undefined
}

export type Places = { chosen: true; place: EnginePlace } | { chosen: false; places: EnginePlace[] }

/** Throws where the user's choice cannot be read: to guess then would be to take another engine than was meant. */
export const findPlaces = (around: Surroundings): Places => {
  const place = fromEnvironment(around) ?? fromContext(around)
  return place === undefined ? { chosen: false, places: usualPlaces(around) } : { chosen: true, place }
}

const fromEnvironment = ({ env, homeFolder }: Surroundings): EnginePlace | undefined => {
  const host = env['DOCKER_HOST']
  if (host === undefined || host === '') return undefined
  const why = 'from DOCKER_HOST'
  const wantsTls = (env['DOCKER_TLS_VERIFY'] ?? '') !== '' || (env['DOCKER_TLS'] ?? '') !== ''
  if (!wantsTls) return { host, why }
  const folder = env['DOCKER_CERT_PATH'] ?? join(homeFolder, '.docker')
  return { host, why, tls: readTls(folder, (env['DOCKER_TLS_VERIFY'] ?? '') !== '') }
}

const DockerConfig = z.object({ currentContext: z.string().optional() })
const ContextMeta = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().default(false) }) }),
})

const fromContext = ({ env, homeFolder }: Surroundings): EnginePlace | undefined => {
  const folder = env['DOCKER_CONFIG'] ?? join(homeFolder, '.docker')
  const name = env['DOCKER_CONTEXT'] || currentContext(folder)
  if (name === undefined || name === '' || name === 'default') return undefined
  const id = createHash('sha256').update(name).digest('hex')
  const meta = readText(join(folder, 'contexts', 'meta', id, 'meta.json'))
  if (meta === undefined) throw new Error(`the Docker context "${name}" is chosen, but there is none of that name`)
  const parsed = ContextMeta.safeParse(parseJson(meta))
  if (!parsed.success) throw new Error(`the Docker context "${name}" cannot be read`)
  const { Host, SkipTLSVerify } = parsed.data.Endpoints.docker
  const tls = readTls(join(folder, 'contexts', 'tls', id, 'docker'), !SkipTLSVerify)
  return {
    host: Host,
    why: `from the Docker context "${name}"`,
    ...(tls.ca === undefined && tls.cert === undefined ? {} : { tls }),
  }
}

const currentContext = (folder: string): string | undefined => {
  const text = readText(join(folder, 'config.json'))
  if (text === undefined) return undefined
  const parsed = DockerConfig.safeParse(parseJson(text))
  return parsed.success ? parsed.data.currentContext : undefined
}

const readTls = (folder: string, verify: boolean): EngineTls => {
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readText(join(folder, name)))
  return {
    verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

const readText = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Docker before Podman: where both are, Docker was installed for this. */
const usualPlaces = ({ env, homeFolder, platform, uid }: Surroundings): EnginePlace[] => {
  const at = (host: string, what: string): EnginePlace => ({ host, why: `from the usual place of ${what}` })
  if (platform === 'win32') {
    return [
      at('npipe:////./pipe/docker_engine', 'Docker'),
      at('npipe:////./pipe/dockerDesktopLinuxEngine', 'Docker Desktop'),
      at('npipe:////./pipe/podman-machine-default', 'Podman'),
    ]
  }
  const below = (...parts: string[]) => `unix://${join(homeFolder, ...parts)}`
  const runFolder = env['XDG_RUNTIME_DIR'] ?? (uid === undefined ? undefined : `/run/user/${uid}`)
  const running = (what: string, ...parts: string[]) =>
    runFolder === undefined ? [] : [at(`unix://${join(runFolder, ...parts)}`, what)]
  return [
    at('unix:///var/run/docker.sock', 'Docker'),
    ...running('rootless Docker', 'docker.sock'),
    at(below('.docker', 'run', 'docker.sock'), 'Docker Desktop'),
    at(below('.docker', 'desktop', 'docker.sock'), 'Docker Desktop'),
    at(below('.orbstack', 'run', 'docker.sock'), 'OrbStack'),
    at(below('.colima', 'default', 'docker.sock'), 'Colima'),
    at(below('.rd', 'docker.sock'), 'Rancher Desktop'),
    at(below('.lima', 'docker', 'sock', 'docker.sock'), 'Lima'),
    ...running('Podman', 'podman', 'podman.sock'),
    at('unix:///run/podman/podman.sock', 'Podman'),
    at(below('.local', 'share', 'containers', 'podman', 'machine', 'podman.sock'), 'Podman'),
  ]
}

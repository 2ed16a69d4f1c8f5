/** The runtimes of this machine as one: found by name, asked together, and what was last seen of them. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type AgentTemplate, GantryError, type ImageProgress, type RuntimeName } from '../../contract/index.ts'
import { createDockerRuntime } from './docker/index.ts'
import { type ImageWanted, createImages } from './images/index.ts'
import { createSandboxRuntime } from './sandbox/index.ts'
import type { Runtime } from './types.ts'

export interface RuntimesDeps {
  home: string
  /** Whose boxes these are: another data folder has boxes of its own. */
  owner: string
  env: Record<string, string | undefined>
  homeFolder: string
  materials: { node: string; scripts: string; resources: string }
  /** The profile of system calls for containers, as JSON text. */
  seccomp: string
  now: () => Date
  /** Called when an image was built. */
  onImages: () => void
  log: { warn: (fields: object, message: string) => void }
}

/** Which images templates want, each once. */
export const imagesWanted = (templates: readonly AgentTemplate[]): ImageWanted[] => {
  const users = templates.filter(({ runtimes }) => runtimes.includes('docker'))
  return [...Map.groupBy(users, ({ image }) => image)].map(([image, own]) => ({
    image,
    recipe: own.find(({ recipe }) => recipe !== undefined)?.recipe ?? null,
    templates: own.map(({ id }) => id),
  }))
}

const delay = (ms: number, signal?: AbortSignal) => pause(ms, undefined, signal === undefined ? {} : { signal })

export const createRuntimes = ({
  home,
  owner,
  env,
  homeFolder,
  materials,
  seccomp,
  now,
  onImages,
  log,
}: RuntimesDeps) => {
  const sandbox = createSandboxRuntime({
    home,
    owner,
    materials: { ...materials, supervisor: join(materials.scripts, 'supervisor.mjs') },
    now,
    delay,
    env,
  })
  const docker = createDockerRuntime({
    owner,
    around: { env, homeFolder, platform: process.platform, uid: process.getuid?.() },
    seccomp,
    seccompFile: join(materials.resources, 'seccomp.json'),
    now,
    delay,
    log,
  })
  const images = createImages({
    engine: docker.engine,
    materials,
    recipes: join(materials.resources, 'agent-image'),
    seccomp,
    env,
    now,
  })
  const byName: Record<RuntimeName, Runtime> = { sandbox, docker }
  const seen = new Map<RuntimeName, { available: boolean; reason: string | null }>()
  const missing = new Map<string, string | null>()

  const statuses = async () => {
    const all = await Promise.all([sandbox.status(), docker.status()])
    for (const { name, available, reason } of all) seen.set(name, { available, reason })
    return all
  }

  /** Why an image cannot be used, asked of the engine. */
  const whyNotImage = async (image: string): Promise<string | null> => {
    const reason = await images.whyNot(image)
    missing.set(image, reason)
    return reason
  }

  /** What is known without asking: views are drawn from it. */
  const whyNotTemplate = ({ runtimes, image }: AgentTemplate): string | null => {
    const reasons: string[] = []
    for (const name of runtimes) {
      const known = seen.get(name)
      if (known?.available === false) reasons.push(known.reason ?? `${name} is not available.`)
      else {
        const reason = name === 'docker' ? (missing.get(image) ?? null) : null
        if (reason === null) return null
        reasons.push(reason)
      }
    }
    return reasons.join(' ')
  }

  /** Looks again at what views are drawn from. */
  const look = async (wanted: readonly ImageWanted[]): Promise<void> => {
    await statuses()
    if (seen.get('docker')?.available !== true) return
    for (const { image } of wanted) await whyNotImage(image)
  }

  async function* build(
    image: string,
    wanted: readonly ImageWanted[],
    signal?: AbortSignal,
  ): AsyncGenerator<ImageProgress> {
    const known = wanted.find((one) => one.image === image)
    if (known === undefined) {
      throw new GantryError('E_NOT_FOUND', `No template needs the image "${image}".`, {
        hint: `Those that are needed: ${wanted.map((one) => one.image).join(', ')}.`,
      })
    }
    yield* images.build(known, signal)
    await whyNotImage(image)
    onImages()
  }

  return {
    get: (name: RuntimeName): Runtime => byName[name],
    all: (): readonly Runtime[] => [sandbox, docker],
    statuses,
    images,
    build,
    look,
    whyNotImage,
    whyNotTemplate,
    lastSeen: () => [...seen].map(([name, { available }]) => [name, available ? 1 : 0] as const),
    stop: async () => {
      await Promise.all([sandbox.stop(), docker.stop()])
    },
  }
}

export type Runtimes = ReturnType<typeof createRuntimes>

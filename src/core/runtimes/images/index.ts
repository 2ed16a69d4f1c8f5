/**
 * Owns the images that boxes of containers are made of: which there are, how they are made, what is wrong with them.
 * Promises that an image is tried before it gets its name, and that a build that was called off leaves nothing behind.
 * Never takes an image for ours that another version of Gantry made: its script would speak another wire.
 */
import { type ImageProgress, type ImageScan, type ImageStatus, GantryError } from '../../../contract/index.ts'
import type { Engine } from '../docker/index.ts'
import { assemble } from './assemble.ts'
import { buildFromRecipe, isNoRegistry } from './recipe.ts'
import { scanImage } from './scan.ts'
import { AGENT_LABEL, hashOfScripts } from './scripts.ts'
import { tryOut } from './try-out.ts'

export interface ImageWanted {
  image: string
  /** The Dockerfile; without one it is the image that all others are made from. */
  recipe: string | null
  templates: string[]
}

export interface ImagesDeps {
  engine: () => Promise<Engine>
  materials: { node: string; scripts: string }
  /** The folder of the Dockerfiles. */
  recipes: string
  seccomp: string
  env: Record<string, string | undefined>
  now: () => Date
}

const BASE_IMAGE = 'gantry/agent:1'
/** Has no name until it was tried. */
const UNTRIED = 'gantry/untried'

type Report = (step: string, percent: number | null) => void

export const createImages = ({ engine, materials, recipes, seccomp, env, now }: ImagesDeps) => {
  let hash: string | undefined
  /** They do not change while Gantry runs. */
  const scripts = () => (hash ??= hashOfScripts(materials.scripts))

  const inspect = async (image: string) => {
    const found = await engine()
    return found.call(`look at the image ${image}`, async (docker) => {
      try {
        return await docker.getImage(image).inspect()
      } catch (thrown) {
        if ((thrown as { statusCode?: number }).statusCode === 404) return undefined
        throw thrown
      }
    })
  }

  const statusOf = async ({ image, recipe, templates }: ImageWanted): Promise<ImageStatus> => {
    const found = await inspect(image)
    const isOurs = found?.Config.Labels?.[AGENT_LABEL] === scripts()
    return {
      image,
      templates,
      recipe,
      present: isOurs,
      bytes: found?.Size ?? null,
      createdAt: found === undefined ? null : new Date(found.Created).toISOString(),
    }
  }

  /** Why a box cannot be made of an image, or nothing. */
  const whyNot = async (image: string): Promise<string | null> => {
    const found = await inspect(image)
    if (found === undefined) return `The image ${image} is not there.`
    const label = found.Config.Labels?.[AGENT_LABEL]
    if (label === scripts()) return null
    return label === undefined
      ? `The image ${image} was not made from ${BASE_IMAGE}.`
      : `The image ${image} was made for another version of Gantry.`
  }

  const make = async ({ image, recipe }: ImageWanted, report: Report, signal: AbortSignal) => {
    const found = await engine()
    const labels = { [AGENT_LABEL]: scripts() }
    const untried = `${UNTRIED}:${image.replaceAll(/[^a-z0-9]/g, '-')}`
    const parts = { engine: found, image: untried, labels, report, signal }
    try {
      if (recipe !== null && (await whyNot(BASE_IMAGE)) !== null) {
        report(`${BASE_IMAGE} first`, null)
        await make({ image: BASE_IMAGE, recipe: null, templates: [] }, report, signal)
      }
      try {
        await buildFromRecipe({ ...parts, recipes, recipe: recipe ?? 'Dockerfile', scripts: materials.scripts })
      } catch (thrown) {
        if (recipe !== null || signal.aborted || !isNoRegistry(thrown)) throw thrown
        report('No registry answers: assembling it from files of this machine', 10)
        await assemble({ ...parts, node: materials.node, scripts: materials.scripts, env })
      }
      report('Trying it out', 90)
      await tryOut(found, untried, seccomp, signal)
      const [repo = image, tag = 'latest'] = image.split(':')
      await found.call(`name the image ${image}`, (docker) => docker.getImage(untried).tag({ repo, tag }))
    } finally {
      await found.call('clean up', (docker) => docker.getImage(untried).remove({ force: true })).catch(() => undefined)
    }
  }

  /** Progress as it comes. Whoever stops reading calls it off. */
  async function* build(wanted: ImageWanted, outer?: AbortSignal): AsyncGenerator<ImageProgress, void, void> {
    const own = new AbortController()
    const signal = outer === undefined ? own.signal : AbortSignal.any([own.signal, outer])
    const queue: ImageProgress[] = []
    let wake = Promise.withResolvers<void>()
    const report = (step: string, percent: number | null, done = false) => {
      queue.push({ at: now().toISOString(), step, percent, done })
      wake.resolve()
    }
    let ended: { error: unknown } | 'well' | undefined
    const work = make(wanted, report, signal).then(
      () => {
        ended = 'well'
        report(`${wanted.image} is ready`, 100, true)
      },
      (error: unknown) => {
        ended = { error }
        wake.resolve()
      },
    )
    try {
      for (;;) {
        const next = queue.shift()
        if (next !== undefined) {
          yield next
          continue
        }
        if (ended === 'well') return
        if (ended !== undefined) throw ended.error
        await wake.promise
        wake = Promise.withResolvers()
      }
    } finally {
      own.abort(new GantryError('E_CONFLICT', 'The build was called off.'))
      await work
    }
  }

  return {
    list: (wanted: readonly ImageWanted[]) => Promise.all(wanted.map(statusOf)),
    whyNot,
    build,
    scan: (image: string, signal?: AbortSignal): Promise<ImageScan> => scanImage({ image, env, now, signal }),
  }
}

/** Building from a Dockerfile, with the scripts in the context. What the engine says is passed on. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pack as createPack } from 'tar-stream'
import { GantryError } from '../../../contract/index.ts'
import type { Engine } from '../docker/index.ts'
import { readScripts } from './scripts.ts'

export interface BuildParts {
  engine: Engine
  image: string
  labels: Record<string, string>
  report: (step: string, percent: number | null) => void
  signal: AbortSignal
}

interface RecipeParts extends BuildParts {
  recipes: string
  recipe: string
  scripts: string
}

/** What engines say where an image cannot be pulled, or a package not be fetched. */
const NO_REGISTRY =
  /pull access denied|no such host|connection refused|i\/o timeout|network is unreachable|TLS handshake|server misbehaving|failed to resolve|Client\.Timeout|temporary failure|not found: manifest|Get "https?:/i

class NoRegistry extends GantryError {}

export const isNoRegistry = (thrown: unknown): boolean => thrown instanceof NoRegistry

const context = (recipes: string, scripts: string): Readable => {
  const pack = createPack()
  for (const name of readdirSync(recipes)) pack.entry({ name }, readFileSync(join(recipes, name)))
  for (const { name, content } of readScripts(scripts)) pack.entry({ name: `scripts/${name}`, mode: 0o644 }, content)
  pack.finalize()
  return Readable.from(pack)
}

interface Said {
  stream?: string
  status?: string
  progress?: string
  error?: string
}

const failure = (recipe: string, error: string): GantryError => {
  const words = error.trim().split('\n').at(-1) ?? error
  return NO_REGISTRY.test(error)
    ? new NoRegistry('E_UPSTREAM', `The image cannot be built: ${words}`, {
        hint: `The recipe ${recipe} needs a registry that answers. Check the network of the engine, or build it elsewhere and load it.`,
      })
    : new GantryError('E_RUNTIME', `The image cannot be built: ${words}`, {
        hint: `The engine stopped at the recipe ${recipe}.`,
      })
}

export const buildFromRecipe = async (parts: RecipeParts): Promise<void> => {
  const { engine, image, labels, report, signal, recipes, recipe, scripts } = parts
  report(`Building with ${recipe}`, 5)
  const answer = await engine.call(
    'begin the build',
    (docker) =>
      docker.buildImage(context(recipes, scripts), { t: image, dockerfile: recipe, labels, rm: true, forcerm: true }),
    'act',
    signal,
  )
  const stop = () => void (answer as Readable).destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    // In the order in which the engine says it, a line of JSON each.
    for await (const line of createInterface({ input: answer as Readable })) {
      const said = parse(line)
      if (said.error !== undefined) throw failure(recipe, said.error)
      const words = (said.stream ?? [said.status, said.progress].filter(Boolean).join(' ')).trim()
      if (words !== '') report(words.slice(0, 300), null)
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  signal.throwIfAborted()
}

const parse = (line: string): Said => {
  try {
    return JSON.parse(line) as Said
  } catch {
    return { stream: line }
  }
}

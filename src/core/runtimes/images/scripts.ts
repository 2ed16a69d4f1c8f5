/** The scripts that an image carries. Their hash is its label: it tells for which Gantry the image was made. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const AGENT_LABEL = 'app.gantry.agent'

const SCRIPTS = ['agent.mjs', 'hello.mjs', 'assistant.mjs'] as const

export const readScripts = (folder: string): { name: string; content: Buffer }[] =>
  SCRIPTS.map((name) => ({ name, content: readFileSync(join(folder, name)) }))

export const hashOfScripts = (folder: string): string => {
  const hash = createHash('sha256')
  for (const { name, content } of readScripts(folder)) hash.update(`${name} ${content.length}\n`).update(content)
  return hash.digest('hex').slice(0, 16)
}

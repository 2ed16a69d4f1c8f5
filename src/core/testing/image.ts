/** The image that boxes of containers are made of, built where it is not there yet. */
import type { GantryClient } from '../../contract/index.ts'

export const provideImage = async (client: GantryClient): Promise<void> => {
  const image = 'gantry/agent:1'
  const { items } = await client.runtimes.images({})
  if (items.find((one) => one.image === image)?.present === true) return
  for await (const step of await client.runtimes.build({ image })) void step
}

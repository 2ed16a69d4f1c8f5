import type { Catalog } from '../catalog/index.ts'
import type { Os } from '../operations/index.ts'
import { type Runtimes, imagesWanted } from './index.ts'

export const createRuntimesRouter = (os: Os, runtimes: Runtimes, catalog: Catalog) => {
  const wanted = () => imagesWanted(catalog.lists().templates)
  return os.runtimes.router({
    list: os.runtimes.list.handler(async () => ({ items: await runtimes.statuses() })),
    images: os.runtimes.images.handler(async () => ({ items: await runtimes.images.list(wanted()) })),
    build: os.runtimes.build.handler(({ input, signal }) => runtimes.build(input.image, wanted(), signal)),
    scan: os.runtimes.scan.handler(({ input, signal }) => runtimes.images.scan(input.image, signal)),
  })
}

import type { Os } from '../operations/index.ts'
import type { Catalog } from './index.ts'

export const createCatalogRouter = (os: Os, catalog: Catalog) =>
  os.catalog.router({ get: os.catalog.get.handler(() => catalog.view()) })

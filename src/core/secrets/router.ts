import type { Os } from '../operations/index.ts'
import type { Secrets } from './index.ts'

export const createSecretsRouter = (os: Os, secrets: Secrets) =>
  os.secrets.router({
    list: os.secrets.list.handler(() => ({ items: secrets.list() })),
    set: os.secrets.set.handler(({ input }) => secrets.set(input.name, input.value)),
    remove: os.secrets.remove.handler(({ input }) => secrets.remove(input.name)),
  })
